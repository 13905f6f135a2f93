using NatsActors.Delivery;

namespace NatsActors.Tests.Delivery;

/// <summary>A message is to blame only when the server ended link after link with it alone in flight.</summary>
public sealed class PoisonWatchTests
{
    [Fact]
    public void A_message_alone_in_flight_is_given_up_after_the_limit()
    {
        var watch = new PoisonWatch(3);
        Assert.False(watch.Lost(5, 1, LinkLossKind.Closed));
        Assert.False(watch.Lost(5, 1, LinkLossKind.ServerError));
        Assert.True(watch.Lost(5, 1, LinkLossKind.Closed));
    }

    [Fact]
    public void With_a_limit_of_one_the_first_loss_is_the_last() =>
        Assert.True(new PoisonWatch(1).Lost(5, 1, LinkLossKind.Closed));

    [Theory]
    [InlineData(LinkLossKind.Unreachable)]
    [InlineData(LinkLossKind.Protocol)]
    [InlineData(LinkLossKind.Tls)]
    [InlineData(LinkLossKind.Authorization)]
    [InlineData(LinkLossKind.Timeout)]
    [InlineData(LinkLossKind.Local)]
    public void Other_ends_of_a_link_say_nothing_about_a_message(LinkLossKind kind)
    {
        var watch = new PoisonWatch(2);
        Assert.All(Enumerable.Range(0, 5), _ => Assert.False(watch.Lost(5, 1, kind)));
        Assert.False(watch.Lost(5, 1, LinkLossKind.Closed));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(100)]
    public void With_more_or_nothing_in_flight_nobody_is_to_blame(long inFlight)
    {
        var watch = new PoisonWatch(2);
        Assert.All(Enumerable.Range(0, 5), _ => Assert.False(watch.Lost(5, inFlight, LinkLossKind.Closed)));
        Assert.False(watch.Lost(5, 1, LinkLossKind.Closed));
    }

    [Fact]
    public void Another_message_starts_a_count_of_its_own()
    {
        var watch = new PoisonWatch(2);
        Assert.False(watch.Lost(5, 1, LinkLossKind.Closed));
        Assert.False(watch.Lost(6, 1, LinkLossKind.Closed));
        Assert.False(watch.Lost(5, 1, LinkLossKind.Closed));
        Assert.True(watch.Lost(5, 1, LinkLossKind.Closed));
    }
}
