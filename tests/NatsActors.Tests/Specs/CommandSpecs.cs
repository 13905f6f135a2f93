using Akka.Actor;
using NatsActors.Actors;
using NatsActors.Links;

namespace NatsActors.Specs;

/// <summary>Purge, flush, drain, and what is answered after the end.</summary>
public class CommandSpecs : ActorSpec
{
    [Fact]
    public void An_overflow_ends_with_the_publisher_and_Closed_is_the_last_event()
    {
        var events = Events<NatsEvent>();
        StartPublisher(With(b => b with { MaxMessages = 1 }));
        Accept("1");
        Ask<BufferFull>(Message("2"));
        Tell(new Drain(TimeSpan.Zero), CreateProbe());
        Assert.Equal([typeof(OverflowEnded), typeof(Closed)], events.TakeAll().TakeLast(2).Select(told => told.GetType()));

        Assert.Equal(RejectReason.Closed, Ask<Rejected>(Message("3")).Reason);
        events.ExpectNoMsg();
    }

    [Fact]
    public void Drains_beyond_the_bound_are_answered_at_once_and_the_others_at_the_end()
    {
        StartPublisher();
        Accept("1");
        var (first, others) = (CreateProbe(), CreateProbe());
        Tell(new Drain(TimeSpan.FromMinutes(1)), first);
        for (var i = 1; i < 10_000; i++)
        {
            Tell(new Drain(TimeSpan.FromMinutes(1)));
        }

        Tell(new Drain(TimeSpan.FromMinutes(1)), others);

        var refused = others.ExpectMsg<Drained>();
        Assert.Equal("more than 10000 commands wait for the publisher", refused.Error);
        Assert.False(refused.Complete);
        first.ExpectNoMsg();
        Advance(TimeSpan.FromMinutes(1));
        Assert.Single(first.ExpectMsg<Drained>().Undelivered);
        Assert.Null(Ask<Drained>(new Drain(TimeSpan.Zero)).Error);
    }

    [Fact]
    public void A_purge_takes_what_its_filter_covers_and_nothing_in_flight()
    {
        var link = StartConnected();
        Accept("in flight 1", "in flight 2");
        Ask<Ack>(Message("a", "orders.eu"));
        Ask<Ack>(Message("b", "orders.us"));
        Ask<Ack>(Message("c", "audit"));
        Assert.Equal(2, Status().InFlightMessages);
        Assert.Equal(1, Ask<Purged>(new Purge("orders.eu")).Count);
        Assert.Equal(1, Ask<Purged>(new Purge("orders.*")).Count);
        Assert.Equal(0, Ask<Purged>(new Purge("nothing.>")).Count);
        Serve(link);
        Assert.Equal(["in flight 1", "in flight 2", "c"], link.Payloads);
        Accept("x");
        Serve(link);
        Assert.Equal(0, Ask<Purged>(new Purge()).Count);
    }

    [Fact]
    public void A_purge_with_a_bad_filter_takes_nothing_and_says_why()
    {
        StartPublisher();
        Accept("1");
        var purged = Ask<Purged>(new Purge("a..b"));
        Assert.Equal(0, purged.Count);
        Assert.NotNull(purged.Error);
        Assert.Equal(1, Status().BufferedMessages);
    }

    [Fact]
    public void A_purge_tells_the_senders()
    {
        StartPublisher();
        var sender = CreateProbe();
        Tell(Message("1") with { WantsOutcome = true }, sender);
        sender.ExpectMsg<Ack>();
        Ask<Purged>(new Purge("s"));
        Assert.Equal(UndeliveredReason.Purged, sender.ExpectMsg<Undelivered>().Reason);
    }

    [Fact]
    public void A_flush_waits_for_what_was_accepted_before_it_and_for_nothing_else()
    {
        var link = StartConnected();
        Assert.Equal(new Flushed(true, 0), Ask<Flushed>(new Flush(TimeSpan.FromSeconds(1))));
        Accept("1", "2");
        var asker = CreateProbe();
        Tell(new Flush(TimeSpan.FromSeconds(10)), asker);
        Accept("3");
        link.Confirm(1);
        asker.ExpectNoMsg();
        link.Confirm(2);
        Assert.Equal(new Flushed(true, 0), asker.ExpectMsg<Flushed>());
    }

    [Fact]
    public void A_flush_that_takes_too_long_says_how_much_is_left_of_its_own()
    {
        StartPublisher();
        Accept("1", "2");
        var (slow, fast) = (CreateProbe(), CreateProbe());
        Tell(new Flush(TimeSpan.FromSeconds(10)), slow);
        Tell(new Flush(TimeSpan.FromSeconds(1)), fast);
        Accept("3");
        Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(new Flushed(false, 2), fast.ExpectMsg<Flushed>());
        slow.ExpectNoMsg();
        Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(new Flushed(false, 2), slow.ExpectMsg<Flushed>());
    }

    [Fact]
    public void A_drain_refuses_new_messages_sends_the_rest_and_gives_its_account()
    {
        var events = Events<NatsEvent>();
        var link = StartConnected();
        Accept("1", "2", "3");
        var asker = CreateProbe();
        Tell(new Drain(TimeSpan.FromSeconds(10)), asker);
        Assert.Equal(RejectReason.Draining, Ask<Rejected>(Message("4")).Reason);
        Assert.Equal(ConnectionState.Draining, Status().State);
        asker.ExpectNoMsg();
        Serve(link);
        var drained = asker.ExpectMsg<Drained>();
        Assert.True(drained.Complete);
        Assert.Equal((3, 3, 0), (drained.Totals.Accepted, drained.Totals.Delivered, drained.Totals.Buffered));
        Assert.True(link.Closed);
        Assert.Equal(ConnectionState.Closed, Status().State);
        var told = events.TakeAll();
        Assert.Equal(3, told.OfType<Draining>().Single().Messages);
        Assert.Null(told.OfType<Closed>().Single().Cause);
    }

    [Fact]
    public void A_drain_that_ends_before_its_wake_comes_is_told_of_all_the_same()
    {
        StartPublisher();
        var events = Events<NatsEvent>();
        Settle();
        Parts.Door.BufferActor!.Tell(BufferTimer.Flush, ActorRefs.NoSender);
        Publisher.Tell(new Drain(TimeSpan.FromSeconds(10)), ActorRefs.NoSender);
        Settle();
        Assert.Equal([typeof(Draining), typeof(Closed)], events.TakeAll().Select(static each => each.GetType()));
    }

    [Fact]
    public void A_drain_in_an_outage_ends_at_its_deadline_and_names_what_it_left_frame_by_frame()
    {
        var link = StartConnected();
        var sender = CreateProbe();
        Accept("1");
        Write(link);
        link.Lose();
        Tell(Message("2", "other") with { WantsOutcome = true }, sender);
        sender.ExpectMsg<Ack>();
        var asker = CreateProbe();
        Tell(new Drain(TimeSpan.FromSeconds(3)), asker);
        Advance(TimeSpan.FromSeconds(2.9));
        asker.ExpectNoMsg();
        Advance(TimeSpan.FromSeconds(0.2));
        var drained = asker.ExpectMsg<Drained>();
        Assert.Equal(
            [
                new UndeliveredMessage(1, "s", 12, UndeliveredReason.Indeterminate),
                new UndeliveredMessage(2, "other", 16, UndeliveredReason.Closed),
            ],
            drained.Undelivered);
        Assert.Equal(2, drained.Totals.Undelivered);
        Assert.True(drained.Totals.Balanced);
        Assert.Equal(UndeliveredReason.Closed, sender.ExpectMsg<Undelivered>().Reason);
    }

    [Fact]
    public void A_drain_in_an_outage_goes_on_when_the_link_comes_back()
    {
        StartPublisher();
        Accept("1", "2");
        var asker = CreateProbe();
        Tell(new Drain(TimeSpan.FromSeconds(30)), asker);
        Link.Lose(LinkLossKind.Unreachable);
        var link = Redialled(Link);
        link.Up();
        Settle();
        Assert.Equal(ConnectionState.Draining, Status().State);
        Serve(link);
        Assert.True(asker.ExpectMsg<Drained>().Complete);
        Assert.Equal(["1", "2"], link.Payloads);
    }

    [Fact]
    public void A_second_drain_joins_the_first_and_the_earlier_deadline_counts()
    {
        StartPublisher();
        Accept("1");
        var (one, two) = (CreateProbe(), CreateProbe());
        Tell(new Drain(TimeSpan.FromHours(1)), one);
        Tell(new Drain(TimeSpan.FromSeconds(1)), two);
        Advance(TimeSpan.FromSeconds(1.1));
        Assert.Same(one.ExpectMsg<Drained>(), two.ExpectMsg<Drained>());
    }

    [Fact]
    public void A_drain_without_time_ends_at_once()
    {
        StartConnected();
        Accept("1");
        Assert.Equal(UndeliveredReason.Indeterminate, Ask<Drained>(new Drain(TimeSpan.Zero)).Undelivered.Single().Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void After_the_end_everything_still_answers(bool crashed)
    {
        StartConnected(With(delivery: d => d with { Confirm = ConfirmMode.JetStream }));
        var first = Ask<Drained>(new Drain(TimeSpan.FromSeconds(1)));
        if (crashed)
        {
            Ask<Rejected>(Message("x") with { Subject = null! });
            Settle();
        }

        Assert.Equal(RejectReason.Closed, Ask<Rejected>(Message("x")).Reason);
        Assert.Equal(RejectReason.Closed, Assert.IsType<Rejected>(Ask<BatchReply>(new PublishBatch([Message("x")])).Refusal).Reason);
        Assert.Equal(new Flushed(true, 0), Ask<Flushed>(new Flush(TimeSpan.FromSeconds(1))));
        Assert.Equal(new Purged(0), Ask<Purged>(new Purge()));
        Assert.Same(first, Ask<Drained>(new Drain(TimeSpan.FromSeconds(1))));
        Assert.Equal(ConnectionState.Closed, Status().State);
        Tell(ForceReconnect.Instance);
        Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, Links.Count);
    }
}
