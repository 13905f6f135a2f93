using NatsActors.Actors;
using NatsActors.Connection;
using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Specs;

/// <summary>Actors fail at any point; nothing is lost, out of order, or left without an answer.</summary>
public class SupervisionSpecs : ActorSpec
{
    [Theory]
    [InlineData("buffer")]
    [InlineData("connection")]
    public void A_crash_before_the_first_link_loses_nothing(string child)
    {
        StartPublisher();
        Accept("1", "2");
        Crash(child);
        Accept("3");
        Play();
        Assert.Equal(["1", "2", "3"], Link.Payloads);
        Assert.Equal(3, Status().Totals.Delivered);
    }

    [Theory]
    [InlineData("buffer")]
    [InlineData("connection")]
    public void A_crash_with_messages_in_flight_sends_them_again_in_order(string child)
    {
        var link = StartConnected();
        var sender = CreateProbe();
        Tell(Message("1") with { WantsOutcome = true }, sender);
        Accept("2", "3");
        Write(link);
        link.Confirm(1);
        Crash(child);
        Accept("4");
        Play();
        Assert.Equal(["2", "3", "4"], Link.Payloads);
        Assert.Equal([typeof(Ack), typeof(Delivered)], sender.TakeAll().Select(message => message.GetType()));
        Assert.Equal(4, Status().Totals.Delivered);
    }

    [Theory]
    [InlineData("buffer")]
    [InlineData("connection")]
    public void The_link_of_before_a_crash_is_closed_and_its_late_reports_are_ignored(string child)
    {
        var link = StartConnected();
        link.LostOnClose = false;
        Accept("1");
        Crash(child);
        Assert.True(link.Closed);
        link.Report(new LinkWritten(link.Epoch, 1));
        link.Report(new LinkConfirmed(link.Epoch, 1, null));
        Assert.Equal(0, Status().Totals.Delivered);
        link.Lose(LinkLossKind.Local);
        Play();
        Assert.Equal(1, Status().Totals.Delivered);
        Assert.Equal(2, Links.Count);
    }

    [Theory]
    [InlineData("buffer")]
    [InlineData("connection")]
    public void A_crash_in_the_middle_of_a_drain_does_not_end_it_nor_leave_it_without_an_answer(string child)
    {
        StartConnected();
        Accept("1", "2");
        var asker = CreateProbe();
        Tell(new Drain(TimeSpan.FromSeconds(30)), asker);
        Crash(child);
        Assert.Equal(RejectReason.Draining, Ask<Rejected>(Message("3")).Reason);
        Play();
        Assert.True(asker.ExpectMsg<Drained>().Complete);
    }

    [Fact]
    public void A_publisher_whose_actors_failed_is_dead_to_a_liveness_check_and_one_that_drained_is_not()
    {
        StartPublisher(maxRestarts: 0);
        Ask<Drained>(new Drain(TimeSpan.Zero));
        Tell(Akka.Actor.PoisonPill.Instance);
        Assert.False(Parts.HasFailed);

        StartPublisher(maxRestarts: 0);
        Crash("buffer");
        Settle();
        Assert.True(Parts.HasFailed);
        Assert.Equal(ConnectionState.Closed, Parts.Buffer.Status().State);
    }

    [Fact]
    public void The_deadline_of_a_drain_outlives_a_crash()
    {
        StartPublisher();
        Accept("1");
        var asker = CreateProbe();
        Tell(new Drain(TimeSpan.FromSeconds(5)), asker);
        Advance(TimeSpan.FromSeconds(3));
        Crash("buffer");
        Advance(TimeSpan.FromSeconds(2.1));
        Assert.Single(asker.ExpectMsg<Drained>().Undelivered);
    }

    [Fact]
    public void Those_who_wait_for_room_outlive_a_crash_with_their_deadline()
    {
        var link = StartConnected(With(b => b with { Overflow = OverflowPolicy.Wait, MaxMessages = 1, WaitTimeout = TimeSpan.FromSeconds(30) }));
        Accept("1");
        var (one, two) = (CreateProbe(), CreateProbe());
        Tell(Message("2"), one);
        Crash("buffer");
        Tell(Message("3"), two);
        Play();
        one.ExpectMsg<Ack>();
        Serve(Link);
        two.ExpectMsg<Ack>();
        Serve(Link);
        Assert.Equal(3, Status().Totals.Delivered);
        Assert.NotSame(link, Link);

        Accept("4");
        Link.Lose();
        Tell(Message("5"), one);
        Advance(TimeSpan.FromSeconds(20));
        Crash("buffer");
        Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal(BufferLimit.WaitTimeout, one.ExpectMsg<BufferFull>().Limit);
    }

    [Fact]
    public void A_flush_and_a_refusal_outlive_a_crash()
    {
        StartConnected();
        Accept(Numbers(1, 10));
        var (flusher, refused) = (CreateProbe(), CreateProbe());
        Tell(new Flush(TimeSpan.FromMinutes(1)), flusher);
        Tell(Message("x"), refused);
        refused.ExpectMsg<BufferFull>();
        Crash("buffer");
        Play();
        Assert.True(flusher.ExpectMsg<Flushed>().Completed);
        refused.ExpectMsg<CapacityAvailable>();
    }

    [Fact]
    public void A_time_to_live_outlives_a_crash()
    {
        StartPublisher(With(b => b with { TimeToLive = TimeSpan.FromSeconds(5) }));
        Accept("1");
        Crash("buffer");
        Advance(TimeSpan.FromSeconds(5.1));
        Assert.Equal(1, Status().Totals.UndeliveredByReason[UndeliveredReason.Expired]);
    }

    [Fact]
    public void A_publish_that_makes_the_actor_fail_is_answered_and_the_rest_goes_on()
    {
        StartConnected();
        Accept("1");
        var sender = CreateProbe();
        Tell(Message("bad") with { Headers = new ThrowingHeaders(), CorrelationId = "c" }, sender);
        var rejected = sender.ExpectMsg<Rejected>();
        Assert.Equal((RejectReason.InternalError, "c"), (rejected.Reason, rejected.CorrelationId));
        sender.ExpectNoMsg();
        Accept("2");
        Play();
        Assert.Equal(["1", "2"], Link.Payloads);
        Assert.Equal((2, 1), (Status().Totals.Delivered, Status().Totals.Rejected));
    }

    [Fact]
    public void A_batch_that_makes_the_actor_fail_is_answered_with_what_was_accepted()
    {
        StartConnected();
        var sender = CreateProbe();
        Tell(new PublishBatch([Message("1"), Message("2"), Message("bad") with { Headers = new ThrowingHeaders() }, Message("4")])
        {
            CorrelationId = "b",
        }, sender);
        var reply = sender.ExpectMsg<BatchReply>();
        Assert.Equal((2, 1L, "b"), (reply.Accepted, reply.FirstSequence, reply.CorrelationId));
        Assert.Equal(RejectReason.InternalError, Assert.IsType<Rejected>(reply.Refusal).Reason);
        Play();
        Assert.Equal(["1", "2"], Link.Payloads);
    }

    [Fact]
    public void A_crash_while_the_stream_is_waited_for_goes_on_with_the_same_messages()
    {
        var link = StartConnected(With(delivery: d => d with { Confirm = ConfirmMode.JetStream }));
        Accept("1", "2");
        link.Acks(new PubAck(1, null, 0, false, 503));
        Crash("buffer");
        var next = Redialled(link);
        next.Up();
        Write(next);
        Assert.Equal(["1"], next.Payloads);
        next.Store(1);
        Write(next);
        next.Store(2);
        Assert.Equal(["1", "2"], next.Payloads);
        Assert.Equal(2, Status().Totals.Stored);
    }

    [Fact]
    public void A_crash_of_the_connection_in_its_back_off_does_not_shorten_it()
    {
        StartPublisher(With(connection: c => c with { Backoff = c.Backoff with { Min = TimeSpan.FromMinutes(1), Max = TimeSpan.FromMinutes(1) } }));
        Link.Lose(LinkLossKind.Unreachable);
        for (var i = 0; i < 5; i++)
        {
            Crash("connection");
        }

        Assert.Equal((1, ConnectionState.Backoff), (Links.Count, Status().State));
        Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(2, Links.Count);
    }

    [Fact]
    public void A_crash_of_the_buffer_actor_does_not_end_the_attempt_that_is_under_way()
    {
        StartPublisher(With(connection: c => c with { Backoff = c.Backoff with { MaxAttempts = 1 } }));
        var link = Link;
        Accept("1");
        Crash("buffer");
        Assert.False(link.Closed);
        Assert.Equal((ConnectionState.Connecting, 1), (Status().State, Links.Count));
        link.Up();
        Serve(link);
        Assert.Equal((1L, 1), (Status().Totals.Delivered, Links.Count));
    }

    [Fact]
    public void A_factory_that_throws_is_a_failed_attempt_with_a_back_off()
    {
        var links = new FakeLinks { FailNextOpen = new InvalidOperationException("no sockets left") };
        StartPublisher(links: links);
        Assert.Equal(ConnectionState.Backoff, Status().State);
        Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(1, links.Count);
        Assert.Equal(ConnectionState.Connecting, Status().State);
    }

    [Fact]
    public void Crashes_at_random_points_lose_nothing_and_keep_the_order()
    {
        StartPublisher(With(b => b with { MaxMessages = 100 }));
        var random = new Random(11);
        var sender = CreateProbe();
        var (sent, delivered) = (0, new List<long>());
        for (var step = 0; step < 300; step++)
        {
            switch (random.Next(8))
            {
                case 0: Crash("buffer"); break;
                case 1: Crash("connection"); break;
                case 2: Advance(TimeSpan.FromMilliseconds(200)); break;
                case 3: Link.Up(); break;
                case 4 when Link.Batches.Count > 0: Link.ConfirmAll(); break;
                case 5: Link.Lose(LinkLossKind.Timeout); break;
                default: Tell(Message($"{++sent}") with { WantsOutcome = true }, sender); break;
            }

            Take();
        }

        for (var i = 0; i < 20 && Status().BufferedMessages > 0; i++)
        {
            Play();
        }

        Take();
        Assert.Equal(Enumerable.Range(1, sent).Select(n => (long)n), delivered);
        Assert.All(Links.Opened, link => Assert.Equal(link.Payloads.Select(int.Parse).Order(), link.Payloads.Select(int.Parse)));

        void Take() => delivered.AddRange(sender.TakeAll().OfType<Outcome>().Select(outcome => Assert.IsType<Delivered>(outcome).Sequence));
    }

    /// <summary>Lets back-offs pass, brings the last link up and plays a healthy server on it.</summary>
    private void Play()
    {
        Advance(TimeSpan.FromSeconds(11));
        Link.Up();
        Serve(Link);
    }
}
