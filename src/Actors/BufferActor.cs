using NatsActors.Buffering;

namespace NatsActors.Actors;

/// <summary>
/// Accepts, refuses, expires, drops, confirms and answers; feeds the link. Owns nothing that a crash could lose: the buffer and
/// all who wait are in <see cref="PublisherState"/>. Keeps the invariant that every publish gets exactly one reply, and every
/// accepted message exactly one outcome.
/// </summary>
internal sealed partial class BufferActor : UntypedActor, IWithTimers, IOutcomeListener
{
    private readonly PublisherState _state;
    // Taken once: the direct door raises events on its callers' threads, where an actor has no context.
    private readonly ActorSystem _system;
    private long _nextBefore;
    private IActorRef? _owed;
    private WaitingPublish? _admitting;

    public BufferActor(PublisherState state)
    {
        _state = state;
        _system = Context.System;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private PublishBuffer Buffer => _state.Buffer;

    private PublisherSettings Settings => _state.Settings;

    protected override void PreStart()
    {
        _state.Outbox.Listener = this;
        _state.Mailbox.Owner = Self;
        _state.Hungry = _state.WakeSent = false;
        _state.ArmedExpiry = long.MaxValue;
        if (HasEnded)
        {
            Become(Ended);
            return;
        }

        // The link of an instance before this one is not known here, whatever ended that instance.
        LoseLink(LinkLossKind.Local, "the buffer actor was started anew");
        ArmTimers();
    }

    protected override void PreRestart(Exception reason, object message)
    {
        AnswerFailed(message);
        base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        base.PostRestart(reason);
        if (!HasEnded)
        {
            Context.Parent.Tell(new BufferRestarted());
            Relieve();
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Publish publish:
                Accept(publish);
                break;
            case PublishBatch batch:
                Accept(batch);
                break;
            default:
                if (!OnLink(message) && !OnCommand(message) && !OnTimer(message))
                {
                    Unhandled(message);
                }

                break;
        }
    }

    private bool OnCommand(object message)
    {
        switch (message)
        {
            case Wake:
                _state.WakeSent = false;
                _state.Mailbox.Woken();
                AfterAccept();
                EndOverflow();
                ArmTimers();
                return true;
            case GetStatus:
                NoteRefusedElsewhere();
                Sender.Tell(_state.Status(), Self);
                return true;
            case Flush flush:
                Begin(flush);
                return true;
            case Purge purge:
                Sender.Tell(PurgeQueued(purge), Self);
                Relieve();
                return true;
            case Drain drain:
                Begin(drain);
                return true;
            case ForceReconnect:
                Context.Parent.Forward(message);
                return true;
            case Fail fail:
                throw new InvalidOperationException(fail.Reason);
            default:
                return false;
        }
    }

    private void Accept(Publish message)
    {
        _nextBefore = Buffer.NextSequence;
        _owed = Sender;
        var ticket = message.WantsOutcome ? new OutcomeTicket(Sender, message.CorrelationId) : null;
        var reply = _state.Intake.Offer(message, ticket, _state.Waiting.Count > 0, _state.Now());
        if (reply is BufferFull full)
        {
            Overflow(null, [message], _state.Intake.LastSize, full);
        }
        else
        {
            Sender.Tell(reply, Self);
        }

        _owed = null;
        AfterAccept();
    }

    private void Accept(PublishBatch batch)
    {
        _nextBefore = Buffer.NextSequence;
        _owed = Sender;
        var waiting = new WaitingPublish(batch, batch.Messages, Sender, 0);
        // There is nothing in an empty batch that could wait or be refused.
        var refusal = _state.Waiting.Count > 0 && waiting.Count > 0
            ? _state.Intake.Full(BufferLimit.Waiters, _state.Now())
            : OfferRest(waiting);
        if (refusal is BufferFull full)
        {
            var rest = batch.Messages.Skip(waiting.Accepted).Sum(static message => (long)message.Payload.Length);
            Overflow(waiting, batch.Messages, rest, full);
        }
        else
        {
            Answer(waiting, refusal);
        }

        _owed = null;
        AfterAccept();
    }

    /// <summary>Accepts messages of a batch in order, as many as there is room for; null when all are in.</summary>
    private PublishReply? OfferRest(WaitingPublish waiting)
    {
        var now = _state.Now();
        while (waiting.Accepted < waiting.Count)
        {
            var message = waiting.Messages[waiting.Accepted];
            var ticket = message.WantsOutcome ? new OutcomeTicket(waiting.Sender, message.CorrelationId) : null;
            var reply = _state.Intake.Offer(message, ticket, behindOthers: false, now);
            if (reply is not Ack ack)
            {
                return reply;
            }

            if (waiting.Accepted++ == 0)
            {
                waiting.FirstSequence = ack.Sequence;
            }
        }

        return null;
    }

    private void Answer(WaitingPublish waiting, PublishReply? refusal) => waiting.Sender.Tell(AnswerTo(waiting, refusal), Self);

    private static object AnswerTo(WaitingPublish waiting, PublishReply? refusal) =>
        waiting.Batch is { } batch
            ? new BatchReply(waiting.Accepted, waiting.FirstSequence, refusal) { CorrelationId = batch.CorrelationId }
            : refusal ?? new Ack(waiting.FirstSequence) { CorrelationId = waiting.Messages[0].CorrelationId };

    private void AfterAccept()
    {
        NoteRefusedElsewhere();
        if (_state.Pressure.CrossedHigh())
        {
            Raise(new HighWatermark { Publisher = Settings.Name, Messages = Buffer.Messages, Bytes = Buffer.Bytes });
        }

        ArmExpiry();
        Pump();
    }

    /// <summary>Something has left the buffer: whoever waited for that is served, in the order in which they may expect it.</summary>
    private void Relieve()
    {
        NoteRefusedElsewhere();
        SweepExpired(_state.Now());
        AdmitWaiting();
        AnswerFlushes();
        EndOverflow();
        NoteQuiet();
        ArmExpiry();
        ArmTrim();
        Pump();
        EndDrainWhenEmpty();
    }

    /// <summary>
    /// The message that the actor failed on gets its answer all the same: accepted if it was, refused if it was not. One that
    /// waited for room leaves the line, or every restart would fail on it again.
    /// </summary>
    private void AnswerFailed(object message)
    {
        var rejected = new Rejected(RejectReason.InternalError, "the publisher failed while it handled this message");
        if (_admitting is not null)
        {
            _state.Outbox.Ledger.Rejected++;
            Answer(
                _state.Waiting.Leave(),
                rejected with { CorrelationId = _admitting.Batch is null ? _admitting.Messages[0].CorrelationId : null });
        }

        if (_owed is null)
        {
            return;
        }

        var accepted = Buffer.NextSequence - _nextBefore;
        object? reply = message switch
        {
            Publish publish when accepted > 0 => new Ack(_nextBefore) { CorrelationId = publish.CorrelationId },
            Publish publish => rejected with { CorrelationId = publish.CorrelationId },
            PublishBatch batch => new BatchReply(
                (int)accepted, accepted > 0 ? _nextBefore : 0, accepted < batch.Messages.Count ? rejected : null)
            { CorrelationId = batch.CorrelationId },
            _ => null,
        };
        if (reply is not null)
        {
            _state.Outbox.Ledger.Rejected += reply is Rejected or BatchReply { Refusal: not null } ? 1 : 0;
            _owed.Tell(reply, Self);
        }
    }

    private void Raise(NatsEvent occurrence) => _system.EventStream.Publish(occurrence);
}
