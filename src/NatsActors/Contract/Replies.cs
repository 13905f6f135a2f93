namespace NatsActors;

/// <summary>The one answer to a <see cref="Publish"/>: <see cref="Ack"/>, <see cref="BufferFull"/> or <see cref="Rejected"/>.</summary>
public abstract record PublishReply : IContractMessage
{
    private protected PublishReply()
    {
    }

    /// <summary>The <see cref="Publish.CorrelationId"/> of the message.</summary>
    public string? CorrelationId { get; init; }
}

/// <summary>The message is accepted, and its payload was copied. The publisher owes the message an outcome.</summary>
/// <param name="Sequence">The place in the order of acceptance, from 1, unique for the life of the publisher.</param>
public sealed record Ack(long Sequence) : PublishReply;

/// <summary>The limit that refused a message.</summary>
public enum BufferLimit
{
    /// <summary><c>buffer.max-bytes</c>, wire bytes.</summary>
    Bytes,

    /// <summary><c>buffer.max-messages</c>.</summary>
    Messages,

    /// <summary>
    /// <c>buffer.wait-max-messages</c> or <c>buffer.wait-max-bytes</c>, with overflow <c>wait</c>: too many messages wait for room. Also
    /// the limit for a message that cannot wait and would overtake waiting ones.
    /// </summary>
    Waiters,

    /// <summary><c>buffer.wait-timeout</c> passed before there was room (overflow <c>wait</c>).</summary>
    WaitTimeout,
}

/// <summary>
/// The message is refused, and nothing of it is kept. The sender is told <see cref="CapacityAvailable"/> once, when the buffer falls
/// below its low watermark.
/// </summary>
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

    /// <summary>The time without a link; null while there is a link.</summary>
    public TimeSpan? LinkDownFor { get; init; }
}

/// <summary>Why a message was rejected.</summary>
public enum RejectReason
{
    /// <summary>The subject breaks a rule; the detail names the rule.</summary>
    BadSubject,

    /// <summary>The reply-to breaks a rule, or <c>delivery.confirm = jetstream</c> needs the reply-to for the PubAck.</summary>
    BadReplyTo,

    /// <summary>A header name or value breaks a rule, or the server of the link does not support headers.</summary>
    BadHeader,

    /// <summary>The time to live is zero or negative.</summary>
    BadTimeToLive,

    /// <summary>The message is null, or a list that belongs to the message could not be read.</summary>
    BadMessage,

    /// <summary>The control line (subject, reply-to and sizes) is longer than the server's limit of 4,096 bytes.</summary>
    ControlLineTooLong,

    /// <summary>
    /// Payload and headers are larger than the server's <c>max_payload</c>, or an atomic batch is larger than the gateway's
    /// <c>nats-actors.gateway.max-batch</c>.
    /// </summary>
    TooLargeForServer,

    /// <summary>The frame is larger than <c>buffer.max-bytes</c>.</summary>
    TooLargeForBuffer,

    /// <summary>
    /// The message does not fit into one frame of Akka.Remote (<c>akka.remote.dot-netty.tcp.maximum-frame-size</c> of the sender's
    /// system). The message did not leave the sender's system.
    /// </summary>
    TooLargeForRemote,

    /// <summary>
    /// An atomic batch is not possible: the settings, the number of messages or the server does not allow one, or two messages have one
    /// id. The detail names the fault.
    /// </summary>
    BadBatch,

    /// <summary>
    /// The journal did not confirm the message, or is down (<c>durability.journal</c>); or the way of publishing cannot wait for the
    /// journal. The message is not sent, unless the process dies before the journal is back: a journal that had written the message
    /// all the same gives it to the next process.
    /// </summary>
    NotDurable,

    /// <summary>The publisher drains and accepts nothing more.</summary>
    Draining,

    /// <summary>The publisher has ended.</summary>
    Closed,

    /// <summary>The message could not be read, or the publisher failed before the message was accepted.</summary>
    InternalError,
}

/// <summary>
/// The message is refused for good: sending the same message again gets the same answer. <see cref="RejectReason.NotDurable"/> is the
/// exception: the message may be sent again, and is accepted when the journal works.
/// </summary>
/// <param name="Reason">The reason.</param>
/// <param name="Detail">The fault and the allowed values. The detail never shows a header value or a payload.</param>
public sealed record Rejected(RejectReason Reason, string Detail) : PublishReply;

/// <summary>The one answer to a <see cref="PublishBatch"/>.</summary>
/// <param name="Accepted">The number of accepted messages, which are always a prefix of the list; of an atomic batch all or none.</param>
/// <param name="FirstSequence">
/// The sequence of the first accepted message; 0 when no message was accepted. Up to 256 messages of a batch have sequences without
/// a gap. A longer batch is accepted in steps of 256, and messages of other senders may be accepted between two steps.
/// An atomic batch has this one sequence.
/// </param>
/// <param name="Refusal">Why the next message was not accepted; null when all messages were accepted.</param>
public sealed record BatchReply(int Accepted, long FirstSequence, PublishReply? Refusal) : IContractMessage
{
    /// <summary>The <see cref="PublishBatch.CorrelationId"/>.</summary>
    public string? CorrelationId { get; init; }
}

/// <summary>
/// Told once to every sender that got a <see cref="BufferFull"/>, when the buffer has fallen below its low watermark and the largest message that was refused fits. The temporary
/// reference of an <c>Ask</c> is not told.
/// </summary>
/// <param name="FreeMessages">Messages that fit now.</param>
/// <param name="FreeBytes">Wire bytes that fit now.</param>
public sealed record CapacityAvailable(long FreeMessages, long FreeBytes) : IContractMessage
{
    /// <summary>The publisher's name, as in its events.</summary>
    public string Publisher { get; init; } = "";
}
