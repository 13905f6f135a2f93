using System.Text;

namespace NatsActors;

/// <summary>
/// One message to publish. The publisher answers every <see cref="Publish"/> with exactly one of
/// <see cref="Ack"/>, <see cref="BufferFull"/> or <see cref="Rejected"/>.
/// </summary>
/// <remarks>
/// The payload is copied when the message is accepted; until the reply arrives it must not be changed.
/// <see cref="ToString"/> shows sizes only, never a payload or a header value.
/// </remarks>
public sealed record Publish
{
    /// <summary>Creates an empty message; set at least <see cref="Subject"/>.</summary>
    public Publish()
    {
    }

    /// <summary>Creates a message for <paramref name="subject"/> with <paramref name="payload"/>.</summary>
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public Publish(string subject, ReadOnlyMemory<byte> payload)
    {
        Subject = subject;
        Payload = payload;
    }

    /// <summary>
    /// The NATS subject: tokens separated by dots, without white space, control characters, wildcards or empty tokens.
    /// Anything else is answered <see cref="Rejected"/> (https://docs.nats.io/nats-concepts/subjects).
    /// </summary>
    public required string Subject { get; init; }

    /// <summary>The payload in bytes; may be empty. More than the server's <c>max_payload</c> is <see cref="Rejected"/>.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Message headers in order; a name may occur more than once. A CR or LF anywhere is <see cref="Rejected"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Headers { get; init; }

    /// <summary>The subject for replies, or null. Not possible with JetStream confirmation, which uses it for the PubAck.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>
    /// The <c>Nats-Msg-Id</c> by which a stream recognises a duplicate. With JetStream confirmation the publisher makes one up
    /// when this is null; it is fixed when the message is accepted, so a resend carries the same.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>Comes back in the reply and in the outcome; the publisher does not look at it.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>
    /// How long the message may wait before it is <see cref="UndeliveredReason.Expired"/>; null takes <c>buffer.time-to-live</c>,
    /// and the shorter of the two counts.
    /// </summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>True sends the sender one <see cref="Outcome"/> when the message has ended.</summary>
    public bool WantsOutcome { get; init; }

    /// <summary>A text without the payload and without header values.</summary>
    public override string ToString() =>
        new StringBuilder("Publish { Subject = ").Append(Subject)
            .Append(", Payload = ").Append(Payload.Length).Append(" bytes, Headers = ").Append(Headers?.Count ?? 0)
            .Append(", WantsOutcome = ").Append(WantsOutcome).Append(" }").ToString();
}

/// <summary>
/// Several messages at once, answered by one <see cref="BatchReply"/>: a prefix of the list is accepted, in order.
/// </summary>
/// <param name="Messages">The messages in the order in which they leave.</param>
public sealed record PublishBatch(IReadOnlyList<Publish> Messages)
{
    /// <summary>Comes back in the reply.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>A text that only counts the messages.</summary>
    public override string ToString() => $"PublishBatch {{ Messages = {Messages.Count} }}";
}
