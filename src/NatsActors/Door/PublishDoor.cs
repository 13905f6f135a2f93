using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Event;
using NatsActors.Buffer;
using NatsActors.Protocol;

namespace NatsActors.Door;

/// <summary>
/// Where a message is accepted or refused, on the teller's own thread. It reads the caller's objects, asks
/// <see cref="GuardedBuffer"/> in one short section, tells the reply, and wakes the buffer actor when that has something to do.
/// Whatever throws on the way is an answer.
/// </summary>
internal sealed class PublishDoor(GuardedBuffer buffer, MessageSpans spans, ActorSystem system)
{
    private const string CannotWait =
        "TryPublish cannot wait for the journal (durability.journal): use PublishAsync, or tell the publisher's reference";

    private IActorRef? _publisher;
    private IActorRef? _bufferActor;
    private IActorRef? _connectionActor;
    private IActorRef? _journalActor;

    /// <summary>Finds the publisher's reference before its head actor has started; null when it cannot be found yet.</summary>
    public Func<IActorRef?>? FindPublisher { get; set; }

    public GuardedBuffer Buffer => buffer;

    /// <summary>The reference that users hold: the sender of every reply.</summary>
    public IActorRef Publisher
    {
        get => (_publisher ??= FindPublisher?.Invoke())!;
        set => _publisher = value;
    }

    /// <summary>The connection actor; null before the head actor has started.</summary>
    public IActorRef? ConnectionActor => Volatile.Read(ref _connectionActor);

    /// <summary>The head actor has made its children.</summary>
    public void Open(IActorRef bufferActor, IActorRef connectionActor)
    {
        Volatile.Write(ref _connectionActor, connectionActor);
        Volatile.Write(ref _bufferActor, bufferActor);
    }

    /// <summary>The buffer actor; null before the head actor has started.</summary>
    public IActorRef? BufferActor => Volatile.Read(ref _bufferActor);

    /// <summary>The journal's actor; null without a journal.</summary>
    public IActorRef? JournalActor { get => Volatile.Read(ref _journalActor); set => Volatile.Write(ref _journalActor, value); }

    /// <summary>A message passes the door.</summary>
    public void Pass(object message, IActorRef? sender)
    {
        // Akka.NET puts the reference of dead letters where a teller gives no sender.
        var asker = sender is null || ReferenceEquals(sender, system.DeadLetters) || sender.IsNobody() ? null : sender;
        switch (message)
        {
            case Publish publish:
                Pass(publish, asker);
                break;
            case PublishBatch batch:
                Pass(batch, asker);
                break;
            case ClaimedBatch claimed:
                Pass(claimed.Batch, asker, claimed: true);
                break;
            case GetStatus:
                Tell(asker, buffer.Status());
                break;
            case Purge { SubjectFilter: { } filter } when SubjectRules.CheckFilter(filter) is { } fault:
                Tell(asker, new Purged(0) { Error = $"the subject filter {fault}" });
                break;
            case Flush or Purge or Drain:
                Tell(asker, buffer.Pass(message, asker));
                WakeIf(buffer.TryWake());
                break;
            case UnsentMessage unsent:
                buffer.Reject(new Rejected(unsent.Reason, unsent.Detail), null);
                Tell(asker, unsent.ToReply());
                break;
            case ForceReconnect:
                ConnectionActor?.Tell(Reconnect.Instance, Publisher);
                break;
            default:
                system.EventStream.Publish(new UnhandledMessage(message, sender ?? system.DeadLetters, Publisher));
                break;
        }
    }

    /// <summary>Accepts one message without a reply object, or says why not. It never waits for room.</summary>
    public bool TryAccept(string subject, ReadOnlySpan<byte> payload, out PublishReply? refusal)
    {
        if (buffer.IsDurable)
        {
            refusal = buffer.Reject(new Rejected(RejectReason.NotDurable, CannotWait), null);
            return false;
        }

        OutcomeTicket? ticket = null;
        var headers = MessageSpans.On ? spans.Begin(new Publish(subject, default), payload.Length, ref ticket).Headers : null;
        buffer.Accept(
            new Incoming { Subject = subject, Payload = payload, Headers = headers }, null, ticket, null, out refusal, out var wake);
        if (refusal is not null)
        {
            ticket?.NotAccepted(refusal);
        }

        AfterAccept(wake);
        return refusal is null;
    }

    /// <summary>Accepts one message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="ticket">The claim on its outcome; null for none.</param>
    /// <param name="waiter">Who gets the reply when the message waits for room.</param>
    /// <returns>The reply; null when the message waits for room.</returns>
    public PublishReply? Accept(Publish message, OutcomeTicket? ticket, IActorRef? waiter)
    {
        PublishReply? refusal;
        long sequence;
        bool wake;
        var headers = default(HeaderCopy);
        try
        {
            // Other memory than an array's can run its owner's code whenever it is looked at.
            message = MemoryMarshal.TryGetArray(message.Payload, out _) ? message : OwnedMessage.Of(message);
            if (MessageSpans.On)
            {
                message = spans.Begin(message, message.Payload.Length, ref ticket);
            }

            headers = HeaderCopy.Of(message.Headers);
            sequence = buffer.Accept(Incoming.Of(message, headers), message, ticket, waiter, out refusal, out wake);
        }
        catch (Exception error)
        {
            var failure = buffer.Reject(Failure(error), message.CorrelationId);
            ticket?.NotAccepted(failure);
            return failure;
        }
        finally
        {
            headers?.Free();
        }

        if (refusal is not null)
        {
            ticket?.NotAccepted(refusal);
        }

        AfterAccept(wake);
        return refusal ?? (sequence > 0 ? new Ack(sequence) { CorrelationId = message.CorrelationId } : null);
    }

    /// <summary>The answer to a message that made its reader fail. What the exception says may be a secret.</summary>
    public static Rejected Failure(Exception error) => new(
        RejectReason.InternalError, $"the message could not be read, or the publisher failed: {error.GetType().Name}");

    /// <summary>Tells a sender, if there is one. A reference that throws is its owner's fault, and must not cost anybody else an answer.</summary>
    public void Tell(IActorRef? asker, object? reply)
    {
        if (asker is null || reply is null)
        {
            return;
        }

        try
        {
            asker.Tell(reply, Publisher);
        }
        catch (Exception error)
        {
            system.Log.Error(error, "{0}: a sender's reference failed to take a {1}", Publisher.Path, reply.GetType().Name);
        }
    }

    /// <summary>
    /// Ends what a sweep picks, slice by slice: between two slices the lock is free, and outcomes are told.
    /// </summary>
    /// <returns>How many messages have ended.</returns>
    public long Run(Sweep? sweep)
    {
        if (sweep is null)
        {
            return 0;
        }

        while (buffer.Advance(sweep))
        {
            buffer.TellOutcomes(this);
        }

        buffer.TellOutcomes(this);
        return sweep.Ended;
    }

    /// <summary>
    /// Those who wait for room are admitted as far as there is room, or refused when they have waited for too long. Tasks that wait for
    /// capacity complete.
    /// </summary>
    public void AnswerWaiting()
    {
        while (buffer.TakeOverdue() is var (overdue, refusal))
        {
            Answer(overdue, refusal);
            if (overdue.Pending is null)
            {
                // Otherwise the reply may wait for the journal, and room is told of behind it.
                NoteRefused(overdue.Sender);
            }
        }

        while (buffer.Admit(out var admitted, out var reply))
        {
            if (reply is not null)
            {
                Answer(admitted!, reply);
            }
        }

        // Behind the line, which comes first and may have filled the buffer again.
        WakeJournal();
        foreach (var waiter in buffer.TakeCapacityWaiters(out var ended))
        {
            waiter.TrySetResult(ended);
        }
    }

    /// <summary>The journal's actor has something to do that it does not know of.</summary>
    public void WakeJournal()
    {
        if (buffer.IsDurable && buffer.TryWakeJournal())
        {
            JournalActor?.Tell(JournalDue.Instance, ActorRefs.NoSender);
        }
    }

    /// <summary>Wakes the buffer actor when it has something to do.</summary>
    public void WakeBuffer() => WakeIf(buffer.TryWake());

    /// <summary>The sender was told of a refusal: it hears when there is room again.</summary>
    public void NoteRefused(IActorRef? asker)
    {
        if (asker is not null)
        {
            buffer.NoteRefused(asker);
            WakeIf(buffer.TryWake());
        }
    }

    private void Pass(Publish message, IActorRef? asker)
    {
        var ticket = message.WantsOutcome && asker is not null ? new OutcomeTicket(asker, message.CorrelationId) : null;
        var reply = Accept(message, ticket, asker);
        if (reply is null)
        {
            return;
        }

        Tell(asker, reply);
        if (reply is BufferFull)
        {
            NoteRefused(asker);
        }
        else
        {
            ticket?.Answered(this);
        }
    }

    private void Pass(PublishBatch batch, IActorRef? asker, bool claimed = false)
    {
        IBatchWalk walk = batch.Atomic
            ? new AtomicWalk(batch, asker, buffer, spans)
            : new BatchWalk(batch, asker, buffer, spans, claimed);
        var wake = false;
        try
        {
            wake = walk.Accept();
        }
        catch (Exception error)
        {
            walk.Fail(buffer.Reject(Failure(error), null));
        }

        AfterAccept(wake | buffer.TryWake());
        if (walk.Reply is { } reply)
        {
            if (walk.Pending is { } pending)
            {
                Answer(pending, reply, walk.Answered);
                return;
            }

            Tell(asker, reply);
            walk.Answered(this, long.MaxValue);
            if (reply.Refusal is BufferFull)
            {
                NoteRefused(asker);
            }
        }
    }

    /// <summary>Tells a reply, or leaves that to the journal's actor.</summary>
    private void Answer(PendingReply pending, object reply, Action<PublishDoor, long> answered)
    {
        if (buffer.Make(pending, reply, answered))
        {
            pending.Tell(this);
        }
    }

    private void Answer(WaitingPublish waiting, object reply)
    {
        if (waiting.Pending is { } pending)
        {
            Answer(pending, reply, waiting.Answered);
            return;
        }

        Tell(waiting.Sender, reply);
        waiting.Answered(this, long.MaxValue);
        if (reply is BatchReply { Refusal: BufferFull })
        {
            NoteRefused(waiting.Sender);
        }
    }

    private void AfterAccept(bool wake)
    {
        WakeJournal();
        // First: a sender that takes its outcome slowly must not hold up a wake that is noted as sent.
        WakeIf(wake);
        if (buffer.DropsOldest)
        {
            buffer.TellOutcomes(this);
            WakeIf(buffer.TryWake());
        }
    }

    private void WakeIf(bool wake)
    {
        if (wake)
        {
            Volatile.Read(ref _bufferActor)?.Tell(Wake.Instance, ActorRefs.NoSender);
        }
    }
}
