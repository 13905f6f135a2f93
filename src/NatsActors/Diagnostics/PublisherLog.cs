using Microsoft.Extensions.Logging;

namespace NatsActors.Diagnostics;

/// <summary>Every log line of a publisher, one for each event. No line shows a payload or a credential.</summary>
internal static partial class PublisherLog
{
    public static void Write(ILogger logger, NatsEvent occurrence)
    {
        switch (occurrence)
        {
            case Connected e: logger.LogConnected(e.Publisher, e.Server); break;
            case Disconnected e: logger.LogDisconnected(e.Publisher, e.Server, e.Kind, e.Detail); break;
            case Reconnected e: logger.LogReconnected(e.Publisher, e.Server, e.Outage, e.Messages, e.Bytes); break;
            case AuthenticationFailed e: logger.LogAuthenticationFailed(e.Publisher, e.Server, e.Detail, e.Final); break;
            case TlsFailed e: logger.LogTlsFailed(e.Publisher, e.Server, e.Detail); break;
            case ServersDiscovered e: logger.LogServersDiscovered(e.Publisher, string.Join(", ", e.Servers)); break;
            case LameDuck e: logger.LogLameDuck(e.Publisher, e.Server); break;
            case HighWatermark e: logger.LogHighWatermark(e.Publisher, e.Messages, e.Bytes); break;
            case OverflowStarted e: logger.LogOverflowStarted(e.Publisher, e.Limit, e.Policy); break;
            case OverflowEnded e: logger.LogOverflowEnded(e.Publisher, e.Refused, e.Dropped); break;
            case MessagesUndelivered { Detail: { } detail } e: logger.LogMessagesUndelivered(e.Publisher, e.Count, e.Reason, detail); break;
            case MessagesUndelivered e: logger.LogMessagesUndelivered(e.Publisher, e.Count, e.Reason); break;
            case DuplicateWindowExceeded e: logger.LogDuplicateWindowExceeded(e.Publisher, e.OldestAge); break;
            case Draining e: logger.LogDraining(e.Publisher, e.Messages); break;
            case Closed { Cause: { } cause } e: logger.LogClosed(e.Publisher, e.Totals, cause); break;
            case Closed e: logger.LogClosed(e.Publisher, e.Totals); break;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Publisher}: connected to {Server}")]
    private static partial void LogConnected(this ILogger logger, string publisher, string server);

    [LoggerMessage(2, LogLevel.Warning, "{Publisher}: no link to {Server} ({Kind}): {Detail}")]
    private static partial void LogDisconnected(this ILogger logger, string publisher, string server, LinkLossKind kind, string detail);

    [LoggerMessage(3, LogLevel.Information, "{Publisher}: reconnected to {Server} after {Outage}; {Messages} messages ({Bytes} wire bytes) were kept")]
    private static partial void LogReconnected(this ILogger logger, string publisher, string server, TimeSpan outage, long messages, long bytes);

    [LoggerMessage(4, LogLevel.Error, "{Publisher}: the credentials do not log in at {Server}: {Detail} (final: {Final})")]
    private static partial void LogAuthenticationFailed(this ILogger logger, string publisher, string server, string detail, bool final);

    [LoggerMessage(5, LogLevel.Information, "{Publisher}: servers discovered: {Servers}")]
    private static partial void LogServersDiscovered(this ILogger logger, string publisher, string servers);

    [LoggerMessage(6, LogLevel.Warning, "{Publisher}: {Server} is in lame duck mode")]
    private static partial void LogLameDuck(this ILogger logger, string publisher, string server);

    [LoggerMessage(7, LogLevel.Warning, "{Publisher}: the buffer is above its high watermark: {Messages} messages, {Bytes} wire bytes")]
    private static partial void LogHighWatermark(this ILogger logger, string publisher, long messages, long bytes);

    [LoggerMessage(8, LogLevel.Error, "{Publisher}: the buffer is full (limit: {Limit}); policy: {Policy}")]
    private static partial void LogOverflowStarted(this ILogger logger, string publisher, BufferLimit limit, OverflowPolicy policy);

    [LoggerMessage(9, LogLevel.Warning, "{Publisher}: the buffer has room again; {Refused} messages were refused, {Dropped} dropped")]
    private static partial void LogOverflowEnded(this ILogger logger, string publisher, long refused, long dropped);

    [LoggerMessage(10, LogLevel.Error, "{Publisher}: {Count} messages undelivered ({Reason}): {Detail}")]
    private static partial void LogMessagesUndelivered(this ILogger logger, string publisher, long count, UndeliveredReason reason, string detail);

    [LoggerMessage(17, LogLevel.Error, "{Publisher}: {Count} messages undelivered ({Reason})")]
    private static partial void LogMessagesUndelivered(this ILogger logger, string publisher, long count, UndeliveredReason reason);

    [LoggerMessage(11, LogLevel.Warning, "{Publisher}: the oldest message is {OldestAge} old, beyond the streams' duplicate window: a resend may be stored twice")]
    private static partial void LogDuplicateWindowExceeded(this ILogger logger, string publisher, TimeSpan oldestAge);

    [LoggerMessage(12, LogLevel.Information, "{Publisher}: draining {Messages} messages")]
    private static partial void LogDraining(this ILogger logger, string publisher, long messages);

    [LoggerMessage(13, LogLevel.Information, "{Publisher}: closed ({Totals})")]
    private static partial void LogClosed(this ILogger logger, string publisher, LedgerTotals totals);

    [LoggerMessage(16, LogLevel.Error, "{Publisher}: closed ({Totals}); cause: {Cause}")]
    private static partial void LogClosed(this ILogger logger, string publisher, LedgerTotals totals, string cause);

    [LoggerMessage(14, LogLevel.Error, "A handler of the event {Event} failed")]
    public static partial void EventHandlerFailed(this ILogger logger, string @event, Exception cause);

    [LoggerMessage(15, LogLevel.Error, "{Publisher}: no TLS with {Server}: {Detail}")]
    private static partial void LogTlsFailed(this ILogger logger, string publisher, string server, string detail);
}
