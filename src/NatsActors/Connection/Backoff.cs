namespace NatsActors.Connection;

/// <summary>
/// The wait after failed attempts at one server: exponential with full jitter
/// (M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015). Every wait lies between
/// <c>min / 10</c> and <c>max</c>.
/// </summary>
/// <remarks>
/// The paper's lower end is zero. Here it is <c>min / 10</c>, because a host without a listener refuses at once and would be asked
/// again in the same millisecond. The wait is drawn from the range and not clamped to it, so that waits do not gather at the lower end.
/// </remarks>
internal sealed class Backoff(BackoffSettings settings, Random random)
{
    private const int FloorPart = 10;

    /// <summary>The wait after the n-th failure in a row; n counts from 1.</summary>
    public TimeSpan After(int failures)
    {
        // 2^62 ticks are 14,600 years, far above every max. Further doubling would overflow.
        var doublings = Math.Clamp(failures - 1, 0, 62);
        var range = settings.Min.Ticks > settings.Max.Ticks >> doublings
            ? settings.Max.Ticks
            : settings.Min.Ticks << doublings;
        return Between(Math.Min(settings.Min.Ticks / FloorPart, range), range);
    }

    /// <summary>
    /// The wait after refused credentials: between half of max and max. Asking again soon does not help and may lock the account. The
    /// random half keeps a fleet from asking at the same moment.
    /// </summary>
    public TimeSpan Longest() => Between(settings.Max.Ticks / 2, settings.Max.Ticks);

    private TimeSpan Between(long low, long high) =>
        TimeSpan.FromTicks(Math.Max(1, low) + (long)(random.NextDouble() * (high - low)));
}
