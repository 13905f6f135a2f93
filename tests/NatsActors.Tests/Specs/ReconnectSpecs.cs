using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Specs;

/// <summary>The life of links, and what it does to messages.</summary>
public class ReconnectSpecs : ActorSpec
{
    [Fact]
    public void A_link_that_is_lost_as_soon_as_it_is_up_is_told_of_in_that_order()
    {
        var events = Events<NatsEvent>();
        StartPublisher();
        using (Block("buffer"))
        {
            Links.Last.Up();
            Links.Last.Lose();
        }

        events.ExpectMsg<Connected>();
        events.ExpectMsg<Disconnected>();
    }

    [Fact]
    public void What_was_not_confirmed_leaves_again_before_everything_newer()
    {
        var link = StartConnected();
        Accept(Numbers(1, 4));
        Write(link);
        link.Confirm(2);
        link.Lose();
        Accept(Numbers(5, 6));
        var next = Redialled(link);
        next.Up();
        Serve(next);
        Assert.Equal(Numbers(1, 4), link.Payloads);
        Assert.Equal(Numbers(3, 6), next.Payloads);
        Assert.Equal((6, 2), (Status().Totals.Delivered, Status().Totals.Resent));
    }

    [Fact]
    public void Order_holds_over_many_losses_at_any_point()
    {
        var link = StartConnected();
        var random = new Random(7);
        var seen = new List<int>();
        for (var n = 1; n <= 60;)
        {
            for (var i = random.Next(4); i > 0 && n <= 60 && Status().BufferedMessages < 10; i--)
            {
                Accept($"{n++}");
            }

            if (random.Next(3) == 0)
            {
                Record(link);
                link = Reconnect(link, LinkLossKind.Timeout);
            }
            else if (link.Batches.Count > 0)
            {
                link.ConfirmAll();
                Settle();
            }
        }

        Serve(link);
        Record(link);
        Assert.Equal(Enumerable.Range(1, 60), seen.Distinct());
        Assert.Equal(60, Status().Totals.Delivered);

        // A link may repeat what an earlier one carried, and then goes on where that ended.
        void Record(FakeLink from)
        {
            var payloads = from.Payloads.Select(int.Parse).ToList();
            Assert.Equal(payloads.Order(), payloads);
            seen.AddRange(payloads);
        }
    }

    [Fact]
    public void What_an_older_link_reports_is_ignored()
    {
        var old = StartConnected();
        Accept("1", "2");
        var link = Reconnect(old);
        old.Report(new LinkConfirmed(old.Epoch, 2, null));
        old.Report(new LinkWritten(old.Epoch, 2));
        old.Report(new LinkLost(old.Epoch, LinkLossKind.Closed, "again"));
        old.Report(new LinkUp(old.Epoch, new ServerInfo()));
        Settle();
        Assert.Equal(0, Status().Totals.Delivered);
        Assert.Equal(2, Links.Count);
        Serve(link);
        Assert.Equal(2, Status().Totals.Delivered);
    }

    [Fact]
    public void An_outage_is_two_events_that_say_how_long_and_what_was_kept()
    {
        var events = Events<NatsEvent>();
        var link = StartConnected();
        Assert.Equal("nats://a:4222", events.ExpectMsg<Connected>().Server);
        Accept("1", "2");
        link.Lose(LinkLossKind.Timeout, "no PONG");
        Assert.Equal((LinkLossKind.Timeout, "no PONG"), events.ExpectMsg<Disconnected>() is var lost ? (lost.Kind, lost.Detail) : default);
        var since = Time.GetTimestamp();
        var next = Redialled(link);
        next.Lose(LinkLossKind.Unreachable);
        next = Redialled(next);
        next.Up();
        var back = events.ExpectMsg<Reconnected>();
        Assert.Equal(2, back.Messages);
        Assert.InRange((back.Outage - Time.GetElapsedTime(since)).Duration(), TimeSpan.Zero, TimeSpan.FromMilliseconds(2));
        events.ExpectNoMsg();
        var status = Status();
        Assert.Equal((1L, ConnectionState.Connected, null), (status.Reconnects, status.State, status.LinkDownFor));
        Assert.Contains("nats://a:4222", status.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public void A_backlog_leaves_at_the_replay_rate_and_what_is_accepted_meanwhile_behind_it()
    {
        const int Rate = 100;
        var settings = With(b => b with { MaxMessages = 1000 }, d => d with { ReplayRate = Rate });
        StartPublisher(settings);
        Accept(Numbers(1, 300));
        var link = Link;
        link.Up();
        Serve(link);
        Assert.InRange(link.Frames.Count, 1, Rate / 10);
        Accept("301");
        for (var tenths = 1; link.Frames.Count < 301; tenths++)
        {
            Advance(TimeSpan.FromMilliseconds(100));
            Serve(link);
            Assert.InRange(link.Frames.Count, 0, tenths * Rate / 10 >= 290 ? 301 : (Rate / 10) + (tenths * Rate / 10));
            Assert.InRange(tenths, 1, 60);
        }

        Assert.Equal(Numbers(1, 301), link.Payloads);
        Accept(Numbers(302, 600));
        Serve(link);
        Assert.Equal(Numbers(1, 600), link.Payloads);
        Assert.Equal(600, Status().Totals.Delivered);
    }

    [Fact]
    public void A_forced_reconnect_makes_a_new_link_and_loses_nothing()
    {
        var link = StartConnected();
        Accept("1", "2");
        link.Confirm(1);
        Tell(ForceReconnect.Instance);
        Assert.True(link.Closed);
        Assert.Equal(2, Links.Count);
        Link.Up();
        Serve(Link);
        Assert.Equal(["2"], Link.Payloads);
        Assert.Equal((2, 1), (Status().Totals.Delivered, Status().Reconnects));
    }

    [Fact]
    public void At_most_so_many_bytes_are_in_flight()
    {
        var link = StartConnected(With(b => b with { MaxMessages = 1000 }, connection: c => c with { MaxInFlightBytes = 4096 }));
        for (var i = 0; i < 20; i++)
        {
            Accept(new string('x', 1000));
        }

        Write(link);
        Assert.InRange(Status().InFlightBytes, 3000, 4096 + 1100);
        Serve(link);
        Assert.Equal(20, Status().Totals.Delivered);
    }
}
