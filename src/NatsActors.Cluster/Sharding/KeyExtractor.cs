using Akka.Cluster.Sharding;

namespace NatsActors.Cluster.Sharding;

/// <summary>Which shard and which entity a message is for: the key is the entity, and its hash, which is the same in all processes, the shard.</summary>
internal sealed class KeyExtractor(int numberOfShards) : HashCodeMessageExtractor(numberOfShards)
{
    public override string? EntityId(object message) => (message as KeyedMessage)?.Key;

    public override object EntityMessage(object message) => message is KeyedMessage keyed ? keyed.Inner : message;
}
