namespace NatsActors.Connection;

/// <summary>
/// The waits between attempts at one server. While the range doubles from <c>min</c> to <c>max</c>, a wait is drawn evenly from zero
/// to the range (full jitter; M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015). After the first draw from the
/// whole of <c>max</c>, every wait is exactly <c>max</c>.
/// </summary>
/// <remarks>
/// That one draw spreads a fleet evenly over <c>max</c>, and exact waits keep it spread: with <c>min = max</c> each publisher asks at
/// most once in any <c>max</c>, and comes back after half of <c>max</c> on average. Drawing every wait would bring publishers
/// together by chance, ask twice as often for the same return, and leave the longest wait at <c>max</c>. A
/// draw has no lower end but the tick of the clock: there are few draws in a row, so a host that refuses at once is not asked in a loop.
/// </remarks>
internal sealed class Backoff(BackoffSettings settings, Random random)
{
    private static readonly TimeSpan LeastProof = TimeSpan.FromSeconds(1);

    /// <summary>The time after which a link has proved its server good, although it has confirmed nothing: an idle publisher's proof.</summary>
    public TimeSpan Proof => settings.Min > LeastProof ? settings.Min : LeastProof;

    /// <summary>The wait after the n-th failure in a row; n counts from 1.</summary>
    public TimeSpan After(int failures)
    {
        var range = Range(failures);
        return failures > 1 && Range(failures - 1) == settings.Max.Ticks
            ? settings.Max
            : Between(0, range);
    }

    /// <summary>
    /// The wait after a link that came up and proved nothing: the range counts from the moment at which the link came up. A server that
    /// takes connections and drops them is asked once in <c>max</c>. A server that drops all links in one moment finds them spread
    /// afterwards as they were spread before, where equal waits from that moment on would bring the whole fleet back in one moment.
    /// </summary>
    public TimeSpan AfterShortLink(int failures, TimeSpan lasted)
    {
        var range = TimeSpan.FromTicks(Range(failures));
        return lasted < range ? range - lasted : After(failures);
    }

    /// <summary>
    /// The wait after refused credentials: between half of <c>authorization</c> and the whole. Asking again soon does not help and may
    /// lock the account. The random half keeps a fleet from asking at the same moment.
    /// </summary>
    public TimeSpan AfterRefusal() => Between(settings.Authorization.Ticks / 2, settings.Authorization.Ticks);

    private long Range(int failures)
    {
        // 2^62 ticks are 14,600 years, far above every max. Further doubling would overflow.
        var doublings = Math.Clamp(failures - 1, 0, 62);
        return settings.Min.Ticks > settings.Max.Ticks >> doublings ? settings.Max.Ticks : settings.Min.Ticks << doublings;
    }

    private TimeSpan Between(long low, long high) =>
        TimeSpan.FromTicks(Math.Max(1, low) + (long)(random.NextDouble() * (high - low)));
}
