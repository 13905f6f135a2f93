namespace NatsActors;

/// <summary>Asks for a <see cref="PublisherStatus"/>.</summary>
public sealed record GetStatus
{
    /// <summary>The one instance.</summary>
    public static GetStatus Instance { get; } = new();
}

/// <summary>Asks for a <see cref="Flushed"/> when all that was accepted before it has an outcome, or after the time-out.</summary>
/// <param name="Timeout">How long to wait; must be positive.</param>
public sealed record Flush(TimeSpan Timeout);

/// <summary>The answer to <see cref="Flush"/>.</summary>
/// <param name="Completed">True when all that was accepted before the flush has an outcome; false after the time-out.</param>
/// <param name="Remaining">How many of those are still buffered.</param>
public sealed record Flushed(bool Completed, long Remaining);

/// <summary>
/// Refuses new publishes, sends what is buffered until the deadline, and ends the publisher with a <see cref="Drained"/>.
/// Works during an outage too; a second one joins the first, and the earlier of their deadlines counts.
/// </summary>
/// <param name="Deadline">How long it may take, from the receipt of this message; zero ends at once.</param>
public sealed record Drain(TimeSpan Deadline);

/// <summary>One message that a drain had to leave.</summary>
/// <param name="Sequence">The <see cref="Ack.Sequence"/>.</param>
/// <param name="Subject">Its subject.</param>
/// <param name="WireBytes">Its size in wire bytes.</param>
/// <param name="Reason"><see cref="UndeliveredReason.Indeterminate"/> or <see cref="UndeliveredReason.Closed"/>.</param>
public readonly record struct UndeliveredMessage(long Sequence, string Subject, int WireBytes, UndeliveredReason Reason);

/// <summary>The answer to <see cref="Drain"/>: the publisher has ended, and this is its account.</summary>
/// <param name="Totals">The ledger at the end; nothing is buffered any more.</param>
/// <param name="Undelivered">What the drain had to leave, message by message, in order; at most <c>buffer.max-messages</c> entries.</param>
public sealed record Drained(LedgerTotals Totals, IReadOnlyList<UndeliveredMessage> Undelivered)
{
    /// <summary>True when everything that was buffered at the start of the drain got through.</summary>
    public bool Complete => Undelivered.Count == 0;

    /// <summary>A text with the counts.</summary>
    public override string ToString() => $"Drained {{ Totals = {Totals}, Undelivered = {Undelivered.Count} }}";
}

/// <summary>Takes queued messages out of the buffer; what is in flight stays.</summary>
/// <param name="SubjectFilter">A subject with the wildcards <c>*</c> and <c>&gt;</c>, or null for all.</param>
public sealed record Purge(string? SubjectFilter = null);

/// <summary>The answer to <see cref="Purge"/>.</summary>
/// <param name="Count">How many messages were taken out.</param>
public sealed record Purged(long Count)
{
    /// <summary>Set when the filter is not a valid subject filter; nothing was purged then.</summary>
    public string? Error { get; init; }
}

/// <summary>Ends the link and makes a new one, to another server where there is one; nothing is lost. No reply.</summary>
public sealed record ForceReconnect
{
    /// <summary>The one instance.</summary>
    public static ForceReconnect Instance { get; } = new();
}
