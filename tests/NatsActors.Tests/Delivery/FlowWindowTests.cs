using NatsActors.Delivery;

namespace NatsActors.Tests.Delivery;

/// <summary>What may be in flight, and how it opens again after a lost link.</summary>
public sealed class FlowWindowTests
{
    [Theory]
    [InlineData(0, 1_000)]
    [InlineData(1, 999)]
    [InlineData(999, 1)]
    [InlineData(1_000, 0)]
    [InlineData(1_500, 0)]
    public void Bytes_in_flight_are_bounded(long inFlight, long expected) =>
        Assert.Equal(expected, new FlowWindow(1_000, 10).Bytes(inFlight));

    [Theory]
    [InlineData(0, 10)]
    [InlineData(9, 1)]
    [InlineData(10, 0)]
    [InlineData(11, 0)]
    public void Messages_in_flight_are_bounded(long inFlight, long expected) =>
        Assert.Equal(expected, new FlowWindow(1_000, 10).Messages(1, inFlight));

    [Fact]
    public void After_a_lost_link_the_window_starts_at_one_and_doubles_with_each_confirmation()
    {
        var window = new FlowWindow(1_000, 10);
        window.Lost(100);
        Assert.Equal((1L, 0L), (window.Messages(50, 0), window.Messages(50, 1)));
        foreach (var expected in new long[] { 2, 4, 8, 10, 10 })
        {
            window.Confirmed();
            Assert.Equal(expected, window.Messages(50, 0));
        }

        window.Lost(60);
        Assert.Equal(1, window.Messages(50, 0));
    }

    [Fact]
    public void Behind_what_was_in_flight_the_full_window_applies()
    {
        var window = new FlowWindow(1_000, 10);
        window.Lost(100);
        Assert.Equal((1L, 10L), (window.Messages(100, 0), window.Messages(101, 0)));
        window.Lost(40);
        Assert.Equal((1L, 10L), (window.Messages(100, 0), window.Messages(101, 0)));
    }

    [Fact]
    public void A_window_without_a_bound_on_messages_stays_one()
    {
        var window = new FlowWindow(1_000, long.MaxValue / 4);
        for (var i = 0; i < 1_000; i++)
        {
            window.Confirmed();
            Assert.InRange(window.Messages(1, 5), 1, long.MaxValue);
        }

        window.Lost(10);
        for (var i = 0; i < 1_000; i++)
        {
            Assert.InRange(window.Messages(1, 0), 1, long.MaxValue);
            window.Confirmed();
        }
    }
}
