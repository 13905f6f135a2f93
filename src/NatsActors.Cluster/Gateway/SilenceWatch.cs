namespace NatsActors.Cluster.Gateway;

/// <summary>
/// The timer of a link to a gateway. While something is unanswered, a gateway from which nothing is heard for half of confirm-timeout gets
/// a ping, and after confirm-timeout the link is lost. Otherwise the ping comes after ping-interval. The watch looks eight times in the
/// shorter of these times, so it may be late by that much.
/// </summary>
internal sealed class SilenceWatch : IDisposable
{
    private const int Looks = 8;

    private readonly TimeProvider _time;
    private readonly TimeSpan _confirmTimeout;
    private readonly TimeSpan _pingInterval;
    private readonly Func<bool> _isUnanswered;
    private readonly Action _probe;
    private readonly Action _lost;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private long _since;
    private bool _waiting;
    private bool _probed;

    /// <param name="time">The clock.</param>
    /// <param name="confirmTimeout">The longest silence while something is unanswered.</param>
    /// <param name="pingInterval">The longest silence otherwise.</param>
    /// <param name="isUnanswered">Whether something is unanswered.</param>
    /// <param name="probe">Sends a ping.</param>
    /// <param name="lost">Called when the silence was too long.</param>
    public SilenceWatch(
        TimeProvider time, TimeSpan confirmTimeout, TimeSpan pingInterval, Func<bool> isUnanswered, Action probe, Action lost)
    {
        (_time, _confirmTimeout, _pingInterval) = (time, confirmTimeout, pingInterval);
        (_isUnanswered, _probe, _lost) = (isUnanswered, probe, lost);
        _since = time.GetTimestamp();
        var shorter = confirmTimeout < pingInterval ? confirmTimeout : pingInterval;
        var period = TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(shorter.TotalMilliseconds / Looks)));
        _timer = time.CreateTimer(static watch => ((SilenceWatch)watch!).Look(), this, period, period);
    }

    /// <summary>The gateway was heard.</summary>
    public void Heard()
    {
        lock (_gate)
        {
            _since = _time.GetTimestamp();
            _probed = false;
        }
    }

    /// <summary>The link begins to wait for an answer. The clock starts, unless the link waits already.</summary>
    public void Asked()
    {
        lock (_gate)
        {
            if (!_waiting)
            {
                _waiting = true;
                _since = _time.GetTimestamp();
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var unanswered = _isUnanswered();
        Action? act = null;
        lock (_gate)
        {
            var silent = _time.GetElapsedTime(_since);
            _waiting = unanswered;
            if (unanswered && silent >= _confirmTimeout)
            {
                act = _lost;
            }
            else if (unanswered ? !_probed && silent >= _confirmTimeout / 2 : silent >= _pingInterval)
            {
                // The wait for the answer of an idle link's ping begins with the ping.
                _since = unanswered ? _since : _time.GetTimestamp();
                _waiting = _probed = true;
                act = _probe;
            }
        }

        act?.Invoke();
    }
}
