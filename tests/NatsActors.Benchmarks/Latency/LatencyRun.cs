using NatsActors.Testing;

namespace NatsActors.Benchmarks.Latency;

/// <summary>What to measure.</summary>
internal sealed record LatencyPlan
{
    /// <summary>Messages a second.</summary>
    public required IReadOnlyList<int> Rates { get; init; }

    /// <summary>Payload bytes.</summary>
    public required IReadOnlyList<int> Sizes { get; init; }

    /// <summary>How long messages are sent in each turn.</summary>
    public required int Seconds { get; init; }

    /// <summary>Rounds that count; one more comes before them and is dropped.</summary>
    public required int Rounds { get; init; }

    /// <summary>Whether messages are also stored in a stream.</summary>
    public required bool Streams { get; init; }

    /// <summary>How the thread that sends waits.</summary>
    public required Wait Wait { get; init; }
}

/// <summary>What one row of the table shows.</summary>
/// <param name="Name">The way, and the answer.</param>
/// <param name="Rate">Messages a second.</param>
/// <param name="Size">Payload bytes.</param>
/// <param name="Yardstick">The name of the row that this one is held against; null for a yardstick.</param>
internal sealed record LatencySeries(string Name, int Rate, int Size, string? Yardstick)
{
    /// <summary>One for each round.</summary>
    public List<Latencies> Rounds { get; } = [];
}

/// <summary>
/// Measures ways in rounds, so that whatever else the machine does meets all of them alike. One server with a file store serves the
/// whole run; publishers have their default settings.
/// </summary>
internal static class LatencyRun
{
    /// <summary>Where messages go.</summary>
    public static string SubjectOf(bool stores) => stores ? BenchmarkStream.Subject : Load.Subject;

    /// <summary>Measures.</summary>
    /// <exception cref="BenchmarkException">A message was refused or not delivered.</exception>
    public static async Task<IReadOnlyList<LatencySeries>> RunAsync(LatencyPlan plan)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using var stream = await BenchmarkStream.CreateAsync(server.Url);
        var system = Stage.QuietSystem();
        ILatencyWay[] ways = [.. Ways(server.Url, stores: false), .. plan.Streams ? Ways(server.Url, stores: true) : []];
        try
        {
            return await MeasureAsync(plan, ways, stream);
        }
        finally
        {
            foreach (var way in ways)
            {
                await way.DisposeAsync();
            }

            await system.Terminate();
        }

        IEnumerable<ILatencyWay> Ways(string url, bool stores)
        {
            var settings = new PublisherSettings
            {
                Name = stores ? "stores" : "delivers",
                Connection = new() { Servers = [url] },
                Delivery = new() { Confirm = stores ? ConfirmMode.JetStream : ConfirmMode.Fence },
            };
            return [new BareRoundTrip(url, stores), new ToldPublisher(system, settings), new AwaitedOutcome(settings)];
        }
    }

    private static async Task<IReadOnlyList<LatencySeries>> MeasureAsync(LatencyPlan plan, IReadOnlyList<ILatencyWay> ways, BenchmarkStream stream)
    {
        var all = new List<LatencySeries>();
        foreach (var (rate, size) in plan.Rates.SelectMany(rate => plan.Sizes.Select(size => (rate, size))))
        {
            for (var round = 0; round <= plan.Rounds; round++)
            {
                foreach (var way in ways)
                {
                    await way.PrepareAsync();
                    await stream.PurgeAsync();
                    var schedule = new Schedule(rate, rate * plan.Seconds, size);
                    GC.Collect();
                    await way.RunAsync(schedule, plan.Wait);
                    if (round > 0)
                    {
                        Add(way, rate, size, schedule);
                    }
                }
            }
        }

        return all;

        void Add(ILatencyWay way, int rate, int size, Schedule schedule)
        {
            var yardstick = way.IsBare ? null : ways.First(other => other.IsBare && other.Stores == way.Stores).Name;
            if (way.AckName is { } ack)
            {
                Of(new LatencySeries(ack, rate, size, yardstick)).Rounds.Add(schedule.ToAck());
            }

            Of(new LatencySeries(way.Name, rate, size, yardstick)).Rounds.Add(schedule.ToOutcome());
        }

        LatencySeries Of(LatencySeries asked)
        {
            var known = all.Find(series => (series.Name, series.Rate, series.Size) == (asked.Name, asked.Rate, asked.Size));
            if (known is null)
            {
                all.Add(known = asked);
            }

            return known;
        }
    }
}
