using Microsoft.Extensions.Logging;

namespace NatsActors.Diagnostics;

/// <summary>
/// Every log line of a publisher, with its event id. No line shows a payload or a credential. Errors are what a person must act on.
/// <see cref="PublisherJournal"/> decides when a line is written. A test compares these lines with the table in <c>docs/logs.md</c>.
/// </summary>
internal static partial class PublisherLog
{
    [LoggerMessage(1, LogLevel.Information, "{Publisher}: connected to {Server}")]
    public static partial void Connected(this ILogger logger, string publisher, string server);

    [LoggerMessage(2, LogLevel.Warning, "{Publisher}: no link to {Server} ({Kind}): {Detail}")]
    public static partial void Disconnected(this ILogger logger, string publisher, string server, LinkLossKind kind, string detail);

    [LoggerMessage(3, LogLevel.Information,
        "{Publisher}: reconnected to {Server} after {Outage}; {Messages} messages ({Bytes} wire bytes) were kept")]
    public static partial void Reconnected(this ILogger logger, string publisher, string server, TimeSpan outage, long messages, long bytes);

    [LoggerMessage(4, LogLevel.Error, "{Publisher}: no link: the credentials do not log in at {Server}: {Detail}")]
    public static partial void AuthenticationFailed(this ILogger logger, string publisher, string server, string detail);

    [LoggerMessage(5, LogLevel.Information, "{Publisher}: servers discovered: {Servers}")]
    public static partial void ServersDiscovered(this ILogger logger, string publisher, string servers);

    [LoggerMessage(6, LogLevel.Warning, "{Publisher}: {Server} is in lame duck mode")]
    public static partial void LameDuck(this ILogger logger, string publisher, string server);

    [LoggerMessage(7, LogLevel.Warning, "{Publisher}: the buffer is above its high watermark: {Messages} messages, {Bytes} wire bytes")]
    public static partial void HighWatermark(this ILogger logger, string publisher, long messages, long bytes);

    [LoggerMessage(8, LogLevel.Warning, "{Publisher}: the buffer is full (limit: {Limit}); policy: {Policy}")]
    public static partial void OverflowStarted(this ILogger logger, string publisher, BufferLimit limit, OverflowPolicy policy);

    [LoggerMessage(9, LogLevel.Warning, "{Publisher}: the buffer has room again; {Refused} messages were refused, {Dropped} dropped")]
    public static partial void OverflowEnded(this ILogger logger, string publisher, long refused, long dropped);

    /// <summary>An error, unless the settings or the users chose to lose these messages.</summary>
    [LoggerMessage(EventId = 10, Message = "{Publisher}: {Count} messages undelivered ({Reason}): {Detail}")]
    public static partial void MessagesUndelivered(
        this ILogger logger, LogLevel level, string publisher, long count, UndeliveredReason reason, string detail);

    [LoggerMessage(11, LogLevel.Warning,
        "{Publisher}: the oldest message is {OldestAge} old, beyond the streams' duplicate window: a resend may be stored twice")]
    public static partial void DuplicateWindowExceeded(this ILogger logger, string publisher, TimeSpan oldestAge);

    [LoggerMessage(12, LogLevel.Information, "{Publisher}: draining {Messages} messages")]
    public static partial void Draining(this ILogger logger, string publisher, long messages);

    [LoggerMessage(13, LogLevel.Information, "{Publisher}: closed; everything has its outcome: {Totals}")]
    public static partial void Closed(this ILogger logger, string publisher, LedgerTotals totals);

    [LoggerMessage(14, LogLevel.Error, "A handler of the event {Event} failed")]
    public static partial void EventHandlerFailed(this ILogger logger, string @event, Exception cause);

    [LoggerMessage(15, LogLevel.Error, "{Publisher}: no link: no TLS with {Server}: {Detail}")]
    public static partial void TlsFailed(this ILogger logger, string publisher, string server, string detail);

    [LoggerMessage(16, LogLevel.Error, "{Publisher}: closed; cause: {Cause}; {Account}")]
    public static partial void ClosedForACause(this ILogger logger, string publisher, string cause, string account);

    [LoggerMessage(17, LogLevel.Warning, "{Publisher}: closed; the drain ended with {Account}")]
    public static partial void ClosedWithMessagesLeft(this ILogger logger, string publisher, string account);

    [LoggerMessage(18, LogLevel.Warning,
        "{Publisher}: still no link after {Down}; {Attempts} attempts, the last: {Cause}; the buffer is {Fill} full with {Messages} messages, the oldest {OldestAge} old; {Refused} messages were refused, {Dropped} dropped")]
    public static partial void StillDown(
        this ILogger logger, string publisher, TimeSpan down, long attempts, string? cause, string fill, long messages, TimeSpan oldestAge,
        long refused, long dropped);

    [LoggerMessage(19, LogLevel.Warning, "{Publisher}: the link was lost {Times} times in the last {Seconds} s; the last cause: {Cause}; now {State}")]
    public static partial void LinkUnsteady(this ILogger logger, string publisher, long times, long seconds, string? cause, string state);

    [LoggerMessage(20, LogLevel.Warning,
        "{Publisher}: the buffer was full {Times} times more in the last {Seconds} s; {Refused} messages were refused, {Dropped} dropped; now it {State}")]
    public static partial void OverflowRepeats(
        this ILogger logger, string publisher, long times, long seconds, long refused, long dropped, string state);

    [LoggerMessage(23, LogLevel.Warning,
        "{Publisher}: the buffer is still full; {Refused} messages were refused, {Dropped} dropped in the last {Seconds} s")]
    public static partial void StillFull(this ILogger logger, string publisher, long refused, long dropped, long seconds);

    /// <summary>At the level of the event's own line.</summary>
    [LoggerMessage(EventId = 21, Message = "{Publisher}: {Event} {Times} times more in the last {Seconds} s; the last: {Detail}")]
    public static partial void Repeated(
        this ILogger logger, LogLevel level, string publisher, string @event, long times, long seconds, string detail);

    [LoggerMessage(24, LogLevel.Warning,
        "{Publisher}: the journal failed: {Cause}; {Rejected} messages that waited for it were rejected, and so are new ones until it works")]
    public static partial void JournalFailed(this ILogger logger, string publisher, string cause, long rejected);

    [LoggerMessage(25, LogLevel.Information, "{Publisher}: {Messages} messages ({Bytes} wire bytes) were taken up from the journal in {Duration}")]
    public static partial void JournalRead(this ILogger logger, string publisher, long messages, long bytes, TimeSpan duration);

    [LoggerMessage(26, LogLevel.Information,
        "{Publisher}: the journal works again after {Duration}; {Messages} messages ({Bytes} wire bytes) were taken up from it")]
    public static partial void JournalRecovered(this ILogger logger, string publisher, TimeSpan duration, long messages, long bytes);

    [LoggerMessage(27, LogLevel.Warning, "{Publisher}: the journal is still down after {Down}: {Cause}; {Rejected} messages were rejected")]
    public static partial void JournalStillDown(this ILogger logger, string publisher, TimeSpan down, string cause, long rejected);

    [LoggerMessage(28, LogLevel.Warning,
        "{Publisher}: the journal failed {Times} times more in the last {Seconds} s; the last cause: {Cause}; {Rejected} messages were rejected; now it {State}")]
    public static partial void JournalUnsteady(
        this ILogger logger, string publisher, long times, long seconds, string cause, long rejected, string state);

    [LoggerMessage(29, LogLevel.Error, "{Publisher}: the journal is damaged at event {SequenceNr}: {Detail}")]
    public static partial void JournalDamaged(this ILogger logger, string publisher, long sequenceNr, string detail);

    [LoggerMessage(22, LogLevel.Warning, "{Publisher}: the drain did not end within {Limit}; {Totals}")]
    public static partial void DrainNotEnded(this ILogger logger, string publisher, TimeSpan limit, LedgerTotals totals);
}
