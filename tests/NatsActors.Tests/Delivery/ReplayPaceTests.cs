using NatsActors.Delivery;

namespace NatsActors.Tests.Delivery;

public sealed class ReplayPaceTests
{
    [Fact]
    public void A_backlog_leaves_at_the_rate_and_not_faster()
    {
        var pace = new ReplayPace(1000);
        pace.Begin(nextSequence: 10_001, now: 0);
        var next = 1L;
        var now = 0L;
        while (next <= 10_000)
        {
            var allowed = Math.Min(pace.Allowance(next, now), 10_001 - next);
            pace.Took(allowed);
            next += allowed;
            Assert.True(next - 1 <= 100 + now, $"{next - 1} messages after {now} ms at 1,000 a second");
            now += (long)Math.Ceiling(pace.Wait().TotalMilliseconds);
        }

        Assert.InRange(now, 9_500, 10_100);
    }

    [Fact]
    public void What_is_accepted_after_the_backlog_is_not_paced()
    {
        var pace = new ReplayPace(10);
        pace.Begin(nextSequence: 2, now: 0);
        Assert.Equal(1, pace.Allowance(1, 0));
        pace.Took(1);
        Assert.Equal(long.MaxValue, pace.Allowance(2, 0));
    }

    [Fact]
    public void Without_a_rate_nothing_is_paced()
    {
        var pace = new ReplayPace(0);
        pace.Begin(1_000_000, 0);
        Assert.Equal(long.MaxValue, pace.Allowance(1, 0));
    }

    [Fact]
    public void A_rate_below_ten_a_second_still_moves_one_message_at_a_time()
    {
        var pace = new ReplayPace(2);
        pace.Begin(100, 0);
        Assert.Equal(1, pace.Allowance(1, 0));
        pace.Took(1);
        Assert.Equal(0, pace.Allowance(2, 0));
        Assert.Equal(TimeSpan.FromMilliseconds(500), pace.Wait());
        Assert.Equal(1, pace.Allowance(2, 500));
    }
}
