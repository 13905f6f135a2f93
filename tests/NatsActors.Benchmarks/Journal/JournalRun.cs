using System.Diagnostics;
using NatsActors.Benchmarks.Latency;
using NatsActors.Testing;
using NatsActors.Testing.Databases;

namespace NatsActors.Benchmarks.Journal;

/// <summary>What to measure.</summary>
internal sealed record JournalPlan
{
    /// <summary>The databases.</summary>
    public required IReadOnlyList<JournalEngine> Engines { get; init; }

    /// <summary>The ways; the first is the yardstick.</summary>
    public IReadOnlyList<PageWayKind> Ways { get; init; } = PageWayKind.All;

    /// <summary>What is written.</summary>
    public required IReadOnlyList<PageLoad> Loads { get; init; }

    /// <summary>What is written at a constant rate; null for nothing.</summary>
    public required PacedPlan? Paced { get; init; }

    /// <summary>Pages that are read at a start; null for nothing.</summary>
    public required PageLoad? Recovery { get; init; }

    /// <summary>Rounds that count; one more comes before them and is dropped.</summary>
    public required int Rounds { get; init; }
}

/// <summary>Pages at a constant rate.</summary>
/// <param name="Rate">Pages a second.</param>
/// <param name="Seconds">For how long.</param>
/// <param name="Bytes">The bytes of each.</param>
internal sealed record PacedPlan(int Rate, int Seconds, int Bytes);

/// <summary>The turns of one load by one way.</summary>
internal sealed record WriteSeries(JournalEngine Engine, PageWayKind Way, PageLoad Load)
{
    /// <summary>Pages a second, one for each round.</summary>
    public List<double> Rates { get; } = [];

    /// <summary>How long deletes took, over all rounds.</summary>
    public List<TimeSpan> Deletes { get; } = [];

    /// <summary>What the journal took on disk at the end, one for each round.</summary>
    public List<double> BytesOnDisk { get; } = [];
}

/// <summary>The turns of one schedule.</summary>
internal sealed record PacedSeries(JournalEngine Engine, PageWayKind Way)
{
    /// <summary>One for each round.</summary>
    public List<Latencies> Rounds { get; } = [];
}

/// <summary>The recoveries.</summary>
internal sealed record RecoverySeries(JournalEngine Engine, PageWayKind Way, int Pages)
{
    /// <summary>One for each round.</summary>
    public List<double> Seconds { get; } = [];
}

/// <summary>What was measured.</summary>
internal sealed record JournalResults
{
    public List<WriteSeries> Writes { get; } = [];

    public List<PacedSeries> Paced { get; } = [];

    public List<RecoverySeries> Recoveries { get; } = [];
}

/// <summary>
/// Measures ways in rounds, so that whatever else the machine does meets all of them alike. Each turn has an empty journal and an
/// actor system of its own; one PostgreSQL server serves the whole run.
/// </summary>
internal static class JournalRun
{
    private delegate Task Turn(IPageWay way, JournalStore store, bool counts);

    /// <summary>Measures.</summary>
    /// <exception cref="BenchmarkException">The journal refused a page, or lost one.</exception>
    public static async Task<JournalResults> RunAsync(JournalPlan plan)
    {
        var results = new JournalResults();
        await using var server = await NatsServer.StartAsync();
        var cluster = plan.Engines.Any(engine => !engine.IsSqlite) ? await PostgresCluster.StartAsync() : null;
        try
        {
            foreach (var load in plan.Loads)
            {
                await RoundsAsync(plan, cluster, server.Url, load, (engine, way) => Write(results, engine, way, load));
            }

            if (plan.Paced is { } paced)
            {
                await RoundsAsync(plan, cluster, server.Url, plan.Loads[0] with { UnderWay = 1 }, (engine, way) => Pace(results, engine, way, paced));
            }

            if (plan.Recovery is { } recovery)
            {
                await RoundsAsync(plan with { Ways = [.. plan.Ways.Where(way => way.Keeps)] }, cluster, server.Url, recovery, (engine, way) => Recover(results, engine, way, recovery));
            }
        }
        finally
        {
            if (cluster is not null)
            {
                await cluster.DisposeAsync();
            }
        }

        return results;
    }

    private static async Task RoundsAsync(
        JournalPlan plan, PostgresCluster? cluster, string server, PageLoad first, Func<JournalEngine, PageWayKind, Turn> series)
    {
        var turns = plan.Engines.SelectMany(engine => plan.Ways.Select(way => (Engine: engine, Way: way, Turn: series(engine, way)))).ToList();
        for (var round = 0; round <= plan.Rounds; round++)
        {
            foreach (var (engine, kind, turn) in turns)
            {
                await using var store = await JournalStore.CreateAsync(engine, cluster);
                var way = kind.Create(store.System, server);
                await way.PrepareAsync(first);
                GC.Collect();
                await turn(way, store, round > 0);
            }
        }
    }

    private static Turn Write(JournalResults results, JournalEngine engine, PageWayKind kind, PageLoad load)
    {
        var series = new WriteSeries(engine, kind, load);
        results.Writes.Add(series);
        return async (way, store, counts) =>
        {
            var started = Stopwatch.GetTimestamp();
            var deletes = await way.WriteAsync(load);
            var time = Stopwatch.GetElapsedTime(started);
            if (counts)
            {
                series.Rates.Add(load.Pages / time.TotalSeconds);
                series.Deletes.AddRange(deletes);
                series.BytesOnDisk.Add(await store.BytesOnDiskAsync());
            }
        };
    }

    private static Turn Pace(JournalResults results, JournalEngine engine, PageWayKind kind, PacedPlan plan)
    {
        var series = new PacedSeries(engine, kind);
        results.Paced.Add(series);
        return async (way, _, counts) =>
        {
            var schedule = new Schedule(plan.Rate, plan.Rate * plan.Seconds, plan.Bytes);
            await way.PaceAsync(schedule);
            if (counts)
            {
                series.Rounds.Add(schedule.ToOutcome());
            }
        };
    }

    private static Turn Recover(JournalResults results, JournalEngine engine, PageWayKind kind, PageLoad load)
    {
        var series = new RecoverySeries(engine, kind, load.Pages);
        results.Recoveries.Add(series);
        return async (way, _, counts) =>
        {
            await way.WriteAsync(load);
            var started = Stopwatch.GetTimestamp();
            var found = await way.RecoverAsync();
            var time = Stopwatch.GetElapsedTime(started);
            if (found < load.Pages)
            {
                throw new BenchmarkException($"{kind.Name}: {load.Pages} pages were written to {engine.Name}, and {found} were read");
            }

            if (counts)
            {
                series.Seconds.Add(time.TotalSeconds);
            }
        };
    }
}
