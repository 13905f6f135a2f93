using NatsActors.Connection;
using NatsActors.Links;

namespace NatsActors.Specs;

/// <summary>Servers that do not let the publisher in, and attempts that are used up.</summary>
public class RefusalSpecs : ActorSpec
{
    [Fact]
    public void Refused_credentials_are_told_once_an_outage_and_retried_after_a_wait_of_their_own()
    {
        var events = Events<AuthenticationFailed>();
        StartPublisher();
        var asked = 0;
        for (var step = 0; step < 60; step++)
        {
            if (Links.Count > asked)
            {
                asked = Links.Count;
                Link.Lose(LinkLossKind.Authorization, "Authorization Violation");
            }

            Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(asked, 5, 13);
        Assert.False(events.ExpectMsg<AuthenticationFailed>().Final);
        events.ExpectNoMsg();
    }

    [Fact]
    public void Refused_credentials_end_the_publisher_when_they_are_final()
    {
        var events = Events<NatsEvent>();
        StartPublisher(With(connection: c => c with { AuthorizationError = AuthorizationErrorPolicy.Stop }));
        var sender = CreateProbe();
        Tell(Message("1") with { WantsOutcome = true }, sender);
        sender.ExpectMsg<Ack>();
        Link.Lose(LinkLossKind.Authorization, "Authorization Violation");
        var lost = sender.ExpectMsg<Undelivered>();
        Assert.Equal((UndeliveredReason.Closed, false), (lost.Reason, lost.MayHaveArrived));
        events.ExpectMsg<Disconnected>();
        Assert.True(events.ExpectMsg<AuthenticationFailed>().Final);
        Assert.Contains("credentials", events.ExpectMsg<Closed>().Cause, StringComparison.Ordinal);
        Assert.Equal(RejectReason.Closed, Ask<Rejected>(Message("2")).Reason);
        Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((1, ConnectionState.Closed), (Links.Count, Status().State));
    }

    [Fact]
    public void A_TLS_failure_is_told_once_an_outage_also_when_the_outage_began_otherwise()
    {
        var events = Events<TlsFailed>();
        var link = LoseAndRedial(StartConnected());
        link = LoseAndRedial(link, LinkLossKind.Tls);
        Assert.Equal("nats://a:4222", events.ExpectMsg<TlsFailed>().Server);
        link = LoseAndRedial(link, LinkLossKind.Tls);
        events.ExpectNoMsg();
        link.Up();
        Settle();
        LoseAndRedial(link, LinkLossKind.Tls);
        events.ExpectMsg<TlsFailed>();
        events.ExpectNoMsg();
    }

    [Fact]
    public void Used_up_attempts_end_the_publisher_with_an_outcome_for_everything()
    {
        StartPublisher(With(connection: c => c with { Backoff = c.Backoff with { MaxAttempts = 3 } }));
        var sender = CreateProbe();
        Tell(Message("1") with { WantsOutcome = true }, sender);
        sender.ExpectMsg<Ack>();
        for (var i = 0; i < 3; i++)
        {
            var link = Link;
            link.Lose(LinkLossKind.Unreachable);
            if (i < 2)
            {
                Redialled(link);
            }
        }

        Assert.Equal(UndeliveredReason.Closed, sender.ExpectMsg<Undelivered>().Reason);
        Assert.Equal(ConnectionState.Closed, Status().State);
        Assert.Equal(3, Links.Count);
        Assert.Equal(1, Ask<Drained>(new Drain(TimeSpan.FromSeconds(1))).Totals.Undelivered);
    }
}
