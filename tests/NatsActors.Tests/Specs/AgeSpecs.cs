using NatsActors.Links;

namespace NatsActors.Specs;

/// <summary>Time to live, the publisher's and a message's own.</summary>
public class AgeSpecs : ActorSpec
{
    private static readonly PublisherSettings Aging = With(b => b with { TimeToLive = TimeSpan.FromSeconds(10) });

    [Fact]
    public void A_queued_message_expires_during_an_outage_when_its_time_has_passed()
    {
        StartPublisher(Aging);
        var sender = CreateProbe();
        Tell(Message("1") with { WantsOutcome = true }, sender);
        sender.ExpectMsg<Ack>();
        Advance(TimeSpan.FromSeconds(9.9));
        sender.ExpectNoMsg();
        Advance(TimeSpan.FromSeconds(0.2));
        var expired = sender.ExpectMsg<Undelivered>();
        Assert.Equal((UndeliveredReason.Expired, false), (expired.Reason, expired.MayHaveArrived));
        Assert.Equal(1, Status().Totals.UndeliveredByReason[UndeliveredReason.Expired]);
    }

    [Fact]
    public void A_shorter_time_of_its_own_counts_and_a_longer_one_does_not()
    {
        StartPublisher(Aging);
        var sender = CreateProbe();
        Tell(Message("long") with { WantsOutcome = true, TimeToLive = TimeSpan.FromHours(1), CorrelationId = "long" }, sender);
        Tell(Message("short") with { WantsOutcome = true, TimeToLive = TimeSpan.FromSeconds(2), CorrelationId = "short" }, sender);
        sender.ExpectMsg<Ack>();
        sender.ExpectMsg<Ack>();
        Advance(TimeSpan.FromSeconds(2.1));
        Assert.Equal("short", sender.ExpectMsg<Undelivered>().CorrelationId);
        Advance(TimeSpan.FromSeconds(8.1));
        Assert.Equal("long", sender.ExpectMsg<Undelivered>().CorrelationId);
    }

    [Fact]
    public void What_is_in_flight_does_not_expire_and_what_was_in_flight_expires_in_the_outage()
    {
        var link = StartConnected(Aging);
        var sender = CreateProbe();
        Tell(Message("1") with { WantsOutcome = true }, sender);
        sender.ExpectMsg<Ack>();
        Advance(TimeSpan.FromSeconds(11));
        sender.ExpectNoMsg();
        link.Lose(LinkLossKind.Timeout);
        Advance(TimeSpan.FromMilliseconds(50));
        var expired = sender.ExpectMsg<Undelivered>();
        Assert.Equal((UndeliveredReason.Expired, true), (expired.Reason, expired.MayHaveArrived));
    }

    [Fact]
    public void What_has_expired_is_never_sent()
    {
        StartPublisher(Aging);
        Accept("old");
        Advance(TimeSpan.FromSeconds(5));
        Accept("new");
        Advance(TimeSpan.FromSeconds(5.1));
        Link.Up();
        Serve(Link);
        Assert.Equal(["new"], Link.Payloads);
    }

    [Fact]
    public void Expired_messages_make_room_and_those_who_were_refused_hear_of_it()
    {
        StartPublisher(Aging);
        Accept(Numbers(1, 10));
        var sender = CreateProbe();
        Tell(Message("x"), sender);
        sender.ExpectMsg<BufferFull>();
        Advance(TimeSpan.FromSeconds(10.1));
        sender.ExpectMsg<CapacityAvailable>();
    }

    [Fact]
    public void A_time_to_live_beyond_what_a_timer_takes_is_no_error()
    {
        var link = StartConnected();
        Ask<Ack>(Message("1") with { TimeToLive = TimeSpan.FromDays(60) });
        Ask<Ack>(Message("2") with { TimeToLive = TimeSpan.MaxValue });
        Serve(link);
        Assert.Equal(2, Status().Totals.Delivered);
        Assert.Equal(1, Links.Count);
    }

    [Fact]
    public void A_flush_ends_when_the_last_message_before_it_has_expired()
    {
        StartPublisher(Aging);
        Accept("1");
        var asker = CreateProbe();
        Tell(new Flush(TimeSpan.FromMinutes(1)), asker);
        Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal(new Flushed(true, 0), asker.ExpectMsg<Flushed>());
    }
}
