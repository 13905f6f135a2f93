using Akka.Actor;

namespace NatsActors.Door;

/// <summary>
/// One atomic batch on its way through the door: reads the caller's list outside of the lock and has the batch accepted as one
/// message, with one claim on one outcome.
/// </summary>
internal sealed class AtomicWalk(PublishBatch batch, IActorRef? asker, GuardedBuffer buffer, MessageSpans spans) : IBatchWalk
{
    private OutcomeTicket? _ticket;

    public BatchReply? Reply { get; private set; }

    // The buffer makes the reply of one message.
    public PendingReply? Pending => null;

    public bool Accept()
    {
        var count = batch.Messages.Count;
        if (buffer.Atomic.Check(count) is { } impossible)
        {
            return Refuse(buffer.Reject(impossible, null));
        }

        var messages = new Publish[count];
        for (var i = 0; i < count; i++)
        {
            messages[i] = Read(i);
        }

        if (buffer.Atomic.Encode(batch, messages, out var rejected) is not { } atomic)
        {
            return Refuse(buffer.Reject(rejected!, null));
        }

        var sequence = buffer.Accept(Incoming.Of(atomic), atomic.Last, _ticket, asker, out var refusal, out var wake);
        if (refusal is not null)
        {
            Refuse(refusal);
        }
        else if (sequence > 0)
        {
            Reply = new BatchReply(count, sequence, null) { CorrelationId = batch.CorrelationId };
        }

        return wake;
    }

    public void Fail(Rejected rejected) => Refuse(rejected);

    public void Answered(PublishDoor door, long through) => _ticket?.Answered(door, through);

    private bool Refuse(PublishReply refusal)
    {
        _ticket?.NotAccepted(refusal);
        Reply = new BatchReply(0, 0, refusal) { CorrelationId = batch.CorrelationId };
        return false;
    }

    private Publish Read(int index)
    {
        var message = OwnedMessage.Of(batch.Messages[index] ?? throw new ArgumentException($"message {index} of the batch is null"));
        if (message.WantsOutcome && asker is not null && _ticket is not { IsClaim: true })
        {
            _ticket = new OutcomeTicket(asker, batch.CorrelationId) { Parts = _ticket?.Parts };
        }

        if (MessageSpans.On)
        {
            OutcomeTicket? part = null;
            message = spans.Begin(message, message.Payload.Length, ref part);
            if (part is not null)
            {
                ((_ticket ??= new OutcomeTicket(null, null)).Parts ??= []).Add(part);
            }
        }

        return message;
    }
}
