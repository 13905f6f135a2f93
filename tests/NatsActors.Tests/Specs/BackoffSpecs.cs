using NatsActors.Connection;
using NatsActors.Links;

namespace NatsActors.Specs;

/// <summary>The waits between attempts.</summary>
public class BackoffSpecs : ActorSpec
{
    private static readonly PublisherSettings Waiting =
        With(connection: c => c with { Backoff = c.Backoff with { Min = TimeSpan.FromMinutes(1), Max = TimeSpan.FromMinutes(1) } });

    [Fact]
    public void The_first_connect_is_tried_again_like_any_other_with_a_back_off_that_does_not_spin()
    {
        var events = Events<NatsEvent>();
        StartPublisher();
        for (var second = 0; second < 60; second++)
        {
            if (!Link.Closed)
            {
                Link.Lose(LinkLossKind.Unreachable, "refused");
            }

            Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(Links.Count, 4, 61);
        Assert.Equal(LinkLossKind.Unreachable, events.ExpectMsg<Disconnected>().Kind);
        events.ExpectNoMsg();
        LoseAndRedial(Link, LinkLossKind.Unreachable).Up();
        events.ExpectMsg<Connected>();
        events.ExpectNoMsg();
    }

    [Fact]
    public void A_server_that_refuses_at_once_is_asked_once_a_second()
    {
        StartPublisher();
        var asked = 0;
        for (var step = 0; step < 1000; step++)
        {
            if (Links.Count > asked)
            {
                asked = Links.Count;
                Link.Lose(LinkLossKind.Unreachable);
            }

            Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.InRange(asked, 10, 12);
    }

    [Fact]
    public void A_forced_reconnect_cuts_a_back_off_short()
    {
        StartPublisher(Waiting);
        Link.Lose(LinkLossKind.Unreachable);
        Settle();
        Assert.Equal(1, Links.Count);
        Tell(ForceReconnect.Instance);
        Assert.Equal(ConnectionState.Connecting, Status().State);
        Assert.Equal(2, Links.Count);
    }

    [Fact]
    public void A_server_that_another_publisher_got_a_link_to_is_tried_at_once_but_once_in_a_wait()
    {
        StartPublisher(Waiting);
        Link.Lose(LinkLossKind.Unreachable);
        Settle();
        PublishEvent(new Connected { Publisher = "other", Server = "nats://elsewhere:4222" });
        Assert.Equal((1, ConnectionState.Backoff), (Links.Count, Status().State));

        PublishEvent(Back("other"));
        Assert.Equal((2, ConnectionState.Connecting), (Links.Count, Status().State));
        Link.Lose(LinkLossKind.Unreachable);
        Settle();
        PublishEvent(Back("other"));
        Assert.Equal((2, ConnectionState.Backoff), (Links.Count, Status().State));

        Advance(Waiting.Connection.Backoff.Max);
        Assert.Equal(3, Links.Count);
    }

    [Fact]
    public void A_publisher_with_a_link_does_not_care_for_the_links_of_others()
    {
        var unhandled = UnhandledMessages();
        var link = StartConnected(Waiting);
        PublishEvent(Back("other"));
        Assert.Equal((1, ConnectionState.Connected, false), (Links.Count, Status().State, link.Closed));
        unhandled.ExpectNoMsg();
    }

    [Fact]
    public void Its_own_link_that_is_lost_already_is_no_news_for_a_publisher()
    {
        StartPublisher(Waiting);
        Link.Lose(LinkLossKind.Unreachable);
        Settle();
        PublishEvent(Back(Parts.Settings.Name));
        Assert.Equal((1, ConnectionState.Backoff), (Links.Count, Status().State));
    }

    [Fact]
    public void Refused_credentials_are_waited_out_although_another_publisher_got_a_link()
    {
        StartPublisher(Waiting);
        Link.Lose(LinkLossKind.Authorization);
        Settle();
        PublishEvent(Back("other"));
        Assert.Equal((1, ConnectionState.Backoff), (Links.Count, Status().State));
    }

    [Fact]
    public void A_link_of_another_publisher_is_taken_without_a_word_after_the_end()
    {
        var unhandled = UnhandledMessages();
        StartPublisher(Waiting);
        Link.Lose(LinkLossKind.Unreachable);
        using (Block("connection"))
        {
            PublishEvent(Back("other"));
            Tell(new Drain(TimeSpan.Zero));
        }

        PublishEvent(Back("other"));
        Child("connection").Tell(Back("other"), Akka.Actor.ActorRefs.NoSender);
        Settle();
        Assert.Equal(ConnectionState.Closed, Status().State);
        unhandled.ExpectNoMsg();
    }

    [Fact]
    public void An_idle_link_that_lasted_for_a_second_leaves_no_trace_of_the_failures_before_it()
    {
        StartPublisher(With(connection: c => c with { Backoff = c.Backoff with { Max = TimeSpan.FromMinutes(10) } }));
        for (var failures = 0; failures < 12; failures++)
        {
            Link.Lose(LinkLossKind.Unreachable);
            Advance(TimeSpan.FromMinutes(10));
        }

        Link.Up();
        Advance(TimeSpan.FromSeconds(1));
        Link.Lose();
        var before = Links.Count;
        Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(before + 1, Links.Count);
    }

    private static Reconnected Back(string publisher) => new()
    {
        Publisher = publisher, Server = "nats://a:4222", Outage = TimeSpan.FromSeconds(1), Messages = 0, Bytes = 0,
    };
}
