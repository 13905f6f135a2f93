using NatsActors.Wire;

namespace NatsActors.Buffering;

/// <summary>
/// The one door into the outbox: checks a message, finds room for it by the overflow policy, encodes it once. Used by the buffer
/// actor, and by the direct door of the embedded facade while that actor does not run.
/// </summary>
internal sealed class Intake(PublisherSettings settings, Outbox outbox, string publisherId)
{
    private readonly bool _jetStream = settings.Delivery.Confirm == ConfirmMode.JetStream;
    private readonly bool _strictOrder = settings.Delivery.Confirm == ConfirmMode.JetStream && settings.JetStream.StrictOrder;
    // The id of the message that was accepted last: with strict order the stream stores the next one behind it only.
    private FrameText _lastId;
    private long _linkDownSince;
    private bool _usesHeaders = settings.Delivery.Confirm == ConfirmMode.JetStream;
    private readonly uint _timeToLive = ToMilliseconds(settings.Buffer.TimeToLive);

    /// <summary>The prefix of the reply subjects that PubAcks come to; null without JetStream confirmation.</summary>
    public string? AckInbox { get; } =
        settings.Delivery.Confirm == ConfirmMode.JetStream ? $"_INBOX.{publisherId}" : null;

    /// <summary>Why nothing is accepted any more; null while the publisher is open.</summary>
    public RejectReason? Ended { get; set; }

    /// <summary>The <c>max_payload</c> of the last server; unknown until the first link.</summary>
    public long MaxPayload { get; set; } = long.MaxValue;

    /// <summary>Whether the last server takes <c>HPUB</c>; assumed until the first link.</summary>
    public bool ServerTakesHeaders { get; set; } = true;

    /// <summary>
    /// A frame with headers has been accepted, or every frame has them: a server without support for them would end the link
    /// for it. Read from other threads.
    /// </summary>
    public bool UsesHeaders => Volatile.Read(ref _usesHeaders);

    /// <summary>Since when there is no link, in milliseconds of the publisher's clock; null while there is one.</summary>
    public long? LinkDownSince
    {
        get => Volatile.Read(ref _linkDownSince) is var since && since >= 0 ? since : null;
        set => Volatile.Write(ref _linkDownSince, value ?? -1);
    }

    /// <summary>Wire bytes of the message that was offered last.</summary>
    public int LastSize { get; private set; }

    /// <summary>Answers one message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="ticket">Whom its outcome belongs to; null for nobody.</param>
    /// <param name="behindOthers">Others wait for room: this one must not overtake them.</param>
    /// <param name="now">The time in milliseconds of the publisher's clock.</param>
    public PublishReply Offer(Publish message, object? ticket, bool behindOthers, long now)
    {
        if ((Check(message) ?? CheckExtras(message)) is { } rejection)
        {
            return Reject(rejection, message.CorrelationId);
        }

        var sequence = outbox.Buffer.NextSequence;
        var id = _jetStream ? MessageId(message, sequence) : default;
        var frame = _jetStream
            ? FrameEncoder.Measure(message, new FrameText(AckInbox, sequence), id, _lastId)
            : FrameEncoder.Measure(message);
        var timeToLive = message.TimeToLive is { } own ? Shorter(_timeToLive, ToMilliseconds(own)) : _timeToLive;
        if (!Admit(frame, timeToLive, ticket, behindOthers, now, out var refusal))
        {
            return refusal! with { CorrelationId = message.CorrelationId };
        }

        NoteId(id);
        return new Ack(sequence) { CorrelationId = message.CorrelationId };
    }

    /// <summary>The same without a reply object for what is accepted.</summary>
    public bool Offer(string subject, ReadOnlySpan<byte> payload, long now, out PublishReply? refusal)
    {
        if (CheckSubject(subject) is { } rejection)
        {
            refusal = Reject(rejection, null);
            return false;
        }

        var sequence = outbox.Buffer.NextSequence;
        var id = new FrameText(publisherId, sequence);
        var frame = _jetStream
            ? FrameEncoder.Measure(subject, payload, null, new FrameText(AckInbox, sequence), id, _lastId)
            : FrameEncoder.Measure(subject, payload);
        if (!Admit(frame, _timeToLive, null, behindOthers: false, now, out refusal))
        {
            return false;
        }

        NoteId(id);
        return true;
    }

    /// <summary>A refusal that tells what is in the buffer; counted.</summary>
    public BufferFull Refuse(BufferLimit limit, long now, string? correlationId)
    {
        outbox.Ledger.Refused++;
        return Full(limit, now) with { CorrelationId = correlationId };
    }

    /// <summary>A refusal that tells what is in the buffer, uncounted: the actor may let the message wait instead.</summary>
    public BufferFull Full(BufferLimit limit, long now) => new()
    {
        Limit = limit,
        Messages = outbox.Buffer.Messages,
        Bytes = outbox.Buffer.Bytes,
        MaxMessages = outbox.Buffer.MaxMessages,
        MaxBytes = outbox.Buffer.MaxBytes,
        LinkDownFor = LinkDownSince is { } since ? TimeSpan.FromMilliseconds(now - since) : null,
    };

    private bool Admit(
        in FrameEncoder frame, uint timeToLive, object? ticket, bool behindOthers, long now, out PublishReply? refusal)
    {
        if (CheckSize(frame) is { } rejection)
        {
            refusal = Reject(rejection, null);
            return false;
        }

        var size = LastSize = (int)frame.Length;
        var limit = outbox.Buffer.Check(size);
        if (limit is not null && settings.Buffer.Overflow == OverflowPolicy.DropOldest)
        {
            outbox.DropFor(size);
            limit = outbox.Buffer.Check(size);
        }

        if (behindOthers || limit is not null)
        {
            refusal = Full(limit ?? BufferLimit.Waiters, now);
            return false;
        }

        frame.Write(outbox.Buffer.Reserve(size, now));
        outbox.Accept(size, now, timeToLive, ticket);
        if (frame.HasHeaders)
        {
            Volatile.Write(ref _usesHeaders, true);
        }

        refusal = null;
        return true;
    }

    private void NoteId(FrameText id)
    {
        if (_strictOrder)
        {
            _lastId = id;
        }
    }

    private FrameText MessageId(Publish message, long sequence)
    {
        if (message.Id is not null)
        {
            return message.Id;
        }

        for (var i = 0; i < (message.Headers?.Count ?? 0); i++)
        {
            if (message.Headers![i].Key == FrameEncoder.MessageIdHeader)
            {
                return message.Headers[i].Value;
            }
        }

        return new FrameText(publisherId, sequence);
    }

    private Rejected? Check(Publish message) => CheckSubject(message.Subject);

    private Rejected? CheckSubject(string subject)
    {
        if (Ended is { } reason)
        {
            return new Rejected(reason, reason == RejectReason.Draining ? "the publisher drains" : "the publisher has ended");
        }

        return SubjectRules.Check(subject) is { } fault
            ? new Rejected(RejectReason.BadSubject, $"the subject {fault}")
            : null;
    }

    private Rejected? CheckExtras(Publish message)
    {
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

            if (_strictOrder && message.Headers[i].Key == StreamCondition.Header)
            {
                return new Rejected(RejectReason.BadHeader, $"the header {StreamCondition.Header} is the publisher's own with jetstream.strict-order = on");
            }
        }

        return null;
    }

    private Rejected? CheckSize(in FrameEncoder frame)
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
            return new Rejected(RejectReason.TooLargeForServer,
                $"headers and payload have {frame.PayloadSize} bytes; the server's max_payload is {MaxPayload}");
        }

        return frame.Length > outbox.Buffer.MaxBytes || frame.Length > Array.MaxLength
            ? new Rejected(RejectReason.TooLargeForBuffer,
                $"the frame has {frame.Length} bytes; buffer.max-bytes is {outbox.Buffer.MaxBytes}")
            : null;
    }

    private Rejected Reject(Rejected rejection, string? correlationId)
    {
        outbox.Ledger.Rejected++;
        return correlationId is null ? rejection : rejection with { CorrelationId = correlationId };
    }

    private static uint Shorter(uint a, uint b) => a == 0 ? b : b == 0 ? a : Math.Min(a, b);

    /// <summary>0 stands for none; ages are kept in 32 bits, and longer than 49 days counts as that.</summary>
    private static uint ToMilliseconds(TimeSpan? age) =>
        age is { } value ? (uint)Math.Clamp(Math.Ceiling(value.TotalMilliseconds), 1, uint.MaxValue) : 0;
}
