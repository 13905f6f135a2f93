using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Configuration;

namespace NatsActors.Cluster.Sharding;

/// <summary>
/// How Akka.Cluster.Sharding runs a type. With a journal it remembers keys that have a publisher, in the same journal: a key's backlog is
/// sent by the next node although nobody publishes to the key. The coordinator's own state is in memory, of all nodes together.
/// </summary>
internal static class RegionSettings
{
    private const string Section = "akka.cluster.sharding";

    public static ClusterShardingSettings Of(ActorSystem system, ShardedType type)
    {
        var given = system.Settings.Config.GetConfig(Section);
        var remembers = type.Journal.Length > 0;
        var journal = Given(given, "journal-plugin-id") ?? type.Journal;
        var snapshots = Given(given, "snapshot-plugin-id");
        var config = ConfigurationFactory.ParseString(
            $$"""
            role = "{{type.Sharding.Role}}"
            state-store-mode = ddata
            passivate-idle-entity-after = off
            remember-entities = {{(remembers ? "on" : "off")}}
            remember-entities-store = eventsourced
            {{(remembers ? $"journal-plugin-id = \"{journal}\"" : "")}}
            # A store that only this node has would lose keys that another node has snapshots of. Without snapshots all events are kept.
            {{(snapshots is null ? $"snapshot-plugin-id = \"akka.persistence.no-snapshot-store\"\nsnapshot-after = {int.MaxValue}" : "")}}
            """).WithFallback(given);
        return ClusterShardingSettings.Create(config, system.Settings.Config.GetConfig(config.GetString("coordinator-singleton")));
    }

    private static string? Given(Config section, string key) => section.GetString(key, "") is { Length: > 0 } text ? text : null;
}
