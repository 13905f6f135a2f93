using System.Diagnostics.CodeAnalysis;
using Akka.Actor;

namespace NatsActors.Door;

/// <summary>A publish, or the rest of a batch, whose reply is held until there is room.</summary>
/// <param name="batch">The batch; null for a single message.</param>
/// <param name="messages">The messages that wait, with headers and payloads that run no caller's code.</param>
/// <param name="tickets">The claims on outcomes, by message; null when no message has one.</param>
/// <param name="sender">Who gets the reply.</param>
/// <param name="deadline">When the wait ends, in milliseconds of the publisher's clock.</param>
internal sealed class WaitingPublish(PublishBatch? batch, Publish[] messages, OutcomeTicket?[]? tickets, IActorRef? sender, long deadline)
{
    private PublishReply? _refusal;

    public Publish[] Messages { get; } = messages;

    public OutcomeTicket?[]? Tickets { get; } = tickets;

    /// <summary>The claim on all outcomes of the batch; null when its messages have tickets of their own.</summary>
    public BatchTicket? Shared { get; init; }

    public IActorRef? Sender { get; } = sender;

    public long Deadline { get; } = deadline;

    /// <summary>The claims of the messages that were accepted before the wait.</summary>
    public List<OutcomeTicket>? Owed { get; init; }

    /// <summary>The atomic batch that waits as one message; null for other messages.</summary>
    public AtomicBatch? Atomic { get; init; }

    /// <summary>The message behind <see cref="Messages"/> could not be read: the reply when those are accepted.</summary>
    public Rejected? Unreadable { get; init; }

    /// <summary>What the reply waits for, with a journal; null without one, and while nothing of it has been accepted.</summary>
    public PendingReply? Pending { get; set; }

    /// <summary>How many messages of the sender have no answer, those that could not be read included.</summary>
    public int Left => Unread + Messages.Length - Next;

    /// <summary>Messages of the batch that could not be read, and those behind them.</summary>
    public int Unread { get; init; }

    /// <summary>How many of <see cref="Messages"/> have been accepted since.</summary>
    public int Next { get; set; }

    /// <summary>How many of the batch have been accepted, before the wait and since.</summary>
    public int Accepted { get; set; }

    /// <summary>The sequence of the first message that was accepted; 0 for none.</summary>
    public long FirstSequence { get; set; }

    /// <summary>Wire bytes of the messages that wait.</summary>
    public long Bytes { get; init; }

    /// <summary>
    /// Others were accepted between the messages of the batch and those that wait: the reply, which names one run of sequences, ends before
    /// them. A batch of more than one section has no such promise.
    /// </summary>
    /// <param name="nextSequence">The sequence of the next accepted message.</param>
    public bool HasGap(long nextSequence) =>
        batch is not null && Atomic is null && Accepted > 0 && Accepted + Left <= GuardedBuffer.BatchSection
        && FirstSequence + Accepted != nextSequence;

    /// <summary>The sender has its reply: outcomes may follow.</summary>
    /// <param name="door">The door.</param>
    /// <param name="through">The last sequence that the journal has taken.</param>
    public void Answered(PublishDoor door, long through)
    {
        Shared?.Answered(door);
        Owed?.ForEach(ticket => ticket.Answered(door, through));
        for (var i = 0; i < (Tickets?.Length ?? 0); i++)
        {
            if (i < Next)
            {
                Tickets![i]?.Answered(door, through);
            }
            else if (_refusal is not null)
            {
                Tickets![i]?.NotAccepted(i == Next ? _refusal : null);
            }
        }
    }

    /// <summary>The reply for what has been accepted so far, with the reason why the next message was not.</summary>
    public object Reply(PublishReply? refusal)
    {
        _refusal = refusal;
        return batch is not null
            ? new BatchReply(Accepted * (Atomic?.Messages ?? 1), FirstSequence, refusal) { CorrelationId = batch.CorrelationId }
            : (refusal ?? new Ack(FirstSequence)) with { CorrelationId = Messages[0].CorrelationId };
    }
}

/// <summary>Those who wait for room, in the order of arrival; counts what they hold so that it can be bounded.</summary>
internal sealed class WaitingLine
{
    private readonly Queue<WaitingPublish> _line = new();

    public int Count => _line.Count;

    public int Messages { get; private set; }

    public long Bytes { get; private set; }

    public bool TryFirst([NotNullWhen(true)] out WaitingPublish? first) => _line.TryPeek(out first);

    public bool HasRoom(BufferSettings limits, int messages, long bytes) =>
        Messages + messages <= limits.WaitMaxMessages && Bytes + bytes <= limits.WaitMaxBytes;

    public void Join(WaitingPublish waiting)
    {
        _line.Enqueue(waiting);
        Messages += waiting.Messages.Length;
        Bytes += waiting.Bytes;
    }

    public WaitingPublish Leave()
    {
        var waiting = _line.Dequeue();
        Messages -= waiting.Messages.Length;
        Bytes -= waiting.Bytes;
        return waiting;
    }
}
