namespace OutageLab.Load;

/// <summary>The rate of both loads, in messages a second; the page changes it.</summary>
internal sealed class LoadRate(int initial)
{
    public const int Highest = 5_000;

    private volatile int _perSecond = Math.Clamp(initial, 0, Highest);

    public int PerSecond
    {
        get => _perSecond;
        set => _perSecond = value is >= 0 and <= Highest
            ? value
            : throw new LabException($"rate: {value} is not allowed; must be 0 to {Highest} messages a second");
    }
}

/// <summary>Tells a load how many messages are due. A load that was held up does not catch up: at most a quarter of a second is due.</summary>
internal sealed class Pace(LoadRate rate, TimeProvider time)
{
    private const double LongestDue = 0.25;

    private long _last = time.GetTimestamp();
    private double _due;

    public int Take()
    {
        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(_last, now).TotalSeconds;
        _last = now;
        _due += elapsed > LongestDue ? rate.PerSecond * LongestDue : rate.PerSecond * elapsed;
        var whole = (int)_due;
        _due -= whole;
        return whole;
    }
}
