using Akka.Actor;
using Akka.Configuration;

namespace NatsActors.Benchmarks.Gateway;

/// <summary>The actor systems of the cluster on loopback.</summary>
internal static class ClusterSystem
{
    private const string Name = "benchmark";

    /// <summary>Starts a system, which joins the gateway's; the gateway's own joins itself.</summary>
    /// <param name="gatewayPort">The port of the gateway's node.</param>
    /// <param name="role">The role of this node; may be empty.</param>
    /// <param name="port">Its port; 0 for any.</param>
    /// <param name="hocon">HOCON that goes before the rest.</param>
    public static ActorSystem Start(int gatewayPort, string role, int port, string hocon)
    {
        var system = ActorSystem.Create(Name, ConfigurationFactory.ParseString(
            $$"""
            {{hocon}}
            akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [], log-dead-letters = off }
            akka.actor.provider = cluster
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{port}} }
            akka.cluster { roles = [{{role}}], run-coordinated-shutdown-when-down = off }
            akka.coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off }
            """));
        Akka.Cluster.Cluster.Get(system).Join(new Address("akka.tcp", Name, "127.0.0.1", gatewayPort));
        return system;
    }
}
