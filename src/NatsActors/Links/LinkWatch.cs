namespace NatsActors.Links;

/// <summary>
/// The timer of a link. It ends a link that waits without progress, and sends a PING on a silent link. Progress is a PONG, a PubAck,
/// or a piece of a large batch that the socket has taken, except the last piece. A server's own PINGs, and the answers to them, are no
/// progress, because a server that only pings would live forever. Small batches are no progress either, because the system's
/// socket buffer takes them even if the server reads nothing.
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
    /// <param name="confirmTimeout">The longest wait without progress.</param>
    /// <param name="pingInterval">The longest silence.</param>
    /// <param name="answersOpen">Whether something is being sent or a fence is open.</param>
    /// <param name="probe">Asks for a PING. Called once a silence.</param>
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

    /// <summary>The timer does not look until the scope ends: for the timer, the start of a wait and <see cref="Waiting"/> are one step.</summary>
    public Lock.Scope Hold() => _gate.EnterScope();

    /// <summary>The link starts to wait for an answer. The clock starts, unless older fences are open.</summary>
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
            // Most waits end within a millisecond, so the timer is only pulled forward, at most once in a confirm-timeout.
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

    /// <summary>The last open answer came, and the link is idle.</summary>
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
            // The reader's call of this method can cross the writer's call of Waiting, so the open answers decide.
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
        // Timers round down to whole milliseconds. A timer that fires early would only be set again for the rest.
        due += TimeSpan.FromMilliseconds(due.Ticks % TimeSpan.TicksPerMillisecond == 0 ? 0 : 1);
        _armedFrom = now;
        _armedFor = due;
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }
}
