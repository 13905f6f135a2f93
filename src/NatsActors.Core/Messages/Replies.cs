namespace NatsActors;

/// <summary>The one answer to a <see cref="Publish"/>: <see cref="Ack"/>, <see cref="BufferFull"/> or <see cref="Rejected"/>.</summary>
public abstract record PublishReply
{
    private protected PublishReply()
    {
    }

    /// <summary>The <see cref="Publish.CorrelationId"/> of the message.</summary>
    public string? CorrelationId { get; init; }
}

/// <summary>Accepted: the publisher now owes the message an outcome.</summary>
/// <param name="Sequence">The place in the order of acceptance, from 1, unique for the life of the publisher.</param>
public sealed record Ack(long Sequence) : PublishReply;

/// <summary>The limit that refused a message.</summary>
public enum BufferLimit
{
    /// <summary><c>buffer.max-bytes</c>, wire bytes.</summary>
    Bytes,

    /// <summary><c>buffer.max-messages</c>.</summary>
    Messages,

    /// <summary><c>buffer.max-mailbox-messages</c> or <c>buffer.max-mailbox-bytes</c>: the producer is ahead of the actor.</summary>
    Mailbox,

    /// <summary><c>buffer.wait-max-messages</c> or <c>buffer.wait-max-bytes</c>: too much waits for room already (overflow <c>wait</c>).</summary>
    Waiters,

    /// <summary><c>buffer.wait-timeout</c> passed before there was room (overflow <c>wait</c>).</summary>
    WaitTimeout,
}

/// <summary>Refused, nothing kept. The sender gets one <see cref="CapacityAvailable"/> when the buffer falls below its low watermark.</summary>
public sealed record BufferFull : PublishReply
{
    /// <summary>The limit that was hit.</summary>
    public required BufferLimit Limit { get; init; }

    /// <summary>Messages in the buffer now.</summary>
    public required long Messages { get; init; }

    /// <summary>Wire bytes in the buffer now.</summary>
    public required long Bytes { get; init; }

    /// <summary>The limit <c>buffer.max-messages</c>.</summary>
    public required long MaxMessages { get; init; }

    /// <summary>The limit <c>buffer.max-bytes</c>, wire bytes.</summary>
    public required long MaxBytes { get; init; }

    /// <summary>How long there has been no link; null while there is one.</summary>
    public TimeSpan? LinkDownFor { get; init; }
}

/// <summary>Why a message was refused for good.</summary>
public enum RejectReason
{
    /// <summary>The subject breaks a rule; the detail names it.</summary>
    BadSubject,

    /// <summary>The reply-to subject breaks a rule, or JetStream confirmation needs it for itself.</summary>
    BadReplyTo,

    /// <summary>A header name or value breaks a rule, or the server of the link does not support headers.</summary>
    BadHeader,

    /// <summary>The time to live is zero or negative.</summary>
    BadTimeToLive,

    /// <summary>The control line (subject, reply-to and sizes) would be above the server's limit of 4,096 bytes.</summary>
    ControlLineTooLong,

    /// <summary>Payload and headers are larger than the server's <c>max_payload</c>.</summary>
    TooLargeForServer,

    /// <summary>The frame is larger than <c>buffer.max-bytes</c>.</summary>
    TooLargeForBuffer,

    /// <summary>The publisher drains.</summary>
    Draining,

    /// <summary>The publisher has ended.</summary>
    Closed,

    /// <summary>The publisher failed while it handled this message, before the message was accepted.</summary>
    InternalError,
}

/// <summary>Refused for good: sending the same again cannot help.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Detail">The field, its value where that is no secret, and what is allowed.</param>
public sealed record Rejected(RejectReason Reason, string Detail) : PublishReply;

/// <summary>The one answer to a <see cref="PublishBatch"/>.</summary>
/// <param name="Accepted">How many were accepted: always a prefix of the list.</param>
/// <param name="FirstSequence">The sequence of the first accepted message; the others follow without a gap. 0 when none was.</param>
/// <param name="Refusal">Why the next was not accepted; null when all were.</param>
public sealed record BatchReply(int Accepted, long FirstSequence, PublishReply? Refusal)
{
    /// <summary>The <see cref="PublishBatch.CorrelationId"/>.</summary>
    public string? CorrelationId { get; init; }
}

/// <summary>Sent once to everybody who got a <see cref="BufferFull"/>, when the buffer has fallen below its low watermark.</summary>
/// <param name="FreeMessages">Messages that fit now.</param>
/// <param name="FreeBytes">Wire bytes that fit now.</param>
public sealed record CapacityAvailable(long FreeMessages, long FreeBytes);
