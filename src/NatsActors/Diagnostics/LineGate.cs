namespace NatsActors.Diagnostics;

/// <summary>
/// Lets the first line of a kind pass, and holds those that repeat within a pause: they are counted and written as one summary.
/// The pause doubles from 10 seconds to a minute while lines are held, and begins anew after a pause without any.
/// </summary>
internal sealed class LineGate
{
    /// <summary>The pause after the first line, in milliseconds.</summary>
    public const long FirstPause = 10_000;

    /// <summary>The longest pause between two summaries, in milliseconds.</summary>
    public const long LongestPause = 60_000;

    private long _pause;
    private long _written = long.MinValue;

    /// <summary>Lines that were held since the last one that was written.</summary>
    public long Held { get; private set; }

    /// <summary>When the next summary may be written, in milliseconds of the publisher's clock.</summary>
    public long Next => _written == long.MinValue ? long.MinValue : _written + _pause;

    /// <summary>Whether a line may be written now; a line that may not is counted.</summary>
    public bool Pass(long now)
    {
        if (Held > 0 || now < Next)
        {
            Held++;
            return false;
        }

        _written = now;
        _pause = FirstPause;
        return true;
    }

    /// <summary>Something else has just been written that says as much: the next summary waits for a pause from now.</summary>
    public void Rest(long now) => _written = now;

    /// <summary>A summary is written.</summary>
    /// <returns>How many lines it stands for, and the seconds since the last line.</returns>
    public (long Held, long Seconds) Take(long now)
    {
        var taken = (Held, (now - _written + 500) / 1000);
        Held = 0;
        _written = now;
        _pause = Math.Min(_pause * 2, LongestPause);
        return taken;
    }
}
