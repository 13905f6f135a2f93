using Akka.Actor;
using NatsActors.Buffer;

namespace NatsActors.Door;

/// <summary>
/// The sections of the telling of outcomes, which happens between them. What says that messages have ended waits for those who tell it:
/// <see cref="Flushed"/>, and the end of a drain.
/// </summary>
internal sealed partial class GuardedBuffer
{
    private readonly Tellings _tellings = new();
    private EndedMessages? _spareEnded;

    /// <summary>Tells the outcomes that are due to their senders. Several threads may do so; each outcome is told once.</summary>
    public void TellOutcomes(PublishDoor door)
    {
        EndedMessages ended;
        long telling;
        lock (_gate)
        {
            ended = _spareEnded ?? new EndedMessages();
            _spareEnded = null;
            if (!_outbox.TakeEnded(ref ended))
            {
                _spareEnded = ended;
                return;
            }

            foreach (var (reason, count, detail) in ended.Unclaimed)
            {
                _unclaimed[reason] = (_unclaimed.GetValueOrDefault(reason).Count + count, detail);
            }

            telling = _tellings.Begin();
        }

        try
        {
            Tell(ended, door);
        }
        finally
        {
            if (EndTelling(ended, telling))
            {
                door.WakeBuffer();
            }
        }
    }

    private void Tell(EndedMessages ended, PublishDoor door)
    {
        foreach (var (ticket, outcome) in ended.Outcomes)
        {
            if (ticket is BatchTicket batch)
            {
                batch.Tell(outcome, door);
            }
            else
            {
                ((OutcomeTicket)ticket).Tell(outcome, door);
            }
        }

        foreach (var run in ended.Runs)
        {
            ((BatchTicket)run.Ticket).Tell(new DeliveredRun(run.First, run.Count), door);
        }

        foreach (var ticket in ended.Withdrawn)
        {
            ((OutcomeTicket)ticket).NotAccepted(_journalDown);
        }

        var now = ended.Ages.Count > 0 ? _clock.Now() : 0;
        foreach (var age in ended.Ages)
        {
            _ages!.Record(age, now);
        }
    }

    /// <summary>Outcomes have been told.</summary>
    /// <returns>True when flushes or a drain have waited for them: the buffer actor is woken.</returns>
    private bool EndTelling(EndedMessages ended, long telling)
    {
        ended.Clear();
        lock (_gate)
        {
            _spareEnded = ended;
            var isAwaited = _tellings.End(telling);
            _flushJoined |= isAwaited;
            return isAwaited;
        }
    }

    /// <summary>No thread has outcomes left to tell; the one that has wakes the buffer actor when it has told them.</summary>
    private bool AreOutcomesTold
    {
        get
        {
            var last = _tellings.Last(_outbox.HasEnded);
            if (_tellings.AreTold(last))
            {
                return true;
            }

            _tellings.Await(last);
            return false;
        }
    }

    private long TakeFlushes(long now, List<(IActorRef? Asker, object Reply)> answers) =>
        _flushes.Take(Buffer, IsWhole || _result is not null, _tellings, _tellings.Last(_outbox.HasEnded), now, answers);
}
