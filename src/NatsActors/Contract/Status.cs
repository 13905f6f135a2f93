namespace NatsActors;

/// <summary>The state of a publisher's connection.</summary>
public enum ConnectionState
{
    /// <summary>A link is being made.</summary>
    Connecting,

    /// <summary>There is a link.</summary>
    Connected,

    /// <summary>The publisher waits before the next attempt.</summary>
    Backoff,

    /// <summary>The publisher drains and has a link.</summary>
    Draining,

    /// <summary>The publisher has ended. No further link is made.</summary>
    Closed,
}

/// <summary>
/// Counts since the publisher started. At every moment
/// <c>Accepted = Delivered + Stored + Undelivered + Buffered</c>.
/// </summary>
public sealed record LedgerTotals
{
    /// <summary>Messages answered <see cref="Ack"/>, and those that the journal had at the start.</summary>
    public long Accepted { get; init; }

    /// <summary>Messages that ended as <see cref="NatsActors.Delivered"/>.</summary>
    public long Delivered { get; init; }

    /// <summary>Messages that ended as <see cref="NatsActors.Stored"/>.</summary>
    public long Stored { get; init; }

    /// <summary>Messages of <see cref="Stored"/> that the stream had already.</summary>
    public long Duplicates { get; init; }

    /// <summary>Messages that ended as <see cref="NatsActors.Undelivered"/>.</summary>
    public long Undelivered { get; init; }

    /// <summary><see cref="Undelivered"/> by reason; reasons that did not occur are left out.</summary>
    public IReadOnlyDictionary<UndeliveredReason, long> UndeliveredByReason { get; init; } =
        new Dictionary<UndeliveredReason, long>();

    /// <summary>Messages that are accepted and have no outcome yet.</summary>
    public long Buffered { get; init; }

    /// <summary>Messages answered <see cref="BufferFull"/>.</summary>
    public long Refused { get; init; }

    /// <summary>Messages answered <see cref="Rejected"/>.</summary>
    public long Rejected { get; init; }

    /// <summary>Messages that were given to a link again because they were not confirmed the first time.</summary>
    public long Resent { get; init; }

    /// <summary>True when <see cref="Accepted"/> is the sum of all outcomes and <see cref="Buffered"/>. False would be a bug.</summary>
    public bool Balanced => Accepted == Delivered + Stored + Undelivered + Buffered;

    /// <summary>A text with the counts.</summary>
    public override string ToString() =>
        $"accepted {Accepted}, delivered {Delivered}, stored {Stored}, undelivered {Undelivered}, buffered {Buffered}, refused {Refused}, rejected {Rejected}, resent {Resent}";
}

/// <summary>A snapshot of a publisher, taken at one moment under the lock of its buffer, so that its numbers fit together.</summary>
public sealed record PublisherStatus : IContractMessage
{
    /// <summary>The state of the connection.</summary>
    public required ConnectionState State { get; init; }

    /// <summary>The server of the link, without credentials; null while there is no link.</summary>
    public string? Server { get; init; }

    /// <summary>The larger of messages / max-messages and bytes / max-bytes.</summary>
    internal double Fill => Math.Max((double)BufferedMessages / MaxMessages, (double)BufferedBytes / MaxBytes);

    /// <summary>The time without a link; null while there is a link.</summary>
    public TimeSpan? LinkDownFor { get; init; }

    /// <summary>Messages in the buffer, in flight and queued.</summary>
    public required long BufferedMessages { get; init; }

    /// <summary>Wire bytes in the buffer, in flight and queued.</summary>
    public required long BufferedBytes { get; init; }

    /// <summary>Messages of <see cref="BufferedMessages"/> that wait for the journal, without an <see cref="Ack"/> so far.</summary>
    public long UndurableMessages { get; init; }

    /// <summary>The time without a journal that takes messages; null while there is one, and without <c>durability.journal</c>.</summary>
    public TimeSpan? JournalDownFor { get; init; }

    /// <summary>Messages written to the link and not yet confirmed.</summary>
    public required long InFlightMessages { get; init; }

    /// <summary>Wire bytes written to the link and not yet confirmed.</summary>
    public required long InFlightBytes { get; init; }

    /// <summary>The limit <c>buffer.max-messages</c>.</summary>
    public required long MaxMessages { get; init; }

    /// <summary>The limit <c>buffer.max-bytes</c>.</summary>
    public required long MaxBytes { get; init; }

    /// <summary>Age of the oldest buffered message; null when the buffer is empty.</summary>
    public TimeSpan? OldestAge { get; init; }

    /// <summary>Messages that wait for room (overflow <c>wait</c>).</summary>
    public int Waiting { get; init; }

    /// <summary>The counts since the start.</summary>
    public required LedgerTotals Totals { get; init; }

    /// <summary>Links made after the first.</summary>
    public long Reconnects { get; init; }

    /// <summary>Why the last link ended or could not be made; null when no link has failed yet.</summary>
    public string? LastError { get; init; }
}
