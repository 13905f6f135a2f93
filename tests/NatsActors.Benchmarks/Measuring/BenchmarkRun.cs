using System.Diagnostics;

namespace NatsActors.Benchmarks;

/// <summary>What to measure.</summary>
internal sealed record RunPlan
{
    /// <summary>The ways, in the order of each round.</summary>
    public required IReadOnlyList<WayKind> Ways { get; init; }

    /// <summary>One for each payload size.</summary>
    public required IReadOnlyList<Load> Loads { get; init; }

    /// <summary>Rounds that count; one more comes before them and is dropped.</summary>
    public required int Rounds { get; init; }

    /// <summary>Messages that all producer actors together may have unanswered.</summary>
    public required int Window { get; init; }
}

/// <summary>
/// Measures ways in rounds: A B C, A B C, and so on, so that whatever else the machine does meets all of them alike. One server
/// serves the whole run. After each turn of a way the server must have read exactly the messages of the load.
/// </summary>
internal static class BenchmarkRun
{
    /// <summary>Measures.</summary>
    /// <exception cref="BenchmarkException">The server got other messages than those of the load.</exception>
    public static async Task<Results> RunAsync(RunPlan plan)
    {
        var results = new Results(plan);
        await using var server = await MeasuredServer.StartAsync();
        await using var stage = new Stage(server, plan.Window);
        var ways = new List<(WayKind Kind, IWay Way)>();
        try
        {
            ways.AddRange(plan.Ways.Select(kind => (kind, kind.Create(stage))));
            foreach (var load in plan.Loads)
            {
                for (var round = 0; round <= plan.Rounds; round++)
                {
                    foreach (var (kind, way) in ways)
                    {
                        var sample = await MeasureAsync(kind, way, load, server);
                        if (round > 0)
                        {
                            results.Add(kind, load, sample);
                        }
                    }
                }
            }
        }
        finally
        {
            foreach (var (_, way) in ways)
            {
                await way.DisposeAsync();
            }
        }

        return results;
    }

    private static async Task<Sample> MeasureAsync(WayKind kind, IWay way, Load load, MeasuredServer server)
    {
        await way.PrepareAsync(load);
        var before = await server.CountsAsync();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var processor = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        await way.RunAsync(load);
        var time = Stopwatch.GetElapsedTime(started);
        processor = Environment.CpuUsage.TotalTime - processor;
        if (way.ReportedRate is { } rate)
        {
            time = TimeSpan.FromSeconds(load.Messages / rate);
        }

        var sample = new Sample(time, GC.GetTotalAllocatedBytes(precise: true) - allocated, processor, load.Messages);
        await server.ExpectAsync(before, kind.ReachesServer ? load : null, kind.Name);
        return sample;
    }
}
