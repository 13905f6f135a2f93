using Akka.Actor;

namespace NatsActors.Door;

/// <summary>A batch on its way through the door, on the teller's thread.</summary>
internal interface IBatchWalk
{
    /// <summary>The reply; null while the batch, or the rest of it, waits for room.</summary>
    BatchReply? Reply { get; }

    /// <summary>What the reply waits for, with a journal; null without one.</summary>
    PendingReply? Pending { get; }

    /// <summary>Reads the caller's list and has the messages accepted.</summary>
    /// <returns>The buffer actor has something to do: the caller wakes it.</returns>
    bool Accept();

    /// <summary>Reading the list, or accepting it, has thrown.</summary>
    void Fail(Rejected rejected);

    /// <summary>The sender has its reply: outcomes may follow.</summary>
    /// <param name="door">The door.</param>
    /// <param name="through">The last sequence that the journal has taken.</param>
    void Answered(PublishDoor door, long through);
}

/// <summary>
/// One batch on its way through the door: reads the caller's list section by section, outside of the lock, and has each section
/// accepted. Keeps the promise that a prefix of the list is accepted, in order.
/// </summary>
internal sealed class BatchWalk(PublishBatch batch, IActorRef? asker, GuardedBuffer buffer, MessageSpans spans, bool claimed = false) : IBatchWalk
{
    // A span belongs to one message, and a journal withdraws messages one by one and keeps their correlation ids.
    private readonly BatchTicket? _shared = claimed && asker is not null && !buffer.IsDurable && !MessageSpans.On ? new BatchTicket(asker) : null;

    [ThreadStatic]
    private static Publish[]? _freeSection;

    // By message of the section; null while no message wants an outcome.
    private OutcomeTicket?[]? _section;
    private List<OutcomeTicket>? _tickets;
    private long _first;
    private int _accepted;

    public BatchReply? Reply { get; private set; }

    public PendingReply? Pending { get; } = buffer.IsDurable ? new PendingReply(asker) : null;

    public bool Accept()
    {
        if (_shared is not null)
        {
            // A stream's own array, which nobody changes.
            Reply = Accept((Publish[])batch.Messages) ? Reply ?? ReplyOf(null) : null;
            return buffer.TryWake();
        }

        var section = _freeSection ?? new Publish[GuardedBuffer.BatchSection];
        _freeSection = null;
        try
        {
            while (Reply is null)
            {
                var count = Read(section);
                if (count == 0)
                {
                    Reply = ReplyOf(null);
                }
                else if (!Accept(section.AsSpan(0, count)))
                {
                    break;
                }
            }

            return buffer.TryWake();
        }
        finally
        {
            Array.Clear(section);
            _freeSection = section;
        }
    }

    public void Fail(Rejected rejected) => Reply = ReplyOf(Refuse(_section, 0, rejected));

    public void Answered(PublishDoor door, long through)
    {
        _shared?.Answered(door);
        _tickets?.ForEach(ticket => ticket.Answered(door, through));
    }

    /// <summary>Accepts a section; false when the rest of the batch waits for room.</summary>
    private bool Accept(ReadOnlySpan<Publish> messages)
    {
        var count = buffer.AcceptSection(
            messages, _section, _shared, behindWaiting: _accepted == 0, Pending, out var first, out var rejected, out var limit);
        _first = _accepted == 0 ? first : _first;
        _accepted += count;
        for (var i = 0; _section is not null && i < count; i++)
        {
            if (_section[i] is { } ticket)
            {
                (_tickets ??= []).Add(ticket);
                _section[i] = null;
            }
        }

        if (rejected is not null)
        {
            Reply = ReplyOf(Refuse(_section, count, buffer.Reject(rejected, null)));
        }
        else if (limit is { } hit)
        {
            var refusal = buffer.MayWait ? WaitOrRefuse(hit) : Refuse(_section, count, buffer.Refuse(hit, batch.Messages.Count - _accepted));
            Reply = refusal is null ? null : ReplyOf(refusal);
            return refusal is not null;
        }

        return true;
    }

    /// <summary>The rest of the batch is read again, with spans of its own.</summary>
    private PublishReply? WaitOrRefuse(BufferLimit limit)
    {
        foreach (var ticket in _section ?? [])
        {
            ticket?.NotAccepted(null);
        }

        _section = null;
        var rest = Rest();
        var refusal = buffer.WaitOrRefuse(rest, limit);
        return refusal is null ? null : Refuse(rest.Tickets, 0, refusal);
    }

    /// <summary>One message is refused; nothing was decided about those behind it. Those before it have no ticket here any more.</summary>
    private static PublishReply Refuse(OutcomeTicket?[]? tickets, int refused, PublishReply refusal)
    {
        for (var i = 0; i < (tickets?.Length ?? 0); i++)
        {
            tickets![i]?.NotAccepted(i == refused ? refusal : null);
        }

        return refusal;
    }

    /// <summary>Reads the next messages of the list: as many as a section has, or as can be read.</summary>
    private int Read(Publish[] section)
    {
        var count = Math.Min(section.Length, batch.Messages.Count - _accepted);
        for (var i = 0; i < count; i++)
        {
            try
            {
                section[i] = Message(_accepted + i);
            }
            catch when (i > 0)
            {
                // What was read is accepted first: the next section begins at this message, and fails of it.
                return i;
            }

            if (_shared is null && (claimed || section[i].WantsOutcome || _section is not null || MessageSpans.On))
            {
                (_section ??= new OutcomeTicket?[section.Length])[i] = TicketOf(ref section[i]);
            }
        }

        return count;
    }

    private Publish Message(int index) =>
        OwnedMessage.Of(batch.Messages[index] ?? throw new ArgumentException($"message {index} of the batch is null"));

    private OutcomeTicket? TicketOf(ref Publish message)
    {
        var ticket = (claimed || message.WantsOutcome) && asker is not null ? new OutcomeTicket(asker, message.CorrelationId) : null;
        if (MessageSpans.On)
        {
            message = spans.Begin(message, message.Payload.Length, ref ticket);
        }

        return ticket;
    }

    /// <summary>What is left of the batch, read in whole: the list belongs to the caller and may change while the rest waits.</summary>
    private WaitingPublish Rest()
    {
        var messages = new Publish[Math.Max(0, batch.Messages.Count - _accepted)];
        var tickets = new OutcomeTicket?[messages.Length];
        var unread = 0;
        var bytes = 0L;
        Rejected? unreadable = null;
        for (var i = 0; i < messages.Length; i++)
        {
            try
            {
                messages[i] = Message(_accepted + i);
                tickets[i] = _shared is null ? TicketOf(ref messages[i]) : null;
            }
            catch (Exception error) when (i > 0)
            {
                unreadable = PublishDoor.Failure(error);
                unread = messages.Length - i;
                messages = messages[..i];
                break;
            }

            bytes += OwnedMessage.WireBytes(messages[i]);
        }

        return new WaitingPublish(batch, messages, tickets[..messages.Length], asker, buffer.WaitDeadlineFromNow())
        {
            Owed = _tickets,
            Shared = _shared,
            Pending = _accepted > 0 ? Pending : null,
            Unreadable = unreadable,
            Unread = unread,
            Accepted = _accepted,
            FirstSequence = _first,
            Bytes = bytes,
        };
    }

    private BatchReply ReplyOf(PublishReply? refusal) => new(_accepted, _first, refusal) { CorrelationId = batch.CorrelationId };
}
