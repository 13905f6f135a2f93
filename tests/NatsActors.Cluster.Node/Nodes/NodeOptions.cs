using System.Globalization;
using Akka.Configuration;
using NatsActors.Testing.Databases;

namespace NatsActors.Cluster.Nodes;

/// <summary>What a node's process is started with.</summary>
internal sealed record NodeOptions
{
    public const string System = "cluster";
    public const string Role = "nats";

    // The adapter that can cut a node off is part of the addresses.
    private const string Scheme = "akka.trttl.tcp";

    public required string Name { get; init; }

    public required int Life { get; init; }

    public required int Port { get; init; }

    public required string Seeds { get; init; }

    public required bool HasRole { get; init; }

    public required ClusterMode Mode { get; init; }

    public required string Servers { get; init; }

    public required string Folder { get; init; }

    /// <summary>A connection string of PostgreSQL; empty in the mode gateway.</summary>
    public required string Database { get; init; }

    /// <summary>Fences and plain subjects in place of a stream.</summary>
    public bool Plain { get; init; }

    /// <summary>The node speaks as a newer version of the package would.</summary>
    public bool Newer { get; init; }

    public string Sender => string.Create(CultureInfo.InvariantCulture, $"{Name}.{Life}");

    public static string AddressOf(int port) => string.Create(CultureInfo.InvariantCulture, $"{Scheme}://{System}@127.0.0.1:{port}");

    public Config Hocon()
    {
        var seeds = string.Join(", ", Seeds.Split(',').Select(static port => $"\"{AddressOf(int.Parse(port, CultureInfo.InvariantCulture))}\""));
        var servers = string.Join(", ", Servers.Split(',').Select(static server => $"\"{server}\""));
        return ConfigurationFactory.ParseString(
            $$"""
            akka {
              loglevel = WARNING
              stdout-loglevel = WARNING
              log-dead-letters = off
              actor.provider = cluster
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{Port}}, applied-adapters = ["trttl"] }
              cluster { roles = [{{(HasRole ? Role : "sender")}}], seed-nodes = [{{seeds}}] }
              # CoordinatedShutdown ends the process of a node that the others have downed.
              coordinated-shutdown.exit-clr = on
            }
            nats-actors.publisher {
              connection { servers = [{{servers}}], connect-timeout = 2s, backoff { min = 50ms, max = 500ms } }
              delivery { confirm = {{(Plain ? "fence" : "jetstream")}}, confirm-timeout = 3s }
              jetstream { retry-attempts = 1000, strict-order = off, max-in-flight-messages = 1, duplicate-window = 1h }
            }
            {{Journal()}}
            """)
            .WithFallback(Mode == ClusterMode.Gateway && !HasRole ? NatsActors.Persistence.SqliteJournal.At(Path.Combine(Folder, $"{Name}.db")) : Config.Empty)
            .WithFallback(Newer ? NewerMessages.Hocon() : Config.Empty);
    }

    private string Journal() => Mode == ClusterMode.Gateway
        ? ""
        : $"nats-actors.publisher.durability.journal = \"{JournalConfigs.PluginId}\"\n{JournalConfigs.PostgresOfNodes(Database)}";
}
