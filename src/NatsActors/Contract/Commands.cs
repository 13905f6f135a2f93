namespace NatsActors;

/// <summary>Asks for a <see cref="PublisherStatus"/>.</summary>
public sealed record GetStatus : IContractMessage
{
    /// <summary>The one instance.</summary>
    public static GetStatus Instance { get; } = new();
}

/// <summary>
/// Asks for a <see cref="Flushed"/> when every message that was accepted before this command has an outcome, or after the time-out.
/// </summary>
/// <param name="Timeout">The longest time to wait. Zero or less is answered at once with the present counts.</param>
public sealed record Flush(TimeSpan Timeout) : IContractMessage;

/// <summary>The answer to <see cref="Flush"/>.</summary>
/// <param name="Completed">
/// True when every message that was accepted before the flush has an outcome, and those outcomes have been told; false after the time-out,
/// and at an end of the publisher that did not wait for them.
/// </param>
/// <param name="Remaining">
/// How many of these messages are still buffered. It can be 0 although <paramref name="Completed"/> is false: the outcomes of the last
/// ones were still being told, or the journal had not been read by then, so that nobody knew what it holds.
/// </param>
public sealed record Flushed(bool Completed, long Remaining) : IContractMessage;

/// <summary>
/// Refuses new publishes, sends the buffered messages until the deadline, and ends the publisher. The reply is
/// <see cref="Drained"/>. A drain works during an outage too. A second drain joins the first, and the earlier deadline counts.
/// </summary>
/// <param name="Deadline">The time that the drain may take, from the moment this message was told. Zero ends the publisher at once.</param>
public sealed record Drain(TimeSpan Deadline) : IContractMessage;

/// <summary>One message that a drain had to leave.</summary>
/// <param name="Sequence">The <see cref="Ack.Sequence"/>.</param>
/// <param name="Subject">The subject.</param>
/// <param name="WireBytes">The size in wire bytes.</param>
/// <param name="Reason"><see cref="UndeliveredReason.Indeterminate"/>, <see cref="UndeliveredReason.Closed"/> or <see cref="UndeliveredReason.Kept"/>.</param>
public readonly record struct UndeliveredMessage(long Sequence, string Subject, int WireBytes, UndeliveredReason Reason);

/// <summary>The answer to <see cref="Drain"/>: the account of a publisher that has ended.</summary>
/// <param name="Totals">The ledger at the end. No message is buffered any more.</param>
/// <param name="Undelivered">The messages that the drain had to leave, in order; at most <c>buffer.max-messages</c> entries.</param>
public sealed record Drained(LedgerTotals Totals, IReadOnlyList<UndeliveredMessage> Undelivered) : IContractMessage
{
    /// <summary>
    /// How many entries at the end of the list were left out, because the reply had to fit into one frame of Akka.Remote
    /// (<c>maximum-frame-size</c> of the publisher's system). 0 when the list is whole. Inside one system the list is always whole.
    /// </summary>
    public long UndeliveredOmitted { get; init; }

    /// <summary>
    /// The fault, when the reply is no account: too many drains wait for their reply. The drain itself goes on. Null otherwise.
    /// </summary>
    public string? Error { get; init; }

    /// <summary>True when the publisher has ended and the drain left no message.</summary>
    public bool Complete => Undelivered.Count == 0 && UndeliveredOmitted == 0 && Error is null;

    /// <summary>A text with the counts.</summary>
    public override string ToString() => $"Drained {{ Totals = {Totals}, Undelivered = {Undelivered.Count + UndeliveredOmitted} }}";
}

/// <summary>
/// Takes queued messages out of the buffer. Messages in flight stay, and so do messages that were accepted after this command.
/// </summary>
/// <param name="SubjectFilter">A subject with the wildcards <c>*</c> and <c>&gt;</c>; null for all messages.</param>
public sealed record Purge(string? SubjectFilter = null) : IContractMessage;

/// <summary>The answer to <see cref="Purge"/>.</summary>
/// <param name="Count">How many messages were taken out.</param>
public sealed record Purged(long Count) : IContractMessage
{
    /// <summary>The fault, when nothing was purged: the filter is not valid, or too many commands wait. Null otherwise.</summary>
    public string? Error { get; init; }
}

/// <summary>Ends the link and makes a new one, to another server if the pool has one. No message is lost. There is no reply.</summary>
public sealed record ForceReconnect : IContractMessage
{
    /// <summary>The one instance.</summary>
    public static ForceReconnect Instance { get; } = new();
}
