namespace NatsActors.Actors;

/// <summary>The timers: each is set to the earliest time at which it has something to do.</summary>
internal sealed partial class BufferActor
{
    private static readonly TimeSpan TrimInterval = TimeSpan.FromSeconds(10);

    /// <summary>Sweeps for expired messages are at least this far apart.</summary>
    private const long SweepMilliseconds = 10;

    /// <summary>A runtime's timers take no more than 32 bits of milliseconds; one that fires early is set again.</summary>
    private const long MaxTimerMilliseconds = int.MaxValue;

    private enum TimerKey
    {
        Expiry,
        Waiting,
        Flush,
        Drain,
        Unclaimed,
        Retry,
        Replay,
        PubAcks,
        Trim,
    }

    private bool _trimming;

    private bool OnTimer(object message)
    {
        if (message is not TimerKey key)
        {
            return false;
        }

        switch (key)
        {
            case TimerKey.Expiry:
                _state.ArmedExpiry = long.MaxValue;
                Relieve();
                break;
            case TimerKey.Waiting:
                RefuseOverdue();
                break;
            case TimerKey.Flush:
                AnswerFlushes();
                break;
            case TimerKey.Drain:
                Finish(null);
                return true;
            case TimerKey.Unclaimed:
                TellUnclaimed();
                break;
            case TimerKey.Retry:
                ResendHeld();
                break;
            case TimerKey.Replay:
                Pump();
                break;
            case TimerKey.PubAcks:
                CheckPubAcks();
                break;
            case TimerKey.Trim:
                _trimming = false;
                Buffer.TrimSpares();
                ArmTrim();
                break;
        }

        ArmTimers();
        return true;
    }

    /// <summary>Sets each timer to the earliest time at which it has something to do.</summary>
    private void ArmTimers()
    {
        if (HasEnded)
        {
            return;
        }

        var now = _state.Now();
        ArmExpiry();
        if (_state.Waiting.Count > 0 && !Timers.IsTimerActive(TimerKey.Waiting))
        {
            Arm(TimerKey.Waiting, _state.Waiting.First.Deadline, now);
        }

        if (_state.Flushes.Count > 0)
        {
            Arm(TimerKey.Flush, _state.Flushes.Min(flush => flush.Deadline), now);
        }

        if (_state.Drain is { Result: null } drain)
        {
            Arm(TimerKey.Drain, drain.Deadline, now);
        }

        if (_state.Unclaimed.Count > 0 && !Timers.IsTimerActive(TimerKey.Unclaimed))
        {
            Timers.StartSingleTimer(TimerKey.Unclaimed, TimerKey.Unclaimed, UnclaimedEpisode);
        }

        if (Confirm == ConfirmMode.JetStream && !Timers.IsTimerActive(TimerKey.PubAcks))
        {
            Timers.StartPeriodicTimer(TimerKey.PubAcks, TimerKey.PubAcks, Settings.Delivery.ConfirmTimeout / 4);
        }
    }

    private void ArmExpiry()
    {
        var expiry = _state.Outbox.NextDeadline;
        if (expiry < _state.ArmedExpiry && !HasEnded)
        {
            var now = _state.Now();
            _state.ArmedExpiry = Math.Clamp(expiry, now + SweepMilliseconds, now + MaxTimerMilliseconds);
            Arm(TimerKey.Expiry, _state.ArmedExpiry, now);
        }
    }

    /// <summary>A backlog that has been sent leaves memory behind: kept for the next one, and let go of step by step when none comes.</summary>
    private void ArmTrim()
    {
        if (!_trimming && Buffer.HasExcessSpares && !HasEnded)
        {
            _trimming = true;
            Timers.StartSingleTimer(TimerKey.Trim, TimerKey.Trim, TrimInterval);
        }
    }

    private void Arm(TimerKey key, long at, long now) =>
        Timers.StartSingleTimer(key, key, TimeSpan.FromMilliseconds(Math.Clamp(at - now, 1, MaxTimerMilliseconds)));
}
