using NatsActors.Testing;

namespace NatsActors.Tests.Outages;

/// <summary>Outages as networks and servers make them: nothing is lost, and everything leaves in order.</summary>
public abstract class OutageSuite(IPublisherHost host)
{
    private const int Count = 20_000;

    [Theory]
    [InlineData("rst")]
    [InlineData("fin")]
    [InlineData("half write")]
    public async Task Cuts_in_the_middle_lose_nothing_and_keep_the_order(string kind)
    {
        await using var rig = await Rig.StartAsync(host);
        await rig.Events.NextAsync<Connected>();
        for (var round = 0; round < 5; round++)
        {
            var half = kind == "half write" ? rig.Proxy.CutAfterBytes(12_345) : Task.CompletedTask;
            var sending = rig.SendAsync((round * Count / 5) + 1, (round + 1) * Count / 5);
            await Until.TrueAsync(() => rig.Reader.Count > round * Count / 5);
            if (kind == "rst")
            {
                rig.Proxy.CutWithRst();
            }
            else if (kind == "fin")
            {
                rig.Proxy.CutWithFin();
            }

            await half;
            await sending;
            await rig.Events.NextAsync<Reconnected>(round + 1);
        }

        await rig.AssertArrivedAsync(Count);
        Assert.Equal(5, rig.Events.All.OfType<Disconnected>().Count());
    }

    [Fact]
    public async Task A_hang_ends_the_link_after_the_confirm_timeout_and_loses_nothing()
    {
        await using var rig = await Rig.StartAsync(host, s => s with
        {
            Connection = s.Connection with { ConnectTimeout = TimeSpan.FromSeconds(1) },
            Delivery = s.Delivery with { ConfirmTimeout = TimeSpan.FromSeconds(1) },
        });
        await rig.Events.NextAsync<Connected>();
        await rig.SendAsync(1, 1000);
        await rig.FlushAsync();
        // A busy machine may have lost a link before.
        var lost = rig.Events.All.OfType<Disconnected>().Count();
        var back = rig.Events.All.OfType<Reconnected>().Count();
        rig.Proxy.Hang();
        await rig.SendAsync(1001, 5000);
        Assert.Equal(LinkLossKind.Timeout, (await rig.Events.NextAsync<Disconnected>(lost + 1)).Kind);
        // The next attempt to connect hangs as well.
        await rig.Proxy.Hang(TimeSpan.FromSeconds(1.5));
        await rig.AssertArrivedAsync(5000);
        Assert.InRange((await rig.Events.NextAsync<Reconnected>(back + 1)).Outage, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Messages_wait_out_a_refusal_and_a_server_that_was_never_there()
    {
        await using var rig = await Rig.StartAsync(host, publisher: false);
        rig.Proxy.Refuse();
        await rig.StartPublisherAsync();
        await rig.SendAsync(1, 500);
        Assert.Equal(LinkLossKind.Unreachable, (await rig.Events.NextAsync<Disconnected>()).Kind);
        Assert.Equal(500, (await rig.Publisher.StatusAsync()).BufferedMessages);
        rig.Proxy.Accept();
        await rig.Events.NextAsync<Connected>();
        await rig.AssertArrivedAsync(500);

        rig.Proxy.Refuse();
        rig.Proxy.CutWithRst();
        await rig.Events.NextAsync<Disconnected>(2);
        await rig.SendAsync(501, 1000);
        rig.Proxy.Accept();
        Assert.Equal(500, (await rig.Events.NextAsync<Reconnected>()).Messages);
        await rig.AssertArrivedAsync(1000);
    }

    [Fact]
    public async Task A_server_that_is_killed_and_restarted_stores_everything_once_and_in_order()
    {
        await using var rig = await Rig.StartAsync(host, jetStream: true, publisher: false);
        await new StreamAdmin(rig.Reader).CreateAsync("T", ["t.>"]);
        await rig.StartPublisherAsync(s => s with { Delivery = s.Delivery with { Confirm = ConfirmMode.JetStream } });
        var sending = rig.SendAsync(1, 10_000);
        await Until.TrueAsync(async () => (await rig.Publisher.StatusAsync()).Totals.Stored > 1000);
        await rig.Server.KillAsync();
        await rig.Server.RestartAsync();
        await sending;
        await rig.FlushAsync();
        await using var reader = await NatsReader.ConnectAsync(rig.Server.Port);
        var stored = new List<string>();
        await foreach (var message in new StreamAdmin(reader).ReadAllAsync("T"))
        {
            stored.Add(message.Text);
        }

        Assert.Equal(Enumerable.Range(1, 10_000).Select(n => $"{n}"), stored);
        Assert.Equal(10_000, (await rig.Publisher.StatusAsync()).Totals.Stored);
    }

    [Fact]
    public async Task A_drain_during_an_outage_names_what_it_could_not_send()
    {
        await using var rig = await Rig.StartAsync(host, publisher: false);
        rig.Proxy.Refuse();
        await rig.StartPublisherAsync();
        await rig.SendAsync(1, 3);
        var outcome = rig.Publisher.PublishForOutcomeAsync(new Publish("t.x", new byte[5]));
        var drained = await rig.Publisher.DrainAsync(TimeSpan.FromMilliseconds(300));
        Assert.Equal([1L, 2, 3], drained.Undelivered.Where(left => left.Subject == "t.n").Select(left => left.Sequence));
        Assert.All(drained.Undelivered, left => Assert.Equal(UndeliveredReason.Closed, left.Reason));
        Assert.Equal(UndeliveredReason.Closed, Assert.IsType<Undelivered>((await outcome).Outcome).Reason);
        Assert.Equal(RejectReason.Closed, Assert.IsType<Rejected>(await rig.Publisher.PublishAsync(new Publish("t.x", default))).Reason);
        await rig.Events.NextAsync<Closed>();
    }

    [Fact]
    public async Task A_drain_sends_what_the_outage_held_back()
    {
        await using var rig = await Rig.StartAsync(host, publisher: false);
        rig.Proxy.Refuse();
        await rig.StartPublisherAsync();
        await rig.SendAsync(1, 2000);
        var draining = rig.Publisher.DrainAsync(TimeSpan.FromSeconds(15));
        await rig.Events.NextAsync<Draining>();
        rig.Proxy.Accept();
        Assert.True((await draining).Complete);
        await rig.Reader.WaitForAsync(2000);
        Assert.Equal(2000, (await rig.Publisher.StatusAsync()).Totals.Delivered);
    }

    [Fact]
    public async Task A_full_buffer_refuses_at_once_and_takes_again_after_the_outage()
    {
        await using var rig = await Rig.StartAsync(host, s => s with { Buffer = s.Buffer with { MaxMessages = 100 } });
        await rig.Events.NextAsync<Connected>();
        rig.Proxy.Refuse();
        rig.Proxy.CutWithRst();
        await rig.Events.NextAsync<Disconnected>();
        await rig.SendAsync(1, 100);
        var full = Assert.IsType<BufferFull>(await rig.Publisher.PublishAsync(Rig.Number(101)));
        Assert.Equal((BufferLimit.Messages, 100L), (full.Limit, full.Messages));
        Assert.NotNull(full.LinkDownFor);
        Assert.IsType<BufferFull>(await rig.Publisher.PublishAsync(Rig.Number(101)));
        await rig.Events.NextAsync<OverflowStarted>();
        rig.Proxy.Accept();
        Assert.Equal(2, (await rig.Events.NextAsync<OverflowEnded>()).Refused);
        await rig.SendAsync(101, 150);
        await rig.AssertArrivedAsync(150);
    }

    [Fact]
    public async Task Publishes_that_wait_for_room_get_it_after_the_outage()
    {
        await using var rig = await Rig.StartAsync(host, publisher: false);
        rig.Proxy.Refuse();
        await rig.StartPublisherAsync(s => s with { Buffer = s.Buffer with { MaxMessages = 10, Overflow = OverflowPolicy.Wait } });
        var replies = Enumerable.Range(1, 50).Select(n => rig.Publisher.PublishAsync(Rig.Number(n))).ToList();
        await Until.TrueAsync(async () => (await rig.Publisher.StatusAsync()).Waiting == 40);
        await Until.TrueAsync(() => replies.Count(reply => reply.IsCompleted) == 10);
        rig.Proxy.Accept();
        Assert.All(await Task.WhenAll(replies), reply => Assert.IsType<Ack>(reply));
        await rig.AssertArrivedAsync(50);
    }

    [Fact]
    public async Task Publishes_that_are_not_awaited_leave_in_the_order_of_the_calls()
    {
        await using var rig = await Rig.StartAsync(host, s => s with { Buffer = s.Buffer with { MaxMessages = 20, Overflow = OverflowPolicy.Wait } });
        var pending = new Queue<Task<PublishReply>>();
        for (var n = 1; n <= Count; n++)
        {
            pending.Enqueue(rig.Publisher.PublishAsync(Rig.Number(n)));
            if (pending.Count > 200)
            {
                Assert.IsType<Ack>(await pending.Dequeue());
            }
        }

        Assert.All(await Task.WhenAll(pending), reply => Assert.IsType<Ack>(reply));
        await rig.AssertArrivedAsync(Count);
    }

    [Fact]
    public async Task A_forced_reconnect_under_load_loses_nothing()
    {
        await using var rig = await Rig.StartAsync(host);
        await rig.Events.NextAsync<Connected>();
        var sending = rig.SendAsync(1, Count);
        for (var i = 1; i <= 3; i++)
        {
            rig.Publisher.ForceReconnect();
            await rig.Events.NextAsync<Reconnected>(i);
        }

        await sending;
        await rig.AssertArrivedAsync(Count);
    }
}
