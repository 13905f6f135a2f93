using Microsoft.Extensions.Logging;

namespace NatsActors.Cluster.Sharding;

/// <summary>The lines of keys and their publishers.</summary>
internal static partial class ShardLines
{
    [LoggerMessage(62, LogLevel.Error, "{Type}: the publisher of the key {Key} has ended: {Cause}. It is started anew in {After}")]
    public static partial void KeyEnded(this ILogger log, string type, string key, string cause, TimeSpan after);

    [LoggerMessage(63, LogLevel.Warning, "{Type}: the publisher of the key {Key} had not ended {After} after its shard was to move; it is stopped")]
    public static partial void HandOffForced(this ILogger log, string type, string key, TimeSpan after);
}
