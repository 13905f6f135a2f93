namespace NatsActors.Cluster.Nodes;

public enum ClusterMode
{
    /// <summary>Every node publishes to keys; the publishers are on nodes of the role, with their journal in PostgreSQL.</summary>
    Sharded,

    /// <summary>Nodes without the role publish through gateways on the others, and keep their buffers in SQLite files.</summary>
    Gateway,
}

/// <summary>The size of a run. The seed decides which node is hit and when.</summary>
public sealed record ClusterOptions
{
    public ClusterMode Mode { get; init; } = ClusterMode.Sharded;

    /// <summary>Plain subjects and a subscriber, which may see a message twice, in place of a stream.</summary>
    public bool Plain { get; init; }

    public int Kills { get; init; } = 100;

    public int Partitions { get; init; } = 20;

    /// <summary>A node leaves, and comes back with the other version of the messages between nodes: each node in turn.</summary>
    public int Updates { get; init; } = 12;

    public int Seed { get; init; } = 1;

    /// <summary>A node that joins, takes its share and leaves again, between other faults: once for this many kills.</summary>
    public int KillsForOneGuest { get; init; } = 3;

    /// <summary>A size that takes about two minutes, most of them for the partition: the default strategy waits for 20 s.</summary>
    public static ClusterOptions ForCi(ClusterMode mode) => new() { Mode = mode, Kills = 3, Partitions = 1, Updates = 0 };

    /// <summary>A rolling update of the three nodes; about a minute.</summary>
    public static ClusterOptions Update(ClusterMode mode) => new() { Mode = mode, Kills = 0, Partitions = 0, Updates = 3 };
}
