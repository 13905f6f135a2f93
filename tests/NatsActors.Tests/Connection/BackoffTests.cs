using NatsActors.Connection;

namespace NatsActors.Tests.Connection;

public sealed class BackoffTests
{
    private static readonly BackoffSettings Even = new();
    private static readonly BackoffSettings Growing = new()
    {
        Min = TimeSpan.FromMilliseconds(100), Max = TimeSpan.FromSeconds(10),
    };

    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 200)]
    [InlineData(7, 6_400)]
    [InlineData(8, 10_000)]
    public void While_the_range_grows_a_wait_is_drawn_from_zero_to_the_range(int failures, int rangeInMilliseconds)
    {
        Assert.Equal(TimeSpan.FromTicks(1), new Backoff(Growing, new Chance(0)).After(failures));
        var longest = new Backoff(Growing, new Chance(1)).After(failures);
        Assert.InRange(longest.TotalMilliseconds, rangeInMilliseconds - 0.01, rangeInMilliseconds);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(int.MaxValue)]
    public void When_the_range_has_stopped_growing_every_wait_is_exactly_max(int failures)
    {
        Assert.Equal(Growing.Max, new Backoff(Growing, new Chance(0)).After(failures));
        Assert.Equal(Growing.Max, new Backoff(Growing, new Chance(1)).After(failures));
    }

    [Fact]
    public void By_default_the_first_wait_is_drawn_and_all_others_are_max()
    {
        Assert.Equal(TimeSpan.FromTicks(1), new Backoff(Even, new Chance(0)).After(1));
        Assert.InRange(new Backoff(Even, new Chance(1)).After(1), TimeSpan.FromMilliseconds(999.9), TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), new Backoff(Even, new Chance(0)).After(2));
    }

    [Fact]
    public void The_longest_settings_do_not_overflow()
    {
        var settings = new BackoffSettings { Min = TimeSpan.FromDays(24), Max = TimeSpan.FromDays(24) };

        Assert.All(Enumerable.Range(1, 100), failures =>
            Assert.InRange(new Backoff(settings, new Chance(1)).After(failures), TimeSpan.FromDays(23.9), TimeSpan.FromDays(24)));
    }

    [Fact]
    public void A_refusal_of_credentials_has_a_wait_of_its_own_of_which_half_is_random()
    {
        Assert.Equal(TimeSpan.FromSeconds(5), new Backoff(Even, new Chance(0)).AfterRefusal());
        Assert.InRange(new Backoff(Even, new Chance(1)).AfterRefusal(), TimeSpan.FromSeconds(9.99), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void After_a_link_that_proved_nothing_the_range_counts_from_when_the_link_came_up()
    {
        var backoff = new Backoff(Growing, new Chance(0));

        Assert.Equal(TimeSpan.FromMilliseconds(70), backoff.AfterShortLink(1, TimeSpan.FromMilliseconds(30)));
        Assert.Equal(TimeSpan.FromMilliseconds(170), backoff.AfterShortLink(2, TimeSpan.FromMilliseconds(30)));
        Assert.Equal(TimeSpan.FromMilliseconds(9_970), backoff.AfterShortLink(20, TimeSpan.FromMilliseconds(30)));
        Assert.Equal(TimeSpan.FromTicks(1), backoff.AfterShortLink(1, TimeSpan.FromMilliseconds(100)));
    }

    [Theory]
    [InlineData(1, 1_000)]
    [InlineData(100, 1_000)]
    [InlineData(60_000, 60_000)]
    public void A_link_proves_its_server_good_by_lasting_for_min_and_a_second_at_least(int min, int proof)
    {
        var settings = new BackoffSettings { Min = TimeSpan.FromMilliseconds(min), Max = TimeSpan.FromMinutes(2) };

        Assert.Equal(TimeSpan.FromMilliseconds(proof), new Backoff(settings, new Chance(0)).Proof);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_thousand_publishers_return_evenly_after_a_common_outage(int failures)
    {
        const int Publishers = 1_000;
        var waits = Enumerable.Range(0, Publishers).Select(seed => new Backoff(Growing, new Random(seed)).After(failures)).ToList();

        var range = Math.Min(100 * Math.Pow(2, failures - 1), 10_000);
        var buckets = (int)Math.Ceiling(range / 10);
        var mean = (double)Publishers / buckets;
        var fullest = waits.GroupBy(wait => (int)(wait.TotalMilliseconds / 10)).Max(bucket => bucket.Count());

        // A fair scatter of n publishers over its buckets: the mean, and five standard deviations, with room for few of them.
        Assert.InRange(fullest, 1, mean + (5 * Math.Sqrt(mean)) + 3);
        Assert.InRange(waits.Average(wait => wait.TotalMilliseconds), range * 0.45, range * 0.55);
    }

    private sealed class Chance(double sample) : Random
    {
        public override double NextDouble() => Math.Min(sample, 1 - 1e-12);
    }
}
