using Akka.Actor;
using Akka.Cluster;
using NatsActors.Cluster;
using NatsActors.Testing;

namespace NatsActors.Benchmarks.Gateway;

/// <summary>
/// A cluster on loopback: a gateway in a process of its own, and nodes in this one that publish through it, each with one publisher.
/// </summary>
internal sealed class GatewayNodes : IAsyncDisposable
{
    private readonly string _url;
    private readonly string _hocon;
    private readonly int _port = LoopbackPorts.Next();
    private readonly List<(ActorSystem System, IActorRef Publisher)> _senders = [];
    private ProgramProcess? _gateway;

    public GatewayNodes(string url, string hocon) => (_url, _hocon) = (url, hocon);

    /// <summary>The first publishers, each with a link.</summary>
    public async Task<IReadOnlyList<(ActorSystem System, IActorRef Publisher)>> SendersAsync(int count, Load load)
    {
        if (_gateway is null)
        {
            _gateway = ProgramProcess.Start("dotnet", GatewayNode.Arguments(_url, _port, _hocon));
            await _gateway.SaysAsync(GatewayNode.Ready);
        }

        while (_senders.Count < count)
        {
            var system = ClusterSystem.Start(_port, "", 0, _hocon);
            await Until.TrueAsync(
                () => Akka.Cluster.Cluster.Get(system).State.Members.Count(member => member.Status == MemberStatus.Up) == _senders.Count + 2, Stage.Limit);
            var publisher = NatsGateway.Get(system).StartPublisher(new PublisherSettings());
            await publisher.Ask<Ack>(load.Message(), Stage.Limit);
            await Stage.FlushAsync(publisher);
            _senders.Add((system, publisher));
        }

        return [.. _senders.Take(count)];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (system, _) in _senders)
        {
            await system.Terminate();
        }

        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }
    }
}

/// <summary>Nodes that publish batches through one gateway side by side, each its share of the load.</summary>
internal sealed class GatewayWay(GatewayNodes nodes, int senders, int window) : IWay
{
    private List<(Producers Producers, IActorRef Publisher)>? _parts;

    public static WayKind Kind(Func<Stage, GatewayNodes> nodes, int senders, int window) => new(
        $"gateway-{senders}", $"`PublishBatch` of {AllWays.BatchSize} through a gateway, {senders} {(senders == 1 ? "node" : "nodes")}",
        stage => new GatewayWay(nodes(stage), senders, window));

    public async Task PrepareAsync(Load load) => _parts ??=
    [
        .. (await nodes.SendersAsync(senders, load)).Select(sender =>
            (new Producers(sender.System, sender.Publisher, 1, AllWays.BatchSize, window), sender.Publisher)),
    ];

    public Task RunAsync(Load load)
    {
        var shares = Enumerable.Range(0, senders).Select(i => (load.Messages / senders) + (i < load.Messages % senders ? 1 : 0));
        return Task.WhenAll(_parts!.Zip(shares, async (part, share) =>
        {
            await part.Producers.PublishAsync(Load.Of(load.Payload.Length, share));
            await Stage.FlushAsync(part.Publisher);
        }));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
