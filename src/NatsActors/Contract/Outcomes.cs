namespace NatsActors;

/// <summary>
/// How an accepted message ended. Every outcome is counted; the sender of a <see cref="Publish"/> with
/// <see cref="Publish.WantsOutcome"/> is told its outcome.
/// </summary>
/// <param name="Sequence">The <see cref="Ack.Sequence"/>.</param>
public abstract record Outcome(long Sequence) : IContractMessage
{
    /// <summary>The <see cref="Publish.CorrelationId"/>.</summary>
    public string? CorrelationId { get; init; }
}

/// <summary>
/// The message reached a server. With <c>delivery.confirm = fence</c> the PONG of a PING behind the message has arrived, so the
/// server has read the message. With <c>none</c> the message was written to the socket. <see cref="Delivered"/> does not say that a
/// subscriber got the message or that a stream stored it.
/// </summary>
/// <param name="Sequence">The <see cref="Ack.Sequence"/>.</param>
public sealed record Delivered(long Sequence) : Outcome(Sequence);

/// <summary>A stream stored the message (JetStream PubAck).</summary>
/// <param name="Sequence">The <see cref="Ack.Sequence"/>.</param>
/// <param name="Stream">The stream's name.</param>
/// <param name="StreamSequence">
/// The message's sequence in the stream; of an atomic batch that of its last message. 0 when an atomic batch is a
/// <paramref name="Duplicate"/>: the stream does not name the sequence then.
/// </param>
/// <param name="Duplicate">True when the stream had the message already (same <c>Nats-Msg-Id</c> inside its duplicate window).</param>
public sealed record Stored(long Sequence, string Stream, long StreamSequence, bool Duplicate) : Outcome(Sequence);

/// <summary>Why an accepted message was not delivered.</summary>
public enum UndeliveredReason
{
    /// <summary>The message waited longer than its time to live.</summary>
    Expired,

    /// <summary><c>buffer.overflow = drop-oldest</c> made room for a newer message.</summary>
    Dropped,

    /// <summary>A <see cref="Purge"/> took the message out of the buffer.</summary>
    Purged,

    /// <summary>The server refused the subject (<c>Permissions Violation</c>).</summary>
    PermissionDenied,

    /// <summary>
    /// The message is larger than the <c>max_payload</c> of the new link's server, or the atomic batch is larger than the
    /// <c>nats-actors.gateway.max-batch</c> of the new link's gateway.
    /// </summary>
    TooLarge,

    /// <summary>The stream refused the message or sent no PubAck, or no stream listens on the subject.</summary>
    NotStored,

    /// <summary>The server closed <c>delivery.poison-after</c> links in a row with this message alone in flight.</summary>
    Poison,

    /// <summary>The message was in flight when the link or the publisher ended. The message may have arrived.</summary>
    Indeterminate,

    /// <summary>The publisher ended before the message was sent.</summary>
    Closed,

    /// <summary>
    /// The publisher ended with the message in its journal (<c>durability.journal</c>): the next publisher with the same persistence id
    /// sends it.
    /// </summary>
    Kept,
}

/// <summary>The message was not delivered, as far as the publisher knows.</summary>
/// <param name="Sequence">The <see cref="Ack.Sequence"/>.</param>
/// <param name="Reason">The reason.</param>
public sealed record Undelivered(long Sequence, UndeliveredReason Reason) : Outcome(Sequence)
{
    /// <summary>True when the message was written to a link at least once, so that a server may have the message all the same.</summary>
    public bool MayHaveArrived { get; init; }

    /// <summary>The cause in words, as the server gave it where there is a server's text; null when there is none.</summary>
    public string? Detail { get; init; }
}
