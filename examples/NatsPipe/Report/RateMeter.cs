namespace NatsActors.Pipe;

/// <summary>The rate of a count between two looks at it.</summary>
internal sealed class RateMeter(TimeProvider time)
{
    private long _lastCount;
    private long _lastLook = time.GetTimestamp();
    private double _perSecond;

    public double Update(long count)
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_lastLook, now).TotalSeconds;
        if (seconds > 0)
        {
            _perSecond = (count - _lastCount) / seconds;
            (_lastCount, _lastLook) = (count, now);
        }

        return _perSecond;
    }
}
