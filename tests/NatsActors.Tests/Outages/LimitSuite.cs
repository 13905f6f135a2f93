using NatsActors.Testing;

namespace NatsActors.Tests.Outages;

/// <summary>Messages that a real server does not take, and the pace at which one gets a backlog.</summary>
public abstract class LimitSuite(IPublisherHost host)
{
    [Fact]
    public async Task A_message_that_is_too_large_for_the_server_that_comes_is_undelivered_alone()
    {
        await using var rig = await Rig.StartAsync(host, publisher: false, config: "max_payload: 1024");
        rig.Proxy.Refuse();
        await rig.StartPublisherAsync();
        await rig.SendAsync(1, 1);
        var large = rig.Publisher.PublishForOutcomeAsync(new Publish("t.large", new byte[2000]));
        await rig.SendAsync(2, 3);

        rig.Proxy.Accept();

        Assert.Equal(UndeliveredReason.TooLarge, Assert.IsType<Undelivered>((await large).Outcome).Reason);
        await rig.AssertArrivedAsync(3);
        var rejected = Assert.IsType<Rejected>(await rig.Publisher.PublishAsync(new Publish("t.large", new byte[2000])));
        Assert.Equal(RejectReason.TooLargeForServer, rejected.Reason);
    }

    [Fact]
    public async Task A_message_for_which_the_server_ends_the_link_each_time_is_given_up_and_the_rest_arrives()
    {
        // A control line that the publisher may send by the protocol's default, and this server takes for an attack.
        await using var rig = await Rig.StartAsync(host, config: "max_control_line: 512");
        await rig.Events.NextAsync<Connected>();
        await rig.SendAsync(1, 100);
        var poison = rig.Publisher.PublishForOutcomeAsync(new Publish("t." + new string('x', 1000), default));
        await rig.SendAsync(101, 200);

        Assert.Equal(UndeliveredReason.Poison, Assert.IsType<Undelivered>((await poison).Outcome).Reason);
        await rig.AssertArrivedAsync(200);
        await rig.Events.NextAsync<Reconnected>(3);
    }

    [Fact]
    public async Task A_backlog_is_sent_no_faster_than_the_replay_rate_and_in_order()
    {
        await using var rig = await Rig.StartAsync(host, publisher: false);
        rig.Proxy.Refuse();
        await rig.StartPublisherAsync(s => s with { Delivery = s.Delivery with { ReplayRate = 500 } });
        await rig.SendAsync(1, 1000);

        // The backlog leaves before the test hears of the link.
        var started = TimeProvider.System.GetTimestamp();
        rig.Proxy.Accept();
        await rig.AssertArrivedAsync(1000);

        // Two seconds, less the tenth of one that may go at once.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 1.7, 15);
    }
}
