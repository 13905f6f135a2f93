namespace NatsActors.Door;

/// <summary>Milliseconds since the publisher was made: the clock of the buffer's ages, of deadlines and of outages.</summary>
/// <remarks>
/// The door reads the clock for every message. The system's time therefore comes from <see cref="Environment.TickCount64"/>: it may
/// be some milliseconds late, and takes a fraction of the time of a high-resolution timestamp, which was a fifth of an accept.
/// </remarks>
internal sealed class PublisherClock
{
    // Null for the system's time.
    private readonly TimeProvider? _time;
    private readonly long _started;
    private readonly long _ticksPerMillisecond;

    public PublisherClock(TimeProvider time)
    {
        _time = ReferenceEquals(time, TimeProvider.System) ? null : time;
        _ticksPerMillisecond = Math.Max(1, time.TimestampFrequency / 1000);
        _started = _time is null ? Environment.TickCount64 : time.GetTimestamp();
    }

    public long Now() => _time is null ? Environment.TickCount64 - _started : (_time.GetTimestamp() - _started) / _ticksPerMillisecond;

    /// <summary>The time at which a wait that starts now ends. Waits beyond 24 days count as 24 days.</summary>
    public long After(TimeSpan wait) => Now() + (long)Math.Clamp(wait.TotalMilliseconds, 0, int.MaxValue);
}
