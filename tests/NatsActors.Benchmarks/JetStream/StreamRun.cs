using System.Diagnostics;
using NatsActors.Testing;

namespace NatsActors.Benchmarks.JetStream;

/// <summary>What to measure.</summary>
internal sealed record StreamPlan
{
    /// <summary>1 for one server, 3 for a cluster with a stream of three replicas.</summary>
    public required IReadOnlyList<int> Servers { get; init; }

    /// <summary>Payload bytes.</summary>
    public required IReadOnlyList<int> Sizes { get; init; }

    /// <summary>Messages that may await their PubAck.</summary>
    public required IReadOnlyList<int> Windows { get; init; }

    /// <summary>Messages of a turn.</summary>
    public required int Messages { get; init; }

    /// <summary>Publishers of another kind, as commands for sh.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    /// <summary>Rounds that count; one more comes before them and is dropped.</summary>
    public required int Rounds { get; init; }
}

/// <summary>The messages a second of one way.</summary>
/// <param name="Servers">How many servers.</param>
/// <param name="Load">The messages and the window.</param>
/// <param name="Way">The name of the way.</param>
internal sealed record StreamSeries(int Servers, StreamLoad Load, string Way)
{
    /// <summary>One for each round.</summary>
    public List<double> Rates { get; } = [];
}

/// <summary>
/// Measures ways into a stream in rounds, so that whatever else the machine does meets all of them alike. The stream is emptied before
/// each turn, and must hold exactly the messages of the load behind it. All ways connect to the server that leads the stream.
/// </summary>
internal static class StreamRun
{
    /// <summary>Measures.</summary>
    public static async Task<IReadOnlyList<StreamSeries>> RunAsync(StreamPlan plan)
    {
        var all = new List<StreamSeries>();
        foreach (var servers in plan.Servers)
        {
            if (servers == 1)
            {
                await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
                await using var stream = await BenchmarkStream.CreateAsync(server.Url);
                all.AddRange(await MeasureAsync(plan, servers, stream, server.Url));
            }
            else
            {
                await using var cluster = await NatsCluster.StartAsync(servers);
                await using var stream = await BenchmarkStream.CreateAsync(cluster.Nodes[0].Server.Url, servers);
                var leader = cluster.Nodes.First(node => node.Name == stream.Leader);
                all.AddRange(await MeasureAsync(plan, servers, stream, leader.Server.Url));
            }
        }

        return all;
    }

    private static async Task<IReadOnlyList<StreamSeries>> MeasureAsync(StreamPlan plan, int servers, BenchmarkStream stream, string url)
    {
        var all = new List<StreamSeries>();
        IStreamWay[] ways =
        [
            new RawWindow(url, ids: false), new RawWindow(url, ids: true), new ClientWindow(url),
            new StoredPublisher(url, strictOrder: false), new StoredPublisher(url, strictOrder: true),
            .. plan.Peers.Select(peer => new StreamPeer(peer, new PeerProcess("peer", peer, url, Stage.Limit))),
        ];
        try
        {
            foreach (var load in plan.Sizes.SelectMany(size => plan.Windows.Select(window => new StreamLoad(size, plan.Messages, window))))
            {
                var series = ways.Select(way => new StreamSeries(servers, load, way.Name)).ToArray();
                all.AddRange(series);
                for (var round = 0; round <= plan.Rounds; round++)
                {
                    foreach (var (way, row) in ways.Zip(series))
                    {
                        var rate = await RateAsync(way, load, stream);
                        if (round > 0)
                        {
                            row.Rates.Add(rate);
                        }
                    }
                }
            }
        }
        finally
        {
            foreach (var way in ways)
            {
                await way.DisposeAsync();
            }
        }

        return all;
    }

    private static async Task<double> RateAsync(IStreamWay way, StreamLoad load, BenchmarkStream stream)
    {
        await way.PrepareAsync(load);
        await stream.PurgeAsync();
        GC.Collect();
        var started = Stopwatch.GetTimestamp();
        await way.RunAsync(load).WaitAsync(Stage.Limit, TimeProvider.System);
        var time = Stopwatch.GetElapsedTime(started);
        await stream.ExpectAsync(load.Messages, way.Name);
        return way.ReportedRate ?? (load.Messages / time.TotalSeconds);
    }
}
