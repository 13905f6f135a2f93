using System.Globalization;
using System.Runtime.Serialization;
using System.Text;

namespace NatsActors;

/// <summary>
/// One message to publish. The publisher answers every <see cref="Publish"/> with exactly one of
/// <see cref="Ack"/>, <see cref="BufferFull"/> or <see cref="Rejected"/>.
/// </summary>
/// <remarks>
/// The payload is copied when the message is accepted. The payload must not be changed until the reply arrives.
/// <see cref="ToString"/> shows sizes only, never a payload or a header value.
/// A system without a publisher that sends to a remote one needs <see cref="NatsPublishers.UseContract"/>.
/// </remarks>
[Serializable]
public sealed partial record Publish : IContractMessage, ISerializable
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
    /// Any other subject is answered <see cref="Rejected"/> (https://docs.nats.io/nats-concepts/subjects).
    /// </summary>
    public required string Subject { get; init; }

    /// <summary>
    /// The payload; may be empty. A message whose headers and payload are larger than the server's <c>max_payload</c> is answered
    /// <see cref="Rejected"/>.
    /// </summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>
    /// The headers in order; a name may occur more than once. A header with a CR or LF, or with a name that begins with
    /// <c>Nats-Batch-</c>, is answered <see cref="Rejected"/>.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>>? Headers { get; init; }

    /// <summary>
    /// The subject for replies, or null. With <c>delivery.confirm = jetstream</c> the PubAck needs this field, and a message that sets
    /// it is answered <see cref="Rejected"/>.
    /// </summary>
    public string? ReplyTo { get; init; }

    /// <summary>
    /// The <c>Nats-Msg-Id</c> by which a stream recognises a duplicate. With <c>delivery.confirm = jetstream</c> and no id, the publisher
    /// makes one. The id is fixed when the message is accepted, so a resend has the same id.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>A text of the sender's that the reply and the outcome repeat.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>
    /// The age at which the queued message ends as <see cref="UndeliveredReason.Expired"/>. Of this value and
    /// <c>buffer.time-to-live</c> the shorter one counts; null takes <c>buffer.time-to-live</c>.
    /// </summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>True: the sender is told one <see cref="Outcome"/> when the message has ended. Default: false.</summary>
    public bool WantsOutcome { get; init; }

    /// <summary>A text without the payload and without header values.</summary>
    public override string ToString() =>
        new StringBuilder("Publish { Subject = ").Append(Subject)
            .Append(", Payload = ").Append(Payload.Length).Append(" bytes, Headers = ").Append(ListText.Count(Headers))
            .Append(", WantsOutcome = ").Append(WantsOutcome).Append(" }").ToString();

    /// <summary>Refuses Akka's default serializer, which would send the message without its payload and without an error.</summary>
    /// <exception cref="SerializationException">Always; the text names what to register.</exception>
    void ISerializable.GetObjectData(SerializationInfo info, StreamingContext context) => throw ForeignSerializer.Refusal(nameof(Publish));
}

/// <summary>
/// Several messages, answered by one <see cref="BatchReply"/>. The accepted messages are always a prefix of the list; with
/// <see cref="Atomic"/> all are accepted or none, and a stream stores all or none.
/// </summary>
/// <param name="Messages">The messages in the order in which they leave.</param>
/// <exception cref="ArgumentNullException"><paramref name="Messages"/> is null.</exception>
[Serializable]
public sealed record PublishBatch(IReadOnlyList<Publish> Messages) : IContractMessage, ISerializable
{
    private readonly IReadOnlyList<Publish> _messages = Messages ?? throw new ArgumentNullException(nameof(Messages));

    /// <summary>The messages in the order in which they leave.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public IReadOnlyList<Publish> Messages
    {
        get => _messages;
        init => _messages = value ?? throw new ArgumentNullException(nameof(Messages));
    }

    /// <summary>A text of the sender's that the reply repeats, and the outcome of an atomic batch.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>
    /// True: the stream stores all messages or none, as an atomic batch of JetStream (ADR-50). Default: false. Needs
    /// <c>delivery.confirm = jetstream</c>, nats-server 2.12.1 or newer, a stream with <c>allow_atomic</c> that takes every subject of the
    /// batch, and 1 to 1,000 messages; <c>jetstream.strict-order</c> must be off. Otherwise the batch is answered with
    /// <see cref="RejectReason.BadBatch"/>, or ends as <see cref="UndeliveredReason.NotStored"/> where only the stream can tell.
    /// </summary>
    /// <remarks>
    /// The batch is one message of the buffer: one sequence, one outcome, the bytes of all its frames, and the shortest time to live of
    /// its messages. The sender is told the one <see cref="Outcome"/> if any message has <see cref="Publish.WantsOutcome"/>.
    /// <see cref="Stored.StreamSequence"/> is that of the last message; the messages before it have the sequences before. A purge takes
    /// the batch out when its filter covers every subject. Message ids of your own must be new to the stream: an id that the stream has
    /// already refuses the whole batch.
    /// </remarks>
    public bool Atomic { get; init; }

    /// <summary>A text that only counts the messages.</summary>
    public override string ToString() => $"PublishBatch {{ Messages = {ListText.Count(Messages)} }}";

    /// <summary>Refuses Akka's default serializer, which would send the messages without their payloads and without an error.</summary>
    /// <exception cref="SerializationException">Always; the text names what to register.</exception>
    void ISerializable.GetObjectData(SerializationInfo info, StreamingContext context) =>
        throw ForeignSerializer.Refusal(nameof(PublishBatch));
}

/// <summary>The count of a list that belongs to a caller; a log line must not fail because such a list throws.</summary>
internal static class ListText
{
    public static string Count<T>(IReadOnlyCollection<T>? list)
    {
        try
        {
            return (list?.Count ?? 0).ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception)
        {
            return "?";
        }
    }
}

/// <summary>
/// The exception for a serializer that does not know the contract. Akka's default serializer, Json.NET, writes a
/// <see cref="ReadOnlyMemory{T}"/> as its length, so that a <see cref="Publish"/> would arrive with an empty payload. Json.NET calls
/// <see cref="ISerializable.GetObjectData"/> of a type with <see cref="SerializableAttribute"/> instead, which throws this exception.
/// </summary>
internal static class ForeignSerializer
{
    public static SerializationException Refusal(string type) => new(
        $"A serializer that does not know the contract of NatsActors was given a {type} and would lose its payload. Call "
        + "NatsPublishers.UseContract(system) in the sending actor system, or put NatsPublishers.DefaultConfig() behind its configuration.");
}
