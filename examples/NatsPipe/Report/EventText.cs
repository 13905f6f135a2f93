
namespace NatsActors.Pipe;

/// <summary>Events in the words of the person who looks at the terminal; null for those that say nothing to them.</summary>
internal static class EventText
{
    public static string? Of(NatsEvent happened) => happened switch
    {
        Connected connected => $"connected to {connected.Server}",
        Disconnected lost => $"no connection: {lost.Server}: {lost.Detail}",
        Reconnected back => $"connected again to {back.Server} after {back.Outage.TotalSeconds:0.0} s; {back.Messages:N0} lines were kept",
        AuthenticationFailed refused => $"{refused.Server} refuses the credentials: {refused.Detail}",
        TlsFailed failed => $"no TLS with {failed.Server}: {failed.Detail}",
        LameDuck leaving => $"{leaving.Server} is shutting down; moving on",
        OverflowStarted { Policy: OverflowPolicy.Wait } => "the buffer is full; reading pauses whenever it is",
        OverflowStarted { Policy: OverflowPolicy.DropOldest } => "the buffer is full; the oldest lines are dropped whenever it is",
        OverflowStarted => "the buffer is full; lines are refused whenever it is",
        MessagesUndelivered { Reason: UndeliveredReason.Kept } kept => $"{kept.Count:N0} lines are kept in the journal",
        JournalRecovered { Messages: > 0 } backlog => $"the journal has {backlog.Messages:N0} lines of a process before; they are sent first",
        JournalRecovered => "the journal takes lines",
        JournalFailed failed => $"the journal has failed, and is tried again: {failed.Cause}",
        JournalDamaged damaged => $"the journal is damaged: {damaged.Detail}",
        MessagesUndelivered undelivered => $"{undelivered.Count:N0} lines undelivered: {undelivered.Reason} {undelivered.Detail}".TrimEnd(),
        DuplicateWindowExceeded => "the outage was longer than the duplicate window: lines sent again may be stored twice",
        Closed { Cause: { } cause } => $"closed: {cause}",
        _ => null,
    };
}
