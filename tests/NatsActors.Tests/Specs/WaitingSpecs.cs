
namespace NatsActors.Specs;

/// <summary>Overflow <c>wait</c>: the reply is held until there is room.</summary>
public class WaitingSpecs : ActorSpec
{
    [Fact]
    public void An_empty_batch_does_not_wait()
    {
        StartPublisher(With(b => b with { Overflow = OverflowPolicy.Wait, MaxMessages = 1 }));
        var (waiting, sender) = (CreateProbe(), CreateProbe());
        Accept("1");
        Tell(Message("2"), waiting);
        Tell(new PublishBatch([]), sender);
        Assert.Equal(new BatchReply(0, 0, null), sender.ExpectMsg<BatchReply>());
        waiting.ExpectNoMsg();
    }

    private static readonly PublisherSettings Waits = With(b => b with { Overflow = OverflowPolicy.Wait, MaxMessages = 2 });

    [Fact]
    public void A_publish_waits_for_room_and_keeps_its_place()
    {
        var link = StartConnected(Waits);
        Accept("1", "2");
        var probe = CreateProbe();
        Tell(Message("3") with { CorrelationId = "3" }, probe);
        Tell(Message("4") with { CorrelationId = "4" }, probe);
        probe.ExpectNoMsg();
        Assert.Equal(2, Status().Waiting);
        link.Confirm(1);
        Assert.Equal(new Ack(3) { CorrelationId = "3" }, probe.ExpectMsg<Ack>());
        probe.ExpectNoMsg();
        Serve(link);
        Assert.Equal(new Ack(4) { CorrelationId = "4" }, probe.ExpectMsg<Ack>());
        Serve(link);
        Assert.Equal(["1", "2", "3", "4"], link.Payloads);
    }

    [Fact]
    public void A_batch_of_which_others_came_between_is_refused_there_so_that_its_sequences_have_no_gap()
    {
        var link = StartConnected(Waits);
        var (probe, other) = (CreateProbe(), CreateProbe());

        // The list belongs to its caller, and is read again before the rest waits.
        Tell(new PublishBatch(new ReadAgain([Message("1"), Message("2"), Message("3")], () =>
        {
            Tell(new Flush(TimeSpan.Zero));
            Serve(link);
            Tell(Message("x"), other);
        })), probe);
        Serve(link);

        Assert.Equal(new Ack(3), other.ExpectMsg<Ack>());
        var reply = probe.ExpectMsg<BatchReply>();
        Assert.Equal((2, 1L, BufferLimit.Waiters), (reply.Accepted, reply.FirstSequence, Assert.IsType<BufferFull>(reply.Refusal).Limit));
        probe.ExpectMsg<CapacityAvailable>();
        Assert.Equal(["1", "2", "x"], link.Payloads);
        Status();
    }

    [Fact]
    public void Nobody_overtakes_those_who_wait_even_if_smaller()
    {
        var link = StartConnected(With(b => b with { Overflow = OverflowPolicy.Wait, MaxBytes = 4096 }));
        Accept(new string('1', 2100));
        var probe = CreateProbe();
        Tell(Message(new string('2', 2100)), probe);
        Tell(Message("s"), probe);
        probe.ExpectNoMsg();
        Serve(link);
        probe.ExpectMsg<Ack>();
        Serve(link);
        Assert.Equal("12s", string.Concat(link.Payloads.Select(payload => payload[0])));
    }

    [Fact]
    public void After_the_wait_timeout_the_publish_is_refused()
    {
        StartConnected(Waits);
        Accept("1", "2");
        var probe = CreateProbe();
        Tell(Message("3") with { CorrelationId = "3" }, probe);
        Advance(TimeSpan.FromSeconds(4.9));
        probe.ExpectNoMsg();
        Advance(TimeSpan.FromSeconds(0.2));
        var full = probe.ExpectMsg<BufferFull>();
        Assert.Equal((BufferLimit.WaitTimeout, "3"), (full.Limit, full.CorrelationId));
        Assert.Equal((0, 1), (Status().Waiting, Status().Totals.Refused));
    }

    [Fact]
    public void What_waits_is_bounded_in_messages_and_bytes()
    {
        StartConnected(With(b => b with
        {
            Overflow = OverflowPolicy.Wait, MaxMessages = 1, WaitMaxMessages = 2, WaitMaxBytes = 100,
        }));
        Accept("1");
        var probe = CreateProbe();
        Tell(Message(new string('x', 200)), probe);
        Assert.Equal(BufferLimit.Waiters, probe.ExpectMsg<BufferFull>().Limit);
        Tell(Message("2"), probe);
        Tell(Message("3"), probe);
        probe.ExpectNoMsg();
        Tell(Message("4"), probe);
        Assert.Equal(BufferLimit.Waiters, probe.ExpectMsg<BufferFull>().Limit);
        Assert.Equal(2, Status().Waiting);
    }

    [Fact]
    public void A_batch_enters_part_by_part_and_is_answered_once()
    {
        var link = StartConnected(Waits);
        var probe = CreateProbe();
        Tell(new PublishBatch([.. Numbers(1, 5).Select(n => Message(n))]), probe);
        probe.ExpectNoMsg();
        Serve(link);
        Assert.Equal(new BatchReply(5, 1, null), probe.ExpectMsg<BatchReply>());
        probe.ExpectNoMsg();
        Assert.Equal(Numbers(1, 5), link.Payloads);
    }

    [Fact]
    public void A_batch_whose_wait_ends_says_how_much_of_it_was_accepted()
    {
        StartPublisher(Waits);
        var probe = CreateProbe();
        Tell(new PublishBatch([.. Numbers(1, 5).Select(n => Message(n))]), probe);
        Advance(TimeSpan.FromSeconds(5.1));
        var reply = probe.ExpectMsg<BatchReply>();
        Assert.Equal(2, reply.Accepted);
        Assert.Equal(BufferLimit.WaitTimeout, Assert.IsType<BufferFull>(reply.Refusal).Limit);
        Assert.Equal((2, 3), (Status().Totals.Accepted, Status().Totals.Refused));
    }

    [Fact]
    public void A_drain_rejects_those_who_wait()
    {
        StartPublisher(Waits);
        Accept("1", "2");
        var probe = CreateProbe();
        Tell(Message("3"), probe);
        Tell(new Drain(TimeSpan.FromSeconds(1)));
        Assert.Equal(RejectReason.Draining, probe.ExpectMsg<Rejected>().Reason);
    }

    [Fact]
    public void Those_who_wait_are_served_when_others_expire()
    {
        StartPublisher(Waits);
        Ask<Ack>(Message("1") with { TimeToLive = TimeSpan.FromSeconds(1) });
        Ask<Ack>(Message("2"));
        var probe = CreateProbe();
        Tell(Message("3") with { TimeToLive = TimeSpan.FromSeconds(1), WantsOutcome = true }, probe);
        Advance(TimeSpan.FromSeconds(1.1));
        probe.ExpectMsg<Ack>();
        Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(UndeliveredReason.Expired, probe.ExpectMsg<Undelivered>().Reason);
    }

    [Fact]
    public void A_message_that_cannot_be_read_does_not_wait_and_does_not_stop_the_others()
    {
        var link = StartConnected(Waits);
        Accept("1", "2");
        var (bad, good) = (CreateProbe(), CreateProbe());

        Tell(new PublishBatch([Message("3"), Message("bad") with { Headers = new ThrowingHeaders() }]), bad);
        Tell(Message("good"), good);
        bad.ExpectNoMsg();
        Serve(link);

        // What could be read waited and was accepted; the reply says why the next was not.
        var reply = bad.ExpectMsg<BatchReply>();
        Assert.Equal((1, RejectReason.InternalError), (reply.Accepted, Assert.IsType<Rejected>(reply.Refusal).Reason));
        good.ExpectMsg<Ack>();
        Assert.Equal((4, 1), (Status().Totals.Delivered, Status().Totals.Rejected));
    }

    /// <summary>Does something when its last message is read for the second time.</summary>
    private sealed class ReadAgain(Publish[] messages, Action again) : IReadOnlyList<Publish>
    {
        private int _reads;

        public int Count => messages.Length;

        public Publish this[int index]
        {
            get
            {
                if (index == messages.Length - 1 && ++_reads == 2)
                {
                    again();
                }

                return messages[index];
            }
        }

        public IEnumerator<Publish> GetEnumerator() => ((IEnumerable<Publish>)messages).GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
