using NatsActors.Cluster.Gateway;

namespace NatsActors.Cluster.Tests.Gateway;

/// <summary>Whose turn it is.</summary>
public sealed class GatewayChoiceTests
{
    private readonly List<int> _members = [1, 2, 3];

    [Fact]
    public void Gateways_take_turns()
    {
        var choice = Choice();

        Assert.Equal([1, 2, 3, 1], Next(choice, 4));
    }

    [Fact]
    public void Publishers_begin_at_different_gateways() =>
        Assert.Equal([2, 3, 1], Next(new GatewayChoice<int>(() => _members, first: 7), 3));

    [Fact]
    public void One_that_failed_is_not_asked_while_there_is_another()
    {
        var choice = Choice();
        Next(choice, 1);

        Assert.True(choice.Failed(1));

        Assert.Equal([2, 3, 2], Next(choice, 3));
    }

    [Fact]
    public void When_all_have_failed_there_is_a_wait_and_then_the_next_one_is_asked()
    {
        var choice = Choice();
        Next(choice, 1);

        Assert.Equal([true, true, false], [choice.Failed(1), choice.Failed(2), choice.Failed(3)]);

        Assert.Equal([2, 3, 1], Next(choice, 3));
    }

    [Fact]
    public void A_confirmation_forgives_all()
    {
        var choice = Choice();
        choice.Failed(1);
        choice.Failed(2);

        choice.Proved();

        Assert.True(choice.Failed(3));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_gateway_that_leaves_is_left_although_every_other_one_has_failed(bool isStillUp)
    {
        var choice = Choice();
        Assert.Equal([1, 2, 3], Next(choice, 3));
        choice.Failed(1);
        choice.Failed(2);
        if (!isStillUp)
        {
            _members.Remove(3);
        }

        Assert.True(choice.Left(3));

        Assert.Equal([1, 2], Next(choice, 2));
    }

    [Fact]
    public void A_gateway_that_leaves_is_not_asked_again_while_there_is_another()
    {
        var choice = Choice();
        Next(choice, 1);

        Assert.True(choice.Left(1));

        Assert.Equal([2, 3, 2], Next(choice, 3));
    }

    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { 3 })]
    public void The_last_gateway_is_not_left(int[] members)
    {
        _members.Clear();
        _members.AddRange(members);

        Assert.False(Choice().Left(3));
    }

    [Fact]
    public void Members_come_and_go()
    {
        var choice = Choice();
        choice.Failed(1);
        _members.Clear();
        Assert.False(choice.TryNext(out _));
        Assert.False(choice.Failed(2));

        _members.AddRange([1, 4]);

        // The members of before are others by now.
        Assert.Equal([1, 4], Next(choice, 2));
    }

    private GatewayChoice<int> Choice() => new(() => [.. _members]);

    private static int[] Next(GatewayChoice<int> choice, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => choice.TryNext(out var next) ? next : 0)];
}
