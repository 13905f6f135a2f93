using Microsoft.Extensions.Logging;

namespace NatsActors.Cluster.Gateway;

/// <summary>Every line that a gateway writes. A publisher through a gateway has the lines of every publisher.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(41, LogLevel.Information, "The gateway of the role {Role} takes sessions; servers: {Servers}; at most {MaxSessions} sessions")]
    public static partial void GatewayStarted(this ILogger logger, string role, string servers, int maxSessions);

    [LoggerMessage(42, LogLevel.Warning, "The gateway has {MaxSessions} sessions, which is its limit; refused: {Publisher} of {Node}")]
    public static partial void GatewayFull(this ILogger logger, int maxSessions, string publisher, string node);

    [LoggerMessage(43, LogLevel.Information, "The gateway has room again: {Sessions} sessions")]
    public static partial void GatewayHasRoom(this ILogger logger, int sessions);

    [LoggerMessage(44, LogLevel.Warning, "The gateway refused {Publisher} of {Node}: {Detail}")]
    public static partial void SessionRefused(this ILogger logger, string publisher, string node, string detail);

    [LoggerMessage(45, LogLevel.Information, "The gateway leaves; {Sessions} sessions are left")]
    public static partial void GatewayLeft(this ILogger logger, int sessions);

    [LoggerMessage(46, LogLevel.Warning, "The gateway still had sessions after {Limit}; their publishers send again what was not confirmed")]
    public static partial void GatewayNotLeft(this ILogger logger, TimeSpan limit);
}
