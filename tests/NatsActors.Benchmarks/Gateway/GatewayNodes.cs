using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using NatsActors.Cluster;
using NatsActors.Testing;

namespace NatsActors.Benchmarks.Gateway;

/// <summary>
/// A cluster on loopback: one node with a gateway, and nodes that publish through it, each with one publisher. The systems are in one
/// process and talk by Akka.Remote's TCP, as in several.
/// </summary>
internal sealed class GatewayNodes : IAsyncDisposable
{
    private readonly string _url;
    private readonly string _hocon;
    private readonly List<ActorSystem> _systems = [];
    private readonly List<(ActorSystem System, IActorRef Publisher)> _senders = [];

    public GatewayNodes(string url, string hocon) => (_url, _hocon) = (url, hocon);

    /// <summary>The first publishers, each with a link.</summary>
    public async Task<IReadOnlyList<(ActorSystem System, IActorRef Publisher)>> SendersAsync(int count, Load load)
    {
        if (_systems.Count == 0)
        {
            var gateway = Start("nats");
            NatsGateway.Get(gateway).Start(new ConnectionSettings { Servers = [_url] });
        }

        while (_senders.Count < count)
        {
            var system = Start("");
            await Until.TrueAsync(() => Akka.Cluster.Cluster.Get(system).State.Members.Count(member => member.Status == MemberStatus.Up) == _systems.Count, Stage.Limit);
            var publisher = NatsGateway.Get(system).StartPublisher(new PublisherSettings());
            await publisher.Ask<Ack>(load.Message(), Stage.Limit);
            await Stage.FlushAsync(publisher);
            _senders.Add((system, publisher));
        }

        return [.. _senders.Take(count)];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var system in Enumerable.Reverse(_systems))
        {
            await system.Terminate();
        }
    }

    private ActorSystem Start(string role)
    {
        var system = ActorSystem.Create("benchmark", ConfigurationFactory.ParseString(
            $$"""
            {{_hocon}}
            akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [], log-dead-letters = off }
            akka.actor.provider = cluster
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            akka.cluster { roles = [{{role}}], run-coordinated-shutdown-when-down = off }
            akka.coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off }
            """));
        _systems.Add(system);
        var first = Akka.Cluster.Cluster.Get(_systems[0]).SelfAddress;
        Akka.Cluster.Cluster.Get(system).Join(first);
        return system;
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
