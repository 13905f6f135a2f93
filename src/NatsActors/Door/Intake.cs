using NatsActors.Buffer;
using NatsActors.Protocol;

namespace NatsActors.Door;

/// <summary>
/// Decides about one message: checks it, applies the overflow policy and encodes it into the buffer. <see cref="Check"/> and
/// <see cref="Measure"/> need no lock; everything else is called under the lock of <see cref="GuardedBuffer"/>.
/// </summary>
internal sealed class Intake(PublisherSettings settings, Outbox outbox, string id)
{
    private readonly bool _jetStream = settings.Delivery.Confirm == ConfirmMode.JetStream;
    private readonly uint _timeToLive = ToMilliseconds(settings.Buffer.TimeToLive);
    // The id of the message that was accepted last: with strict order the stream stores the next one behind it only.
    private FrameText _lastId;

    private string _inboxId = id;

    /// <summary>
    /// The prefix of message ids and of the names of atomic batches. Each process has its own: a journal that has lost its end gives
    /// sequences away again, and a stream must not take their messages for those of before.
    /// </summary>
    public string PublisherId { get; } = id;

    /// <summary>The end of <see cref="AckInbox"/>; changed once, when a journal has been read, before anything is accepted.</summary>
    public string InboxId
    {
        get => _inboxId;
        set => (_inboxId, AckInbox) = (value, InboxOf(settings, value));
    }

    /// <summary>The prefix of the reply subjects that PubAcks come to; null without JetStream confirmation.</summary>
    public string? AckInbox { get; private set; } = InboxOf(settings, id);

    /// <summary>Why nothing is accepted any more; null while the publisher is open.</summary>
    public RejectReason? Ended { get; set; }

    /// <summary>The <c>max_payload</c> of the last server; unknown until the first link.</summary>
    public long MaxPayload { get; set; } = long.MaxValue;

    /// <summary>Wire bytes of the largest batch that the last gateway takes; without a gateway there is no limit.</summary>
    public long MaxBatch { get; set; } = long.MaxValue;

    /// <summary>Whether the last server takes <c>HPUB</c>; assumed until the first link.</summary>
    public bool ServerTakesHeaders { get; set; } = true;

    /// <summary>Whether the last server takes atomic batches; assumed until the first link.</summary>
    public bool ServerTakesAtomicBatches { get; set; } = true;

    /// <summary>An atomic batch has been accepted.</summary>
    public bool UsesAtomicBatches { get; private set; }

    /// <summary>Every message names the one before it.</summary>
    public bool IsStrictOrder { get; } = settings.Delivery.Confirm == ConfirmMode.JetStream && settings.JetStream.StrictOrder;

    /// <summary>
    /// A frame with headers has been accepted, or every frame has them: a server without support for them would end the link
    /// for it.
    /// </summary>
    public bool UsesHeaders { get; private set; } = settings.Delivery.Confirm == ConfirmMode.JetStream;

    /// <summary>Wire bytes of the message that was offered last.</summary>
    public int LastSize { get; private set; }

    /// <summary>What is wrong with a message whatever the buffer and the server are; null for nothing.</summary>
    public Rejected? Check(in Incoming message)
    {
        if (SubjectRules.Check(message.Subject) is { } fault)
        {
            return new Rejected(RejectReason.BadSubject, $"the subject {fault}");
        }

        return message is { ReplyTo: null, TimeToLive: null, Id: null, Headers: null } ? null : CheckExtras(message);
    }

    /// <summary>The frame of a message whose bytes do not depend on its sequence. JetStream frames are measured under the lock.</summary>
    public FrameEncoder Measure(in Incoming message) => _jetStream
        ? default
        : FrameEncoder.Measure(message.Subject, message.Payload, message.Headers, message.ReplyTo, message.Id);

    /// <summary>Accepts a checked message, or says why not. The refusal is not counted and has no correlation id yet.</summary>
    /// <param name="message">The message.</param>
    /// <param name="measured">What <see cref="Measure"/> gave for it.</param>
    /// <param name="ticket">Whom its outcome belongs to; null for nobody.</param>
    /// <param name="behindOthers">Others wait for room: this one must not overtake them.</param>
    /// <param name="now">The time in milliseconds of the publisher's clock.</param>
    /// <param name="refusal"><see cref="Rejected"/>, or null when the limit in <paramref name="limit"/> refuses the message.</param>
    /// <param name="limit">The limit that refuses the message.</param>
    /// <returns>The sequence; 0 when the message was not accepted.</returns>
    public long Accept(
        in Incoming message, in FrameEncoder measured, object? ticket, bool behindOthers, long now, out Rejected? refusal,
        out BufferLimit limit)
    {
        limit = default;
        var sequence = outbox.Buffer.NextSequence;
        var id = _jetStream ? MessageId(message, sequence) : default;
        var frame = _jetStream
            ? FrameEncoder.Measure(
                message.Subject, message.Payload, message.Headers, new FrameText(AckInbox, sequence), id, _lastId)
            : measured;
        ReadOnlySpan<byte> before = message.Batch?.Frames;
        if ((refusal = CheckBatch(message.Batch) ?? CheckSize(frame, before.Length + frame.Length)) is not null)
        {
            return 0;
        }

        var size = LastSize = before.Length + (int)frame.Length;
        var full = outbox.Buffer.Check(size);
        if (full is not null && !behindOthers && settings.Buffer.Overflow == OverflowPolicy.DropOldest)
        {
            outbox.DropFor(size);
            full = outbox.Buffer.Check(size);
        }

        if (behindOthers || full is not null)
        {
            limit = full ?? BufferLimit.Waiters;
            return 0;
        }

        var place = outbox.Buffer.Reserve(size, now);
        before.CopyTo(place);
        frame.Write(place[before.Length..]);
        outbox.Accept(size, now, TimeToLiveOf(message), ticket);
        UsesHeaders |= frame.HasHeaders;
        UsesAtomicBatches |= message.Batch is not null;
        _lastId = IsStrictOrder ? id : default;
        return sequence;
    }

    /// <summary>A frame was put back that a process before had accepted.</summary>
    public void NoteRestored(Span<byte> frame)
    {
        UsesHeaders |= frame[0] == (byte)'H';
        UsesAtomicBatches |= AtomicBatchHeaders.IsBatch(frame);
        _lastId = IsStrictOrder && FrameReader.MessageId(frame) is { } id ? id : default;
    }

    private static string? InboxOf(PublisherSettings settings, string id) =>
        settings.Delivery.Confirm == ConfirmMode.JetStream ? $"{settings.Connection.InboxPrefix}.{id}" : null;

    private uint TimeToLiveOf(in Incoming message) =>
        message.TimeToLive is { } own ? Shorter(_timeToLive, ToMilliseconds(own)) : _timeToLive;

    /// <summary>The message id that the caller chose, as a property or as a header; null for none.</summary>
    public static string? OwnId(string? id, IReadOnlyList<KeyValuePair<string, string>>? headers)
    {
        for (var i = 0; id is null && i < (headers?.Count ?? 0); i++)
        {
            id = headers![i].Key == FrameEncoder.MessageIdHeader ? headers[i].Value : null;
        }

        return id;
    }

    private FrameText MessageId(in Incoming message, long sequence) =>
        OwnId(message.Id, message.Headers) is { } own ? own : new FrameText(PublisherId, sequence);

    private Rejected? CheckExtras(in Incoming message)
    {
        if (message.Batch is not null)
        {
            // Its messages were checked one by one, before they got the headers of the batch.
            return null;
        }

        if (message.ReplyTo is { } replyTo)
        {
            if (_jetStream)
            {
                return new Rejected(RejectReason.BadReplyTo, "a reply-to is not possible with delivery.confirm = jetstream, which needs it for the PubAck");
            }

            if (SubjectRules.Check(replyTo) is { } fault)
            {
                return new Rejected(RejectReason.BadReplyTo, $"the reply-to {fault}");
            }
        }

        if (message.TimeToLive is { } timeToLive && timeToLive <= TimeSpan.Zero)
        {
            return new Rejected(RejectReason.BadTimeToLive, $"the time to live is {timeToLive}; it must be positive");
        }

        if (message.Id is { } id && HeaderRules.Check(FrameEncoder.MessageIdHeader, id) is { } badId)
        {
            return new Rejected(RejectReason.BadHeader, badId);
        }

        for (var i = 0; i < (message.Headers?.Count ?? 0); i++)
        {
            if (HeaderRules.Check(message.Headers![i].Key, message.Headers[i].Value) is { } bad)
            {
                return new Rejected(RejectReason.BadHeader, bad);
            }

            if (IsStrictOrder && message.Headers[i].Key == StreamCondition.Header)
            {
                return new Rejected(RejectReason.BadHeader, $"the header {StreamCondition.Header} is the publisher's own with jetstream.strict-order = on");
            }
        }

        return null;
    }

    /// <summary>What the server or the buffer would not take of a frame.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="length">Wire bytes of all that is accepted with it.</param>
    public Rejected? CheckSize(in FrameEncoder frame, long length)
    {
        if (frame.ControlLine > SubjectRules.MaxControlLine)
        {
            return new Rejected(RejectReason.ControlLineTooLong,
                $"the control line (subject, reply-to and sizes) has {frame.ControlLine} bytes; the server takes {SubjectRules.MaxControlLine}");
        }

        if (frame.HasHeaders && !ServerTakesHeaders)
        {
            return new Rejected(RejectReason.BadHeader, "the message has headers or an id; the server does not support headers");
        }

        if (frame.PayloadSize > MaxPayload)
        {
            return TooLarge(frame.PayloadSize);
        }

        if (length > MaxBatch)
        {
            return new Rejected(RejectReason.TooLargeForServer,
                $"the frames of the atomic batch up to this one have {length} bytes; the gateway takes a batch of {MaxBatch} (nats-actors.gateway.max-batch)");
        }

        return length > outbox.Buffer.MaxBytes || length > Array.MaxLength
            ? new Rejected(RejectReason.TooLargeForBuffer,
                $"the {(length == frame.Length ? "frame has" : "frames of the atomic batch up to this one have")} {length} bytes; buffer.max-bytes is {outbox.Buffer.MaxBytes}")
            : null;
    }

    /// <summary>What the server of the link would not take of an atomic batch before its last frame.</summary>
    private Rejected? CheckBatch(AtomicBatch? batch) =>
        batch is null ? null
        : !ServerTakesAtomicBatches
            ? new Rejected(RejectReason.BadBatch, AtomicBatchHeaders.NotTaken)
            : batch.LargestPayload > MaxPayload ? TooLarge(batch.LargestPayload) : null;

    private Rejected TooLarge(long payload) => new(
        RejectReason.TooLargeForServer, $"headers and payload have {payload} bytes; the server's max_payload is {MaxPayload}");

    private static uint Shorter(uint a, uint b) => a == 0 ? b : b == 0 ? a : Math.Min(a, b);

    /// <summary>0 stands for none; ages are kept in 32 bits, and longer than 49 days counts as that.</summary>
    private static uint ToMilliseconds(TimeSpan? age) =>
        age is { } value ? (uint)Math.Clamp(Math.Ceiling(value.TotalMilliseconds), 1, uint.MaxValue) : 0;
}
