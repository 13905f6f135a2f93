using NatsActors.Buffering;
using NatsActors.Wire;

namespace NatsActors.Actors;

/// <summary>Commands that take time (flush, drain, purge), and the end.</summary>
internal sealed partial class BufferActor
{
    private static readonly TimeSpan UnclaimedEpisode = TimeSpan.FromSeconds(1);

    private bool HasEnded => _state.Drain?.Result is not null;

    void IOutcomeListener.OnOutcome(object ticket, Outcome outcome)
    {
        var (sender, correlationId) = (OutcomeTicket)ticket;
        sender.Tell(correlationId is null ? outcome : outcome with { CorrelationId = correlationId }, Self);
    }

    void IOutcomeListener.OnUnclaimed(UndeliveredReason reason, long count, string? detail)
    {
        var sum = _state.Unclaimed.GetValueOrDefault(reason).Count + count;
        _state.Unclaimed[reason] = (sum, detail);
        if (!Timers.IsTimerActive(TimerKey.Unclaimed))
        {
            Timers.StartSingleTimer(TimerKey.Unclaimed, TimerKey.Unclaimed, UnclaimedEpisode);
        }
    }

    private void RefuseOverdue()
    {
        var now = _state.Now();
        while (_state.Waiting.Count > 0 && _state.Waiting.First.Deadline <= now)
        {
            var overdue = _state.Waiting.Leave();
            Refuse(overdue, _state.Intake.Full(BufferLimit.WaitTimeout, now));
        }

        AdmitWaiting();
    }

    private void Begin(Flush flush)
    {
        var timeout = Math.Clamp(flush.Timeout.TotalMilliseconds, 0, int.MaxValue);
        _state.Flushes.Add(new PendingFlush(Sender, Buffer.NextSequence - 1, _state.Now() + (long)timeout));
        AnswerFlushes();
        ArmTimers();
    }

    private void AnswerFlushes()
    {
        if (_state.Flushes.Count == 0)
        {
            return;
        }

        var now = _state.Now();
        for (var i = 0; i < _state.Flushes.Count;)
        {
            var flush = _state.Flushes[i];
            var done = Buffer.FirstSequence > flush.ThroughSequence;
            if (!done && flush.Deadline > now)
            {
                i++;
                continue;
            }

            _state.Flushes.RemoveAt(i);
            flush.Sender.Tell(new Flushed(done, done ? 0 : Buffer.CountThrough(flush.ThroughSequence)), Self);
        }
    }

    private Purged PurgeQueued(Purge purge)
    {
        if (purge.SubjectFilter is { } filter && SubjectRules.CheckFilter(filter) is { } fault)
        {
            return new Purged(0) { Error = $"the subject filter {fault}" };
        }

        return new Purged(_state.Outbox.Purge(purge.SubjectFilter));
    }

    private void Begin(Drain drain)
    {
        var wait = (long)Math.Clamp(drain.Deadline.TotalMilliseconds, 0, int.MaxValue);
        var deadline = _state.Now() + wait;
        if (_state.Drain is { } running)
        {
            running.Askers.Add(Sender);
            running.Deadline = Math.Min(running.Deadline, deadline);
            ArmTimers();
            return;
        }

        _state.Drain = new DrainState(deadline);
        _state.Drain.Askers.Add(Sender);
        _state.Intake.Ended = RejectReason.Draining;
        Raise(new Draining { Publisher = Settings.Name, Messages = Buffer.Messages });
        Context.Parent.Tell(new DrainBegun());
        AdmitWaiting();
        if (wait == 0)
        {
            Finish(null);
            return;
        }

        ArmTimers();
        EndDrainWhenEmpty();
    }

    private void EndDrainWhenEmpty()
    {
        if (_state.Drain is { Result: null } && Buffer.Messages == 0)
        {
            Finish(null);
        }
    }

    /// <summary>The end of the publisher: everything gets its outcome, everybody who waits an answer.</summary>
    private void Finish(string? cause)
    {
        var drain = _state.Drain ??= new DrainState(0);
        if (drain.Result is not null)
        {
            return;
        }

        _state.Intake.Ended = RejectReason.Closed;
        AdmitWaiting();
        NoteRefusedElsewhere();
        var left = _state.Outbox.Close();
        Buffer.DropSpares();
        _link = null;
        AnswerFlushes();
        TellUnclaimed();
        _state.Refused.Forget();
        EndOverflow();
        Timers.CancelAll();
        drain.Result = new Drained(_state.Outbox.Ledger.Totals(Buffer), left);
        Raise(new Closed { Publisher = Settings.Name, Totals = drain.Result.Totals, Cause = cause });
        foreach (var asker in drain.Askers)
        {
            asker.Tell(drain.Result, Self);
        }

        Context.Parent.Tell(new PublisherEnded());
        Note(_state.Report);
        Become(Ended);
    }

    /// <summary>After the end every command still has an answer.</summary>
    private void Ended(object message)
    {
        switch (message)
        {
            case Publish or PublishBatch or GetStatus or Flush or Purge or ForceReconnect:
                OnReceive(message);
                break;
            case Drain:
                Sender.Tell(_state.Drain!.Result!, Self);
                break;
            case ConnectionReport connection:
                Note(connection);
                break;
            case LinkReport or LinkAvailable or LinkGone or RetireLink or Announce or ConnectionEnded or Wake or TimerKey:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Whoever has heard of the end must not see another state, whatever the connection reports until it hears of it.</summary>
    private void Note(ConnectionReport report) =>
        _state.Report = HasEnded ? report with { State = ConnectionState.Closed, Server = null } : report;

    private void TellUnclaimed()
    {
        foreach (var (reason, (count, detail)) in _state.Unclaimed)
        {
            Raise(new MessagesUndelivered { Publisher = Settings.Name, Reason = reason, Count = count, Detail = detail });
        }

        _state.Unclaimed.Clear();
    }
}
