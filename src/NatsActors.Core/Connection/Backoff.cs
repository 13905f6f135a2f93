namespace NatsActors;

/// <summary>
/// The wait after failed attempts at one server: exponential with full jitter
/// (M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015). Every wait lies between
/// <c>min / 10</c> and <c>max</c>.
/// </summary>
/// <remarks>
/// The floor departs from the paper's zero: a server that refuses at once, as one without a listener does, would else be asked
/// again in the same millisecond. It is the lower end of the range, not a clamp, so that no two waits gather at it.
/// </remarks>
internal sealed class Backoff(BackoffSettings settings, Random random)
{
    private const int FloorPart = 10;

    /// <summary>The wait after the n-th failure in a row; n counts from 1.</summary>
    public TimeSpan After(int failures)
    {
        // 2^62 ticks are 14,600 years; beyond that doubling would overflow, and max is far below.
        var doublings = Math.Clamp(failures - 1, 0, 62);
        var range = settings.Min.Ticks > settings.Max.Ticks >> doublings
            ? settings.Max.Ticks
            : settings.Min.Ticks << doublings;
        return Between(Math.Min(settings.Min.Ticks / FloorPart, range), range);
    }

    /// <summary>
    /// The wait after refused credentials: the upper half of max. Asking again soon cannot help and may lock the account; the
    /// half that is left to chance keeps a fleet from asking in step.
    /// </summary>
    public TimeSpan Longest() => Between(settings.Max.Ticks / 2, settings.Max.Ticks);

    private TimeSpan Between(long low, long high) =>
        TimeSpan.FromTicks(Math.Max(1, low) + (long)(random.NextDouble() * (high - low)));
}
