using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Configuration;
using Akka.Event;
using NatsActors.Cluster.Sharding;
using NatsActors.Diagnostics;
using NatsActors.Hosting;
using AkkaCluster = Akka.Cluster.Cluster;

namespace NatsActors.Cluster;

/// <summary>
/// Publishers of a cluster, one for each key, on Akka.Cluster.Sharding. A publisher starts with the first message for its key, on the node
/// that has the key's shard, and ends when it was idle for a while. There is at most one for a key in the whole cluster, so the messages of
/// a key leave in the order in which they were accepted, from whatever nodes they come.
/// </summary>
/// <remarks>
/// Each publisher has a buffer, limits and a link of its own, as <see cref="NatsPublisher.Props"/> makes them. With a journal the buffer
/// of a key moves to another node when its node dies, also when nobody publishes to that key any more.
/// </remarks>
public sealed class ShardedNatsPublishers : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, IActorRef> _regions = new(StringComparer.Ordinal);

    internal ShardedNatsPublishers(ExtendedActorSystem system)
    {
        if (system.Provider is not IClusterActorRefProvider)
        {
            throw new ConfigurationException(
                $"akka.actor.provider = {system.Settings.Config.GetString("akka.actor.provider")}: sharded publishers need the cluster; set it to "
                + "cluster, or use WithClustering of Akka.Cluster.Hosting.");
        }

        _system = system;
        NatsPublishers.Get(system);
        system.Settings.InjectTopLevelFallback(ShardingSettings.Reference);
    }

    /// <summary>The sharded publishers of <paramref name="system"/>.</summary>
    /// <exception cref="ConfigurationException">The system is no node of a cluster.</exception>
    public static ShardedNatsPublishers Get(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<ShardedNatsPublishers, ShardedNatsPublishersProvider>();
    }

    /// <summary>
    /// The package's <c>reference.conf</c> for sharded publishers: every key of <c>nats-actors.sharding</c> with its default, and the
    /// serializer. <see cref="Get"/> adds it to a system as the last fallback.
    /// </summary>
    public static Config DefaultConfig() => ShardingSettings.Reference;

    /// <summary>
    /// Starts the region of a type on this node. On members of the role the region has publishers; on others it only knows where they are.
    /// Every node that publishes to the type calls this method with the same type name and number of shards.
    /// </summary>
    /// <param name="typeName">
    /// The type: up to 64 letters, digits, <c>-</c>, <c>_</c> and <c>.</c>. The settings of its publishers are
    /// <c>nats-actors.publishers.TYPE</c>, or <c>nats-actors.publisher</c>; the publisher of a key has the name <c>TYPE-KEY</c>.
    /// </param>
    /// <param name="options">The options; null leaves everything to HOCON.</param>
    /// <returns>The region. It takes <see cref="KeyedPublish"/>, <see cref="KeyedBatch"/>, <see cref="KeyedStatus"/> and <see cref="KeyedFlush"/>.</returns>
    /// <exception cref="ArgumentException">The name of the type breaks a rule.</exception>
    /// <exception cref="InvalidOperationException">The type has been started, or its publishers could have the names of another type's.</exception>
    /// <exception cref="SettingsException">
    /// The section <c>nats-actors</c> of the system's HOCON or the options are not valid, or the journal of the publishers has another
    /// <c>replay-filter.mode</c> than <c>off</c>; the exception lists every violation.
    /// </exception>
    public IActorRef Start(string typeName, ShardedPublisherOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(typeName);
        if (ShardKey.FaultOfType(typeName) is { } fault)
        {
            throw new ArgumentException($"The type name {ShardKey.Shown(typeName)} {fault}", nameof(typeName));
        }

        lock (_gate)
        {
            CheckNames(typeName);
            var type = TypeOf(typeName, options?.Copy() ?? new ShardedPublisherOptions());
            var region = Begin(type);
            _regions[typeName] = region;
            return region;
        }
    }

    /// <summary>The region of a type that has been started on this node.</summary>
    /// <exception cref="ArgumentException">The type has not been started.</exception>
    public IActorRef Region(string typeName)
    {
        lock (_gate)
        {
            return _regions.TryGetValue(typeName, out var region) ? region : throw new ArgumentException(
                $"The type '{typeName}' has not been started on this node; started are: {string.Join(", ", _regions.Keys)}", nameof(typeName));
        }
    }

    /// <summary>The publishers of <c>a</c> and <c>a-b</c> could have the same names: <c>a-b-c</c> is the key <c>b-c</c> of one or <c>c</c> of the other.</summary>
    private void CheckNames(string typeName)
    {
        if (_regions.ContainsKey(typeName))
        {
            throw new InvalidOperationException($"The sharded publishers of the type '{typeName}' have been started already.");
        }

        if (_regions.Keys.FirstOrDefault(other => IsBefore(other, typeName) || IsBefore(typeName, other)) is { } near)
        {
            throw new InvalidOperationException(
                $"The types '{near}' and '{typeName}' would have publishers of the same names, because one name is the other with '-' behind it.");
        }

        static bool IsBefore(string shorter, string longer) => longer.StartsWith(shorter + "-", StringComparison.Ordinal);
    }

    private ShardedType TypeOf(string typeName, ShardedPublisherOptions options)
    {
        var publishers = NatsPublishers.Get(_system);
        // Akka.Cluster.Sharding adds its defaults.
        ClusterSharding.Get(_system);
        var settings = ShardingSettings.Read(_system.Settings.Config, options);
        var log = new ShardLog(typeName, new AkkaLogger(Logging.GetLogger(_system, typeof(ShardedNatsPublishers))), TimeProvider.System);
        return new ShardedType(typeName, settings, options, publishers, log);
    }

    private IActorRef Begin(ShardedType type)
    {
        var sharding = ClusterSharding.Get(_system);
        var settings = RegionSettings.Of(_system, type);
        var hasPublishers = type.Sharding.Role.Length == 0 || AkkaCluster.Get(_system).SelfRoles.Contains(type.Sharding.Role);
        if (hasPublishers)
        {
            type.Check();
            if (type.Journal.Length > 0)
            {
                ReplayFilter.Check(_system.Settings.Config, type.Journal);
            }
        }

        var region = sharding.Start(
            type.Name,
            key => Props.Create(() => new KeyActor(type, key)).WithDeploy(Deploy.Local),
            settings,
            new KeyExtractor(type.Sharding.NumberOfShards),
            sharding.DefaultShardAllocationStrategy(settings),
            KeyActor.HandOff.Instance);
        if (hasPublishers)
        {
            type.Meter.Show(type);
            _system.RegisterOnTermination(type.Meter.End);
        }

        return region;
    }
}

/// <summary>Makes <see cref="ShardedNatsPublishers"/>, once for an actor system. <c>akka.extensions</c> may name this type.</summary>
public sealed class ShardedNatsPublishersProvider : ExtensionIdProvider<ShardedNatsPublishers>
{
    /// <inheritdoc/>
    public override ShardedNatsPublishers CreateExtension(ExtendedActorSystem system) => new(system);
}
