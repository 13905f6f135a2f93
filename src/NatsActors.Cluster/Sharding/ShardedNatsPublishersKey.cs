namespace NatsActors.Cluster;

/// <summary>The key of a region of sharded publishers in Akka.Hosting's registry: <c>IRequiredActor&lt;ShardedNatsPublishersKey&gt;</c>.</summary>
public sealed class ShardedNatsPublishersKey
{
    private ShardedNatsPublishersKey()
    {
    }
}
