namespace NatsActors.Pipe;

/// <summary>
/// A token bucket: on average no more than the rate, and after a pause no more than a tenth of a second's worth at once, so that
/// an outage is not followed by a flood.
/// </summary>
internal sealed class Pacer
{
    private static readonly TimeSpan Depth = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(10);

    private readonly TimeProvider _time;
    private readonly double _perSecond;
    private readonly double _capacity;
    private double _tokens = 1;
    private long _filled;

    public Pacer(double perSecond, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        _time = time;
        _perSecond = perSecond;
        _capacity = Math.Max(1, perSecond * Depth.TotalSeconds);
        _filled = time.GetTimestamp();
    }

    /// <summary>Takes a token when there is one.</summary>
    public bool TryTake()
    {
        if (_tokens < 1)
        {
            Fill();
        }

        if (_tokens < 1)
        {
            return false;
        }

        _tokens--;
        return true;
    }

    /// <summary>Completes when a token has come in, and at high rates a few.</summary>
    public Task WaitAsync(CancellationToken cancellation)
    {
        var untilOne = TimeSpan.FromSeconds((1 - _tokens) / _perSecond);
        return Task.Delay(untilOne > ShortestWait ? untilOne : ShortestWait, _time, cancellation);
    }

    private void Fill()
    {
        var now = _time.GetTimestamp();
        _tokens = Math.Min(_capacity, _tokens + (_time.GetElapsedTime(_filled, now).TotalSeconds * _perSecond));
        _filled = now;
    }
}
