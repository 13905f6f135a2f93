using NatsActors.Connection;

namespace NatsActors.Tests.Connection;

public sealed class BackoffTests
{
    private static readonly BackoffSettings Settings = new()
    {
        Min = TimeSpan.FromMilliseconds(100), Max = TimeSpan.FromSeconds(10),
    };

    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 200)]
    [InlineData(7, 6_400)]
    [InlineData(8, 10_000)]
    [InlineData(63, 10_000)]
    [InlineData(64, 10_000)]
    [InlineData(int.MaxValue, 10_000)]
    public void A_wait_lies_between_the_floor_and_the_doubled_range(int failures, int rangeInMilliseconds)
    {
        Assert.Equal(TimeSpan.FromMilliseconds(10), new Backoff(Settings, new Chance(0)).After(failures));
        var longest = new Backoff(Settings, new Chance(1)).After(failures);
        Assert.InRange(longest.TotalMilliseconds, rangeInMilliseconds - 0.01, rangeInMilliseconds);
    }

    [Fact]
    public void The_longest_settings_do_not_overflow()
    {
        var settings = new BackoffSettings { Min = TimeSpan.FromDays(24), Max = TimeSpan.FromDays(24) };

        Assert.All(Enumerable.Range(1, 100), failures =>
            Assert.InRange(new Backoff(settings, new Chance(1)).After(failures), TimeSpan.FromDays(23.9), TimeSpan.FromDays(24)));
    }

    [Fact]
    public void A_refusal_of_credentials_waits_for_the_upper_half_of_the_longest()
    {
        Assert.Equal(TimeSpan.FromSeconds(5), new Backoff(Settings, new Chance(0)).Longest());
        Assert.InRange(new Backoff(Settings, new Chance(1)).Longest(), TimeSpan.FromSeconds(9.99), TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(20)]
    public void A_thousand_publishers_return_evenly_after_a_common_outage(int failures)
    {
        const int Publishers = 1_000;
        var waits = Enumerable.Range(0, Publishers).Select(seed => new Backoff(Settings, new Random(seed)).After(failures)).ToList();

        var range = Math.Min(100 * Math.Pow(2, failures - 1), 10_000);
        var buckets = (int)Math.Ceiling((range - 10) / 10);
        var mean = (double)Publishers / buckets;
        var fullest = waits.GroupBy(wait => (int)(wait.TotalMilliseconds / 10)).Max(bucket => bucket.Count());

        // A fair scatter of n publishers over its buckets: the mean, and five standard deviations, with room for few of them.
        Assert.InRange(fullest, 1, mean + (5 * Math.Sqrt(mean)) + 3);
        Assert.InRange(waits.Average(wait => wait.TotalMilliseconds), range * 0.45, range * 0.65);
    }

    private sealed class Chance(double sample) : Random
    {
        public override double NextDouble() => Math.Min(sample, 1 - 1e-12);
    }
}
