namespace NatsActors.Testing;

/// <summary>
/// A clock that moves only by <see cref="Advance"/>, which fires the due timers in the order in which they are due, on the
/// calling thread, each with the clock standing at its due time. Thread-safe; callbacks run outside of the lock.
/// </summary>
public sealed class VirtualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly DateTimeOffset _start;
    private readonly PriorityQueue<Entry, (long Due, long Order)> _due = new();
    private long _now;
    private long _order;

    /// <summary>Starts at noon of a fixed day, or at <paramref name="start"/>.</summary>
    public VirtualTime(DateTimeOffset? start = null)
    {
        _start = start ?? new DateTimeOffset(2024, 1, 1, 12, 0, 0, TimeSpan.Zero);
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(GetTimestamp());

    /// <summary>How many timers will fire.</summary>
    public int ActiveTimers
    {
        get
        {
            lock (_lock)
            {
                return _due.UnorderedItems.Count(item => item.Element.IsCurrent);
            }
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => Volatile.Read(ref _now);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _start.AddTicks(GetTimestamp());

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock; also fires timers that callbacks start and that are due before the end.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        long end;
        lock (_lock)
        {
            end = _now + by.Ticks;
        }

        while (TakeDue(end) is { } timer)
        {
            timer.Fire();
        }

        lock (_lock)
        {
            _now = Math.Max(_now, end);
        }
    }

    /// <summary>Moves the clock to the next due timer and fires it; false when there is none.</summary>
    public bool AdvanceToNextTimer()
    {
        if (TakeDue(long.MaxValue) is not { } timer)
        {
            return false;
        }

        timer.Fire();
        return true;
    }

    private VirtualTimer? TakeDue(long end)
    {
        lock (_lock)
        {
            while (_due.TryPeek(out var entry, out var key) && key.Due <= end)
            {
                _due.Dequeue();
                if (!entry.IsCurrent)
                {
                    continue;
                }

                _now = Math.Max(_now, key.Due);
                entry.Timer.Repeat(key.Due);
                return entry.Timer;
            }

            return null;
        }
    }

    private readonly record struct Entry(VirtualTimer Timer, int Version)
    {
        public bool IsCurrent => Timer.Version == Version;
    }

    /// <summary>One timer; a change raises its version, which voids the entry that is queued for the version before.</summary>
    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;
        private bool _disposed;

        public int Version { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                if (_disposed)
                {
                    return false;
                }

                Version++;
                _period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Enqueue(time._now + dueTime.Ticks);
                }

                return true;
            }
        }

        public void Repeat(long fired)
        {
            Version++;
            if (_period > TimeSpan.Zero)
            {
                Enqueue(fired + _period.Ticks);
            }
        }

        public void Dispose()
        {
            lock (time._lock)
            {
                _disposed = true;
                Version++;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Enqueue(long due) => time._due.Enqueue(new Entry(this, Version), (due, time._order++));
    }
}
