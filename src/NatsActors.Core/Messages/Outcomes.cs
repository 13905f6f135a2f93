namespace NatsActors;

/// <summary>How an accepted message ended. Sent to the sender of a <see cref="Publish"/> with <see cref="Publish.WantsOutcome"/>; always counted.</summary>
/// <param name="Sequence">The <see cref="Ack.Sequence"/>.</param>
public abstract record Outcome(long Sequence)
{
    /// <summary>The <see cref="Publish.CorrelationId"/>.</summary>
    public string? CorrelationId { get; init; }
}

/// <summary>
/// A server read the message: with <c>delivery.confirm = fence</c> the PONG of a PING behind it arrived; with <c>none</c> it was
/// written to the socket. It does not mean that a subscriber got it or that it was stored.
/// </summary>
/// <param name="Sequence">The <see cref="Ack.Sequence"/>.</param>
public sealed record Delivered(long Sequence) : Outcome(Sequence);

/// <summary>A stream stored the message (JetStream PubAck).</summary>
/// <param name="Sequence">The <see cref="Ack.Sequence"/>.</param>
/// <param name="Stream">The stream's name.</param>
/// <param name="StreamSequence">The message's sequence in the stream.</param>
/// <param name="Duplicate">True when the stream had it already (same <c>Nats-Msg-Id</c> inside its duplicate window).</param>
public sealed record Stored(long Sequence, string Stream, long StreamSequence, bool Duplicate) : Outcome(Sequence);

/// <summary>Why an accepted message was not delivered.</summary>
public enum UndeliveredReason
{
    /// <summary>It waited longer than its time to live.</summary>
    Expired,

    /// <summary>Overflow <c>drop-oldest</c> made room for a newer one.</summary>
    Dropped,

    /// <summary>A <see cref="Purge"/> took it.</summary>
    Purged,

    /// <summary>The server refused the subject (<c>Permissions Violation</c>).</summary>
    PermissionDenied,

    /// <summary>The server that the link came up with takes less than the message's size.</summary>
    TooLarge,

    /// <summary>The stream refused it, or no stream listens on the subject.</summary>
    NotStored,

    /// <summary>Links died again and again with this message alone in flight.</summary>
    Poison,

    /// <summary>It was in flight when the link or the publisher ended: it may have arrived.</summary>
    Indeterminate,

    /// <summary>The publisher ended before it was sent.</summary>
    Closed,
}

/// <summary>The message was not delivered, as far as the publisher knows.</summary>
/// <param name="Sequence">The <see cref="Ack.Sequence"/>.</param>
/// <param name="Reason">Why.</param>
public sealed record Undelivered(long Sequence, UndeliveredReason Reason) : Outcome(Sequence)
{
    /// <summary>True when the message had been written to a link at least once, so that a server may have it all the same.</summary>
    public bool MayHaveArrived { get; init; }

    /// <summary>The server's own words, where there are any.</summary>
    public string? Detail { get; init; }
}
