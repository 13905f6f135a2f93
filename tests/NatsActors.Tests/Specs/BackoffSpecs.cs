using NatsActors.Connection;
using NatsActors.Links;

namespace NatsActors.Specs;

/// <summary>The waits between attempts.</summary>
public class BackoffSpecs : ActorSpec
{
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
        Redialled(Links.Last);
        Link.Up();
        events.ExpectMsg<Connected>();
        events.ExpectNoMsg();
    }

    [Fact]
    public void A_server_that_refuses_at_once_is_asked_with_growing_waits()
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

        // 10 s with waits of 100 ms to 10 s at most, half of them on average, and never below 10 ms.
        Assert.InRange(asked, 3, 40);
    }

    [Fact]
    public void A_forced_reconnect_cuts_a_back_off_short()
    {
        StartPublisher(With(connection: c => c with { Backoff = c.Backoff with { Min = TimeSpan.FromMinutes(1), Max = TimeSpan.FromMinutes(1) } }));
        Link.Lose(LinkLossKind.Unreachable);
        Settle();
        Assert.Equal(1, Links.Count);
        Tell(ForceReconnect.Instance);
        Assert.Equal(ConnectionState.Connecting, Status().State);
        Assert.Equal(2, Links.Count);
    }
}
