namespace NatsActors.Wire;

/// <summary>
/// The one timer of a link: it finds a link that waits without progress, and probes one that is silent. Progress is a PONG, a
/// PubAck, or a piece of a large batch, but its last, that the socket took. A server's own PINGs (and our answers) are none, or
/// a server that only pings would live forever; nor are small batches, which the system's socket buffer takes for a server
/// that reads nothing.
/// </summary>
internal sealed class LinkWatch : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _confirmTimeout;
    private readonly TimeSpan _pingInterval;
    private readonly Func<bool> _answersOpen;
    private readonly Action _probe;
    private readonly Action _stalled;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private long _progress;
    private long _armedFrom;
    private TimeSpan _armedFor;
    private bool _waiting;

    /// <param name="time">The clock.</param>
    /// <param name="confirmTimeout">How long to wait without progress.</param>
    /// <param name="pingInterval">How long a link may be silent.</param>
    /// <param name="answersOpen">Whether something is being sent or a fence is open.</param>
    /// <param name="probe">Asks for a PING; called once a silence.</param>
    /// <param name="stalled">Called when the wait was too long.</param>
    public LinkWatch(
        TimeProvider time, TimeSpan confirmTimeout, TimeSpan pingInterval, Func<bool> answersOpen, Action probe, Action stalled)
    {
        _time = time;
        _confirmTimeout = confirmTimeout;
        _pingInterval = pingInterval;
        _answersOpen = answersOpen;
        _probe = probe;
        _stalled = stalled;
        _progress = time.GetTimestamp();
        _timer = time.CreateTimer(
            static watch => ((LinkWatch)watch!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        lock (_gate)
        {
            Arm(_progress, pingInterval);
        }
    }

    /// <summary>The link starts to wait for something; the clock starts unless older fences are open.</summary>
    public void Waiting(bool olderOpen)
    {
        lock (_gate)
        {
            if (_waiting && olderOpen)
            {
                return;
            }

            var now = _time.GetTimestamp();
            _waiting = true;
            _progress = now;
            // Most waits end within a millisecond. The timer is only pulled forward: at most once each confirm-timeout.
            if (_armedFor - _time.GetElapsedTime(_armedFrom, now) > _confirmTimeout)
            {
                Arm(now, _confirmTimeout);
            }
        }
    }

    public void Progress()
    {
        lock (_gate)
        {
            _progress = _time.GetTimestamp();
        }
    }

    /// <summary>The last open answer came: the link is idle.</summary>
    public void Idle()
    {
        lock (_gate)
        {
            _progress = _time.GetTimestamp();
            _waiting = false;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Tick()
    {
        Action? act = null;
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var silent = _time.GetElapsedTime(_progress, now);
            // The reader's "idle" can cross the writer's "waiting"; what is open in fact decides.
            _waiting = _answersOpen();
            if (_waiting && silent >= _confirmTimeout)
            {
                act = _stalled;
            }
            else if (!_waiting && silent >= _pingInterval)
            {
                act = _probe;
                _waiting = true;
                _progress = now;
                Arm(now, _confirmTimeout);
            }
            else
            {
                Arm(now, (_waiting ? _confirmTimeout : _pingInterval) - silent);
            }
        }

        act?.Invoke();
    }

    private void Arm(long now, TimeSpan due)
    {
        // Timers count whole milliseconds downwards; one that fires early would only be set again for the rest.
        due += TimeSpan.FromMilliseconds(due.Ticks % TimeSpan.TicksPerMillisecond == 0 ? 0 : 1);
        _armedFrom = now;
        _armedFor = due;
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }
}
