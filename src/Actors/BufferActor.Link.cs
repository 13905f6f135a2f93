namespace NatsActors.Actors;

/// <summary>The side that faces the link: what is taken, confirmed, denied, lost.</summary>
internal sealed partial class BufferActor
{
    /// <summary>A batch never spans segments, so a larger number would not make larger batches.</summary>
    private const int MaxBatchBytes = Buffering.PublishBuffer.SegmentBytes;

    private ILink? _link;
    private IActorRef _connectionActor = ActorRefs.Nobody;
    private long _nextSweep;
    private int _credits;
    private bool _proved;
    private bool _retiring;

    private ConfirmMode Confirm => Settings.Delivery.Confirm;

    private bool OnLink(object message)
    {
        switch (message)
        {
            case LinkReport report:
                if (report.Epoch == _link?.Epoch)
                {
                    OnReport(report);
                }

                return true;
            case LinkAvailable available:
                Begin(available);
                return true;
            case LinkGone gone:
                if (gone.Epoch == _link?.Epoch)
                {
                    LoseLink(gone.Kind, gone.Detail);
                    Relieve();
                }

                return true;
            case RetireLink retire:
                _retiring = retire.Epoch == _link?.Epoch;
                NoteQuiet();
                return true;
            case ConnectionReport connection:
                Note(connection);
                return true;
            case Announce announce:
                Raise(announce.Event);
                return true;
            case ConnectionEnded ended:
                Finish(ended.Cause);
                return true;
            default:
                return false;
        }
    }

    private void Begin(LinkAvailable available)
    {
        _link = available.Link;
        _credits = LinkCredit.Batches;
        _connectionActor = Sender;
        _proved = _retiring = _held = false;
        _unanswered.Clear();
        Raise(available.Event is Reconnected reconnected
            ? reconnected with { Messages = Buffer.Messages, Bytes = Buffer.Bytes }
            : available.Event);
        _state.Intake.MaxPayload = available.Info.MaxPayload;
        _state.Intake.ServerTakesHeaders = available.Info.Headers;
        _state.Intake.LinkDownSince = null;
        _state.Pace.Begin(Buffer.NextSequence, _state.Now());
        _state.Outbox.DropTooLarge(available.Info.MaxPayload);
        WarnOfDuplicates();
        Relieve();
    }

    private void OnReport(LinkReport report)
    {
        switch (report)
        {
            case LinkWritten written:
                Buffer.Written();
                _credits++;
                if (Confirm == ConfirmMode.None)
                {
                    Confirmed(written.ThroughSequence);
                    return;
                }

                Pump();
                return;
            case LinkConfirmed confirmed:
                NoteProved(confirmed.Epoch);
                if (confirmed.DeniedSubjects is { } denied)
                {
                    _state.Outbox.Denied(denied, confirmed.ThroughSequence);
                }

                if (Confirm == ConfirmMode.Fence)
                {
                    Confirmed(confirmed.ThroughSequence);
                }
                else if (confirmed.DeniedSubjects is not null)
                {
                    Relieve();
                }

                return;
            case LinkPubAcks acks:
                OnPubAcks(acks.Acks);
                return;
        }
    }

    private void NoteProved(long epoch)
    {
        if (!_proved)
        {
            _proved = true;
            _connectionActor.Tell(new LinkProved(epoch), Self);
        }
    }

    private void Confirmed(long throughSequence)
    {
        _state.Outbox.Delivered(throughSequence);
        _state.Window.Confirmed();
        Relieve();
    }

    /// <summary>Gives the link what it takes.</summary>
    private void Pump()
    {
        if (_link is null || _retiring || _held)
        {
            return;
        }

        var timed = Confirm == ConfirmMode.JetStream || Settings.Delivery.ReplayRate > 0 || _state.Outbox.NextDeadline != long.MaxValue;
        var now = timed ? _state.Now() : 0;
        if (SweepExpired(now) > 0)
        {
            // Others may have waited for what has just gone; this ends here again, with nothing left to expire.
            Relieve();
            return;
        }

        while (_credits > 0 && Buffer.QueuedMessages > 0)
        {
            var bytes = Math.Min(MaxBatchBytes, _state.Window.Bytes(Buffer.InFlightBytes));
            var messages = _state.Window.Messages(Buffer.FirstSequence, Buffer.InFlightMessages);
            var paced = _state.Pace.Allowance(Buffer.CursorSequence, now);
            if (paced == 0)
            {
                Timers.StartSingleTimer(TimerKey.Replay, TimerKey.Replay, _state.Pace.Wait());
                break;
            }

            messages = Math.Min(messages, paced);
            if (!Buffer.TryTake(bytes, messages, out var batch))
            {
                break;
            }

            _credits--;
            _state.Pace.Took(batch.Messages);
            if (Confirm == ConfirmMode.JetStream)
            {
                _unanswered.Enqueue((batch.LastSequence, now));
            }

            _link.Write(batch);
        }

        _state.Hungry = _credits > 0 && Buffer.QueuedMessages == 0;
    }

    /// <summary>
    /// With ages of their own millions of messages have a next deadline in every millisecond, and a sweep looks at all of them:
    /// a message may leave this much after its time rather than cost a core.
    /// </summary>
    private long SweepExpired(long now)
    {
        if (now < _nextSweep || _state.Outbox.NextDeadline > now)
        {
            return 0;
        }

        _nextSweep = now + SweepMilliseconds;
        return _state.Outbox.Expire(now);
    }

    private void LoseLink(LinkLossKind kind, string detail)
    {
        var first = Buffer.FirstSequence;
        var poison = _state.Poison.Lost(first, Buffer.InFlightMessages, kind);
        if (Buffer.InFlightMessages > 0)
        {
            _state.Window.Lost(Buffer.WrittenThrough);
            if (kind == LinkLossKind.Timeout)
            {
                _state.Window.TimedOut(Buffer.InFlightBytes);
            }
        }

        _link = null;
        _credits = 0;
        _state.Hungry = _held = false;
        _unanswered.Clear();
        Timers.Cancel(TimerKey.Retry);
        _state.Intake.LinkDownSince ??= _state.Now();
        if (poison)
        {
            _state.Outbox.Undelivered(first, UndeliveredReason.Poison,
                $"the link was lost {Settings.Delivery.PoisonAfter} times in a row with this message alone in flight: {detail}");
        }

        if (!Settings.Delivery.Resend)
        {
            _state.Outbox.InFlightIndeterminate($"the link was lost and delivery.resend is off: {detail}");
        }

        _state.Outbox.Rewind(linkGone: true);
    }

    private void NoteQuiet()
    {
        if (_retiring && _link is not null && Buffer.InFlightMessages == 0)
        {
            _connectionActor.Tell(new LinkQuiet(_link.Epoch), Self);
        }
    }
}
