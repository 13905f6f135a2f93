using Akka.Actor;
using NatsActors.Cluster.Tests.Gateway;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Sharding;

/// <summary>A shard moves: its publishers have ended before the next node starts theirs, and what they could not send is reported.</summary>
public sealed class HandOffTests : ShardStage
{
    // Long enough to send in it, also on a busy machine.
    private TimeSpan _handOffTime = TimeSpan.FromSeconds(8);

    private protected override void Change(ShardedPublisherOptions options) => options.HandOffTime = _handOffTime;

    [Fact]
    public async Task A_node_that_leaves_sends_what_it_has_and_the_next_one_goes_on_in_order()
    {
        var nodes = await StartAsync("nats", "nats", "");
        var number = 0;
        var stop = false;
        var publishing = Task.Run(async () =>
        {
            while (!Volatile.Read(ref stop))
            {
                await nodes[2].AckAsync("a", Message(++number));
            }
        });
        await NumbersAsync(50);
        var (from, to) = nodes[0].Keys.Count == 1 ? (nodes[0], nodes[1]) : (nodes[1], nodes[0]);
        await from.LeaveAsync();
        await Until.TrueAsync(() => to.Keys.Count == 1, Patience);
        var moved = Volatile.Read(ref number);
        await Until.TrueAsync(() => Volatile.Read(ref number) > moved + 50, Patience);
        Volatile.Write(ref stop, true);
        await publishing;

        Assert.Equal(Enumerable.Range(1, number), await FirstArrivalsAsync(number));
    }

    [Fact]
    public async Task What_cannot_be_sent_within_the_hand_off_time_is_told_to_its_sender()
    {
        _handOffTime = TimeSpan.FromSeconds(1);
        var nodes = await StartAsync("nats", "nats", "");
        await nodes[2].AckAsync("a", Message(1));
        await NumbersAsync(1);
        await LinkDownAsync();
        await using var sender = new Sender(nodes[2].Node.System);
        sender.Publish(nodes[2].Region, "a", Message(2) with { WantsOutcome = true });
        await sender.NextAsync<Ack>();
        var (from, to) = nodes[0].Keys.Count == 1 ? (nodes[0], nodes[1]) : (nodes[1], nodes[0]);
        var leaving = from.LeaveAsync();

        var outcome = await sender.NextAsync<Undelivered>();
        Assert.Equal((UndeliveredReason.Closed, "2"), (outcome.Reason, outcome.CorrelationId));
        await leaving;
        Proxy.Accept();
        await nodes[2].AckAsync("a", Message(3));
        Assert.Equal([1, 3], await FirstArrivalsAsync(2));
        Assert.Equal(["a"], to.Keys);
    }

    [Fact]
    public async Task The_last_node_that_leaves_sends_what_it_has()
    {
        var nodes = await StartAsync("nats");
        await nodes[0].AckAsync("a", Message(1));
        await LinkDownAsync();
        await nodes[0].AckAsync("a", Message(2));
        var leaving = nodes[0].LeaveAsync();
        Proxy.Accept();
        await leaving;
        Assert.Equal([1, 2], await FirstArrivalsAsync(2));
    }

    [Fact]
    public async Task The_publishers_of_a_node_that_was_downed_end_at_once_and_report_what_they_had()
    {
        var nodes = await StartAsync("nats", "nats", "");
        await nodes[2].PublishAsync("a", Message(1));
        await NumbersAsync(1);
        await LinkDownAsync();
        await nodes[2].PublishAsync("a", Message(2));
        var (downed, other) = nodes[0].Keys.Count == 1 ? (nodes[0], nodes[1]) : (nodes[1], nodes[0]);
        using var inbox = Inbox.Create(downed.Node.System);
        downed.Node.System.EventStream.Subscribe(inbox.Receiver, typeof(MessagesUndelivered));
        other.Node.Cluster.Down(downed.Node.Address);

        var undelivered = Assert.IsType<MessagesUndelivered>(await inbox.ReceiveAsync(Patience));
        Assert.Equal((UndeliveredReason.Closed, 1L), (undelivered.Reason, undelivered.Count));
        await Until.TrueAsync(() => downed.Keys.Count == 0, Patience);
        Proxy.Accept();
        // Told again until it has its Ack, so a subscriber may see it twice.
        await nodes[2].AckAsync("a", Message(3));
        Assert.Equal([1, 3], await FirstArrivalsAsync(2));
    }
}
