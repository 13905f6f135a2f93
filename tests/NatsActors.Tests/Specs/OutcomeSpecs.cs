using NatsActors.Buffer;
using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Specs;

/// <summary>How accepted messages end, by confirmation and resend.</summary>
public class OutcomeSpecs : ActorSpec
{
    private readonly Probe _sender;

    public OutcomeSpecs()
    {
        _sender = CreateProbe();
    }

    [Fact]
    public void A_fence_delivers_what_it_passed_and_only_that()
    {
        var link = StartConnected();
        Send("1", "2", "3");
        link.WrittenAll();
        _sender.ExpectNoMsg();
        link.Confirm(2);
        Assert.Equal(new Delivered(1) { CorrelationId = "1" }, _sender.ExpectMsg<Delivered>());
        Assert.Equal(new Delivered(2) { CorrelationId = "2" }, _sender.ExpectMsg<Delivered>());
        _sender.ExpectNoMsg();
        Assert.Equal((2, 1), (Status().Totals.Delivered, Status().InFlightMessages));
    }

    [Fact]
    public void Without_confirmation_a_written_message_counts_as_delivered()
    {
        var link = StartConnected(With(delivery: d => d with { Confirm = ConfirmMode.None }));
        Send("1");
        _sender.ExpectNoMsg();
        link.Written();
        Assert.Equal(1, _sender.ExpectMsg<Delivered>().Sequence);
        Assert.Equal(0, Status().BufferedMessages);
    }

    [Fact]
    public void Nobody_hears_of_outcomes_who_did_not_ask()
    {
        var link = StartConnected();
        Tell(Message("1"), _sender);
        _sender.ExpectMsg<Ack>();
        Serve(link);
        _sender.ExpectNoMsg();
    }

    [Fact]
    public void The_ledger_holds_at_every_step_of_a_message()
    {
        StartPublisher();
        Assert.Equal((0, 0, 0), Ledger());
        Send("1", "2", "3");
        Assert.Equal((3, 0, 0), Ledger());
        Link.Up();
        Assert.Equal((3, 0, 3), Ledger());
        Link.Written();
        Assert.Equal((3, 0, 3), Ledger());
        Link.Confirm(1);
        Assert.Equal((2, 1, 2), Ledger());
        Link.Lose();
        Assert.Equal((2, 1, 0), Ledger());
        Serve(Upped(Redialled(Link)));
        Assert.Equal((0, 3, 0), Ledger());
        Assert.Equal(2, Status().Totals.Resent);

        (long, long, long) Ledger()
        {
            var status = Status();
            return (status.BufferedMessages, status.Totals.Delivered, status.InFlightMessages);
        }
    }

    [Fact]
    public void With_resend_off_what_was_in_flight_is_indeterminate_and_the_rest_goes_on()
    {
        var link = StartConnected(With(delivery: d => d with { Resend = false }));
        Send("1", "2");
        link.Lose();
        Settle();
        var lostOnes = _sender.TakeAll().Cast<Undelivered>().ToList();
        Send("3");
        foreach (var sequence in new[] { 1, 2 })
        {
            var lost = lostOnes[sequence - 1];
            Assert.Equal((sequence, UndeliveredReason.Indeterminate, true), (lost.Sequence, lost.Reason, lost.MayHaveArrived));
        }

        var next = Upped(Redialled(link));
        Serve(next);
        Assert.Equal(["3"], next.Payloads);
        Assert.Equal(3, _sender.ExpectMsg<Delivered>().Sequence);
    }

    [Fact]
    public void A_denied_subject_ends_undelivered_and_the_others_are_delivered()
    {
        var link = StartConnected();
        Send("1", "2");
        Tell(Message("no", "secret") with { WantsOutcome = true }, _sender);
        _sender.ExpectMsg<Ack>();
        Send("4");
        link.WrittenAll();
        link.Confirm(4, "secret");
        var outcomes = _sender.TakeAll().Cast<Outcome>().OrderBy(outcome => outcome.Sequence).ToList();
        Assert.Equal([typeof(Delivered), typeof(Delivered), typeof(Undelivered), typeof(Delivered)], outcomes.Select(o => o.GetType()));
        var denied = (Undelivered)outcomes[2];
        Assert.Equal((UndeliveredReason.PermissionDenied, false), (denied.Reason, denied.MayHaveArrived));
    }

    [Fact]
    public void Undelivered_messages_that_nobody_claims_are_told_once_an_episode_with_counts()
    {
        var events = Events<MessagesUndelivered>();
        StartPublisher();
        Accept("1", "2", "3");
        Ask<Purged>(new Purge());
        events.ExpectNoMsg();
        Advance(TimeSpan.FromSeconds(1.1));
        var told = events.ExpectMsg<MessagesUndelivered>();
        Assert.Equal((UndeliveredReason.Purged, 3), (told.Reason, told.Count));
        events.ExpectNoMsg();
        Assert.Equal(3, Status().Totals.UndeliveredByReason[UndeliveredReason.Purged]);
    }

    [Fact]
    public void A_server_that_takes_less_ends_what_is_too_large_for_it_and_gets_the_rest_in_order()
    {
        var link = StartConnected(info: new ServerInfo { MaxPayload = 1000 });
        Send("1", new string('x', 500), "3");
        var next = LoseAndRedial(link);
        next.Up(new ServerInfo { MaxPayload = 100 });
        Serve(next);
        Assert.Equal(["1", "3"], next.Payloads);
        var outcomes = _sender.TakeAll();
        var tooLarge = Assert.Single(outcomes.OfType<Undelivered>());
        Assert.Equal((2, UndeliveredReason.TooLarge), (tooLarge.Sequence, tooLarge.Reason));
        Assert.Equal(2, outcomes.OfType<Delivered>().Count());
        Assert.Equal(RejectReason.TooLargeForServer, Ask<Rejected>(Message(new string('x', 101))).Reason);
    }

    [Theory]
    [InlineData(LinkLossKind.Closed)]
    [InlineData(LinkLossKind.ServerError)]
    public void A_message_that_kills_every_link_is_given_up_and_all_others_flow(LinkLossKind kind)
    {
        StartPublisher();
        Send("1", "2", "poison", "4", "5");
        var delivered = new List<string>();
        for (var links = 0; links < 12 && Status().BufferedMessages > 0; links++)
        {
            var link = Upped(Link);
            for (var given = 0; given < link.Batches.Count;)
            {
                given = link.Batches.Count;
                if (link.Payloads.Contains("poison"))
                {
                    link.Lose(kind);
                    break;
                }

                delivered.AddRange(link.Payloads.Except(delivered));
                link.ConfirmAll();
                Settle();
            }

            if (Status().BufferedMessages > 0)
            {
                Redialled(link);
            }
        }

        Assert.Equal(["1", "2", "4", "5"], delivered);
        var given1 = Assert.Single(_sender.TakeAll().OfType<Undelivered>());
        Assert.Equal((3, UndeliveredReason.Poison, true), (given1.Sequence, given1.Reason, given1.MayHaveArrived));
        Assert.Equal(4, Status().Totals.Delivered);
    }

    [Fact]
    public void A_silent_or_unreachable_server_makes_no_message_poison()
    {
        var link = StartConnected();
        Send("1");
        for (var i = 0; i < 6; i++)
        {
            link = Upped(LoseAndRedial(link, i % 2 == 0 ? LinkLossKind.Timeout : LinkLossKind.Local));
        }

        Serve(link);
        Assert.Equal(1, _sender.ExpectMsg<Delivered>().Sequence);
    }

    private void Send(params string[] payloads)
    {
        foreach (var payload in payloads)
        {
            Tell(Message(payload) with { WantsOutcome = true, CorrelationId = payload }, _sender);
            _sender.ExpectMsg<Ack>();
        }
    }

    private FakeLink Upped(FakeLink link)
    {
        link.Up();
        Settle();
        return link;
    }
}
