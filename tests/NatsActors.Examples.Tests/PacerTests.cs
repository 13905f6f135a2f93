using NatsActors.Pipe;
using NatsActors.Testing;

namespace NatsActors.Examples.Tests;

public sealed class PacerTests
{
    private readonly VirtualTime _time = new();

    [Theory]
    [InlineData(0.5)]
    [InlineData(3)]
    [InlineData(20_000)]
    public async Task The_average_is_the_rate(double rate)
    {
        var pacer = new Pacer(rate, _time);
        var taken = 0;
        while (_time.Elapsed < TimeSpan.FromSeconds(10))
        {
            while (pacer.TryTake())
            {
                taken++;
            }

            var waiting = pacer.WaitAsync(CancellationToken.None);
            Assert.True(_time.AdvanceToNextTimer());
            await waiting;
        }

        Assert.InRange(taken, (rate * 9.98) - 1, (rate * 10) + 1);
    }

    [Fact]
    public void A_pause_is_not_followed_by_a_flood()
    {
        var pacer = new Pacer(1000, _time);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(pacer.TryTake());

        var burst = 0;
        while (pacer.TryTake())
        {
            burst++;
        }

        Assert.InRange(burst, 50, 100);
    }
}
