using Akka.Actor;
using NatsActors.Door;

namespace NatsActors.Actors;

/// <summary>The timers of the buffer actor, each a message to it.</summary>
internal enum BufferTimer
{
    /// <summary>Messages have reached the end of their time to live.</summary>
    Expiry,

    /// <summary>The first who waits for room has waited for too long.</summary>
    Waiting,

    /// <summary>A flush is over.</summary>
    Flush,

    /// <summary>A drain is over.</summary>
    Drain,

    /// <summary>An episode of undelivered messages that nobody asked for is told of.</summary>
    Unclaimed,

    /// <summary>What a stream refused for now is sent again.</summary>
    Retry,

    /// <summary>The pace of a replay allows more.</summary>
    Replay,

    /// <summary>PubAcks may be overdue.</summary>
    PubAcks,

    /// <summary>The log has a summary to write.</summary>
    Journal,

    /// <summary>Spare memory is let go of.</summary>
    Trim,
}

/// <summary>Sets each timer of the buffer actor to the earliest time at which it has something to do.</summary>
internal sealed class BufferTimers(ITimerScheduler timers, GuardedBuffer buffer, PublisherParts parts)
{
    private static readonly TimeSpan TrimInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan UnclaimedEpisode = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Sweeps for expired messages are at least this far apart. With ages of their own millions of messages have a next deadline
    /// in every millisecond, and a sweep looks at all of them: a message may leave this much after its time.
    /// </summary>
    private const long SweepMilliseconds = 10;

    /// <summary>A runtime's timers take no more than 32 bits of milliseconds; one that fires early is set again.</summary>
    private const long MaxMilliseconds = int.MaxValue;

    private long _nextSweep;
    private bool _expiryFired;
    private bool _trimming;

    /// <summary>The timer that lets go of spare memory is set.</summary>
    public bool IsTrimming => _trimming;

    public void Fired(BufferTimer timer)
    {
        _expiryFired |= timer == BufferTimer.Expiry;
        _trimming &= timer != BufferTimer.Trim;
    }

    /// <summary>Ends what has expired; true when the buffer was looked at.</summary>
    public bool Sweep()
    {
        var now = parts.Clock.Now();
        if (now < _nextSweep || buffer.StartExpiry(now) is not { } expiry)
        {
            return false;
        }

        parts.Door.Run(expiry);
        _nextSweep = now + SweepMilliseconds;
        return true;
    }

    /// <param name="nextFlush">When the next flush is over.</param>
    public void Arm(long nextFlush)
    {
        var now = parts.Clock.Now();
        if (buffer.TakeExpiryToArm(_expiryFired) is { } expiry)
        {
            Arm(BufferTimer.Expiry, Math.Max(expiry, now + SweepMilliseconds), now);
        }

        _expiryFired = false;
        if (buffer.WaitDeadline() is { } waiting && !timers.IsTimerActive(BufferTimer.Waiting))
        {
            Arm(BufferTimer.Waiting, waiting, now);
        }

        if (nextFlush < long.MaxValue)
        {
            Arm(BufferTimer.Flush, nextFlush, now);
        }

        if (buffer.DrainDeadline is { } drain)
        {
            Arm(BufferTimer.Drain, drain, now);
        }

        if (parts.Settings.Delivery.Confirm == ConfirmMode.JetStream && !timers.IsTimerActive(BufferTimer.PubAcks))
        {
            timers.StartPeriodicTimer(BufferTimer.PubAcks, BufferTimer.PubAcks, parts.Settings.Delivery.ConfirmTimeout / 4);
        }
    }

    public void ArmUnclaimed()
    {
        if (buffer.TakeUnclaimedToArm())
        {
            timers.StartSingleTimer(BufferTimer.Unclaimed, BufferTimer.Unclaimed, UnclaimedEpisode);
        }
    }

    /// <summary>A backlog that has been sent leaves memory behind: kept for the next one, and let go of step by step when none comes.</summary>
    public void ArmTrim()
    {
        if (!_trimming && buffer.HasExcessSpares)
        {
            _trimming = true;
            timers.StartSingleTimer(BufferTimer.Trim, BufferTimer.Trim, TrimInterval);
        }
    }

    /// <summary>A line of the log may wait for its summary.</summary>
    public void ArmJournal()
    {
        if (parts.Journal.NextDue is var due and < long.MaxValue)
        {
            Arm(BufferTimer.Journal, due, parts.Clock.Now());
        }
    }

    private void Arm(BufferTimer key, long at, long now) =>
        timers.StartSingleTimer(key, key, TimeSpan.FromMilliseconds(Math.Clamp(at - now, 1, MaxMilliseconds)));
}
