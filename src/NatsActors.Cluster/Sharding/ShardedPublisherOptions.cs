using Akka.Configuration;
using NATS.Client.Core;

namespace NatsActors.Cluster;

/// <summary>The options of sharded publishers. A member that is not set leaves its setting to HOCON and to the defaults.</summary>
public sealed class ShardedPublisherOptions
{
    /// <summary><c>nats-actors.sharding.role</c>: the role of the members that have the publishers; empty for all members.</summary>
    public string? Role { get; set; }

    /// <summary><c>nats-actors.sharding.number-of-shards</c>: the same on all nodes, at all times.</summary>
    public int? NumberOfShards { get; set; }

    /// <summary><c>nats-actors.sharding.idle-after</c>: when a publisher without messages is ended.</summary>
    public TimeSpan? IdleAfter { get; set; }

    /// <summary><c>nats-actors.sharding.hand-off-time</c>: how long a publisher may send before its shard moves.</summary>
    public TimeSpan? HandOffTime { get; set; }

    /// <summary>
    /// Changes the settings of one key's publisher: gets the key and the settings that HOCON gives to the type
    /// (<c>nats-actors.publishers.TYPE</c>, or <c>nats-actors.publisher</c>). Called on the node of the key whenever the publisher starts.
    /// Name, journal and persistence id are not the function's: what it says of them has no effect.
    /// </summary>
    public Func<string, PublisherSettings, PublisherSettings>? Settings { get; set; }

    /// <summary>
    /// The path of a journal in HOCON for the buffers and for the keys that have messages; empty for none. Needs the package
    /// NatsActors.Persistence, and must be one journal for all nodes. Null takes <c>durability.journal</c> of the type's HOCON.
    /// </summary>
    public string? Journal { get; set; }

    /// <summary>User and password, or token, for all keys; null for the credentials of the settings. Never shown.</summary>
    public NatsCredentials? Credentials { get; set; }

    /// <summary>Changes the options of NATS.Client.Core, as <see cref="NatsPublisherSetup.WithNatsOpts"/> does; null for no change.</summary>
    public Func<NatsOpts, NatsOpts>? NatsOpts { get; set; }

    /// <summary>HOCON with the root <c>nats-actors</c>, which Akka.Hosting puts before the system's HOCON; null for none.</summary>
    public Config? Hocon { get; set; }

    internal ShardedPublisherOptions Copy() => (ShardedPublisherOptions)MemberwiseClone();
}
