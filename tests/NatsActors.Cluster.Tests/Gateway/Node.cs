using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using NatsActors.Testing;
using AkkaCluster = Akka.Cluster.Cluster;

namespace NatsActors.Cluster.Tests.Gateway;

/// <summary>One node of a real cluster on loopback: an actor system of its own in the test's process.</summary>
internal sealed class Node : IAsyncDisposable
{
    public const string Role = "nats";

    private Node(ActorSystem system)
    {
        System = system;
        Cluster = AkkaCluster.Get(system);
    }

    public ActorSystem System { get; }

    public AkkaCluster Cluster { get; }

    public Address Address => Cluster.SelfAddress;

    public NatsGateway Gateways => NatsGateway.Get(System);

    public static Node Start(string hocon = "", string roles = "", int port = 0) => new(ActorSystem.Create("cluster", ConfigurationFactory.ParseString(
        $$"""
        {{hocon}}
        akka {
          loglevel = WARNING
          loggers = []
          stdout-loglevel = OFF
          log-dead-letters = off
          actor.provider = cluster
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{port}} }
          cluster {
            roles = [{{roles}}]
            gossip-interval = 100ms
            leader-actions-interval = 100ms
            unreachable-nodes-reaper-interval = 100ms
            periodic-tasks-initial-delay = 50ms
            # All nodes of a test are in one process: a stall of it must not look like a node that is gone.
            failure-detector { heartbeat-interval = 200ms, acceptable-heartbeat-pause = 5s }
            run-coordinated-shutdown-when-down = off
          }
          coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off, exit-clr = off }
        }
        """)));

    /// <summary>Starts nodes and waits until each sees all of them up. The first that are asked for have the role.</summary>
    public static async Task<Node[]> StartAsync(int gateways, int others, string hocon = "")
    {
        Node[] nodes = [.. Enumerable.Range(0, gateways).Select(_ => Start(hocon, Role)), .. Enumerable.Range(0, others).Select(_ => Start(hocon))];
        await JoinAsync(nodes);
        return nodes;
    }

    public static async Task JoinAsync(params Node[] nodes)
    {
        foreach (var node in nodes)
        {
            node.Cluster.Join(nodes[0].Address);
        }

        await Until.TrueAsync(
            () => nodes.All(node => node.Cluster.State.Members.Count(member => member.Status == MemberStatus.Up) >= nodes.Length),
            TimeSpan.FromSeconds(30));
    }

    /// <summary>Ends the system at once, as a process that is killed: nothing is told to the others but that connections are gone.</summary>
    public async Task KillAsync()
    {
        var ended = System.WhenTerminated;
        // The transport goes first, so that no farewell leaves the node.
        await ((Akka.Remote.IRemoteActorRefProvider)((ExtendedActorSystem)System).Provider).Transport.Shutdown();
        ((ExtendedActorSystem)System).Abort();
        await ended;
    }

    public async ValueTask DisposeAsync() => await System.Terminate();
}
