using System.Diagnostics;

namespace NatsActors.Benchmarks;

/// <summary>What to measure.</summary>
public sealed record RunPlan
{
    /// <summary>The ways, in the order of each round.</summary>
    public required IReadOnlyList<WayKind> Ways { get; init; }

    /// <summary>One for each payload size.</summary>
    public required IReadOnlyList<Load> Loads { get; init; }

    /// <summary>Rounds that count; one more comes before them and is dropped.</summary>
    public required int Rounds { get; init; }
}

/// <summary>
/// Measures ways in rounds: A B C, A B C, and so on, so that whatever else the machine does meets all of them alike. One server
/// serves the whole run, and is asked after each turn whether it got exactly the messages of the load.
/// </summary>
public static class BenchmarkRun
{
    /// <summary>Measures, and gives the table.</summary>
    /// <exception cref="InvalidOperationException">The server got other messages than those of the load.</exception>
    public static async Task<ResultTable> RunAsync(RunPlan plan)
    {
        var table = new ResultTable(plan);
        await using var server = await MeasuredServer.StartAsync();
        var ways = new List<(WayKind Kind, IWay Way)>();
        try
        {
            ways.AddRange(plan.Ways.Select(kind => (kind, kind.Create(server.Url))));
            foreach (var load in plan.Loads)
            {
                for (var round = 0; round <= plan.Rounds; round++)
                {
                    foreach (var (kind, way) in ways)
                    {
                        var sample = await MeasureAsync(kind, way, load, server);
                        if (round > 0)
                        {
                            table.Add(kind, load, sample);
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

        return table;
    }

    private static async Task<Sample> MeasureAsync(WayKind kind, IWay way, Load load, MeasuredServer server)
    {
        await way.PrepareAsync(load);
        var before = await server.CountsAsync();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var started = Stopwatch.GetTimestamp();
        await way.RunAsync(load);
        var time = Stopwatch.GetElapsedTime(started);
        var sample = new Sample(time, GC.GetTotalAllocatedBytes(precise: true) - allocated, load.Messages);
        await server.ExpectAsync(before, kind.ReachesServer ? load : null, kind.Name);
        return sample;
    }
}
