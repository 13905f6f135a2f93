namespace NatsActors.Specs;

/// <summary>The life of links, and what it does to messages.</summary>
public class ReconnectSpecs : ActorSpec
{
    [Fact]
    public void A_server_without_headers_is_left_alone_while_messages_have_them()
    {
        var events = Events<NatsEvent>();
        StartPublisher();
        Ask<Ack>(Message("1") with { Headers = [new("Kind", "a")] });
        var old = Link;
        old.Up(new ServerInfo { Headers = false });
        Settle();
        var disconnected = events.ExpectMsg<Disconnected>();
        Assert.Equal(LinkLossKind.Protocol, disconnected.Kind);
        Assert.Contains("does not support headers", disconnected.Detail, StringComparison.Ordinal);
        Assert.True(old.Closed);
        Assert.Empty(old.Frames);
        var next = Redialled(old);
        next.Up();
        Serve(next);
        events.ExpectMsg<Connected>();
        Assert.Equal(1, Status().Totals.Delivered);
    }

    [Fact]
    public void A_server_without_headers_cannot_store()
    {
        StartPublisher(With(delivery: d => d with { Confirm = ConfirmMode.JetStream }));
        Link.Up(new ServerInfo { Headers = false });
        Assert.NotEqual(ConnectionState.Connected, Status().State);
        Assert.Contains("does not support headers", Status().LastError, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_without_headers_takes_messages_without_them_and_others_are_rejected()
    {
        var link = StartConnected(info: new ServerInfo { Headers = false });
        Accept("1");
        Assert.Equal(RejectReason.BadHeader, Ask<Rejected>(Message("2") with { Headers = [new("Kind", "a")] }).Reason);
        Assert.Equal(RejectReason.BadHeader, Ask<Rejected>(Message("3") with { Id = "a" }).Reason);
        Serve(link);
        Assert.Equal(1, Status().Totals.Delivered);
        var next = Reconnect(link);
        Ask<Ack>(Message("4") with { Id = "a" });
        Serve(next);
        Assert.Equal(["4"], next.Payloads);
    }

    [Fact]
    public void A_link_that_is_lost_as_soon_as_it_is_up_is_told_of_in_that_order()
    {
        var events = Events<NatsEvent>();
        StartPublisher();
        using (Block(Child(Publisher, "buffer")))
        {
            Links.Last.Up();
            Links.Last.Lose();
        }

        events.ExpectMsg<Connected>();
        events.ExpectMsg<Disconnected>();
    }

    private static readonly PublisherSettings TwoServers =
        With(connection: c => c with { Servers = ["nats://a:4222", "nats://b:4222"] });

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
    public void Another_server_is_tried_at_once()
    {
        StartPublisher(TwoServers);
        Assert.Equal("a", Link.Request.Server.Host);
        Link.Lose(LinkLossKind.Unreachable);
        Assert.Equal("b", Link.Request.Server.Host);
        Link.Lose(LinkLossKind.Unreachable);
        Assert.Equal(2, Links.Count);
        Settle();
        Assert.Equal(ConnectionState.Backoff, Status().State);
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
    public void Refused_credentials_are_told_once_an_outage_and_retried_with_the_longest_back_off()
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

    [Fact]
    public void A_lame_duck_confirms_what_is_in_flight_and_the_rest_moves_to_another_server()
    {
        var events = Events<LameDuck>();
        var link = StartConnected(TwoServers);
        Accept("1", "2");
        Write(link);
        link.Info(new ServerInfo { LameDuck = true });
        link.Info(new ServerInfo { LameDuck = true });
        Settle();
        Accept("3");
        Assert.False(link.Closed);
        Assert.Equal(["1", "2"], link.Payloads);
        link.Confirm(2);
        Settle();
        Assert.True(link.Closed);
        Assert.Equal("b", Link.Request.Server.Host);
        Link.Up();
        Serve(Link);
        Assert.Equal(["3"], Link.Payloads);
        Assert.Equal((3, 0), (Status().Totals.Delivered, Status().Totals.Resent));
        events.ExpectMsg<LameDuck>();
        events.ExpectNoMsg();
    }

    [Fact]
    public void A_lame_duck_that_is_the_only_server_is_used_to_its_end_and_told_of_once()
    {
        var events = Events<LameDuck>();
        var link = StartConnected();
        link.Info(new ServerInfo { LameDuck = true });
        link.Info(new ServerInfo { LameDuck = true });
        Accept("1");
        Serve(link);
        Assert.False(link.Closed);
        Assert.Equal(1, Status().Totals.Delivered);
        events.ExpectMsg<LameDuck>();
        events.ExpectNoMsg();
    }

    [Fact]
    public void Announced_servers_are_told_once_and_tried()
    {
        var events = Events<ServersDiscovered>();
        var link = StartConnected(info: new ServerInfo { ConnectUrls = ["a:4222", "c:4222"] });
        Assert.Equal(["nats://c:4222"], events.ExpectMsg<ServersDiscovered>().Servers);
        link.Info(new ServerInfo { ConnectUrls = ["a:4222", "c:4222"] });
        events.ExpectNoMsg();
        link.Lose();
        Assert.Equal("c", Link.Request.Server.Host);
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
