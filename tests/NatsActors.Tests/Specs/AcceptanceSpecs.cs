using Akka.Actor;
using Akka.Event;
using NatsActors.Links;
using NatsActors.Protocol;

namespace NatsActors.Specs;

/// <summary>What a publish is answered.</summary>
public class AcceptanceSpecs : ActorSpec
{
    [Fact]
    public void A_sender_of_a_large_message_hears_of_room_when_the_message_fits()
    {
        StartPublisher(With(b => b with { MaxBytes = 10_000, MaxMessages = 100 }));
        Accept(new string('a', 4_000));
        var sender = CreateProbe();
        for (var n = 0; n < 3; n++)
        {
            // Below the low watermark, and the message does not fit all the same.
            Tell(Message(new string('b', 7_000)), sender);
            Assert.Equal(BufferLimit.Bytes, sender.ExpectMsg<BufferFull>().Limit);
            Advance(TimeSpan.FromSeconds(1));
            sender.ExpectNoMsg();
        }

        Ask<Purged>(new Purge());
        sender.ExpectMsg<CapacityAvailable>();
        Tell(Message(new string('b', 7_000)), sender);
        sender.ExpectMsg<Ack>();
        // Room for a small message is told of below the watermark again.
        Tell(Message(new string('c', 4_000)), sender);
        sender.ExpectMsg<BufferFull>();
        sender.ExpectNoMsg();
    }

    [Fact]
    public void A_publish_is_acknowledged_with_its_place_in_the_order_and_its_correlation_id()
    {
        StartPublisher();
        var probe = CreateProbe();
        Tell(Message("a") with { CorrelationId = "one" }, probe);
        Tell(Message("b") with { CorrelationId = "two" }, probe);
        Assert.Equal(new Ack(1) { CorrelationId = "one" }, probe.ExpectMsg<Ack>());
        Assert.Equal(new Ack(2) { CorrelationId = "two" }, probe.ExpectMsg<Ack>());
        Assert.Equal(Publisher, probe.LastSender);
        Assert.Equal(2, Status().BufferedMessages);
    }

    [Theory]
    [InlineData("", RejectReason.BadSubject)]
    [InlineData("a b", RejectReason.BadSubject)]
    [InlineData("a.*", RejectReason.BadSubject)]
    [InlineData("a\r\nPUB b", RejectReason.BadSubject)]
    public void A_bad_subject_is_rejected_with_the_reason_and_nothing_is_kept(string subject, RejectReason reason)
    {
        StartPublisher();
        var rejected = Ask<Rejected>(Message("x", subject) with { CorrelationId = "c" });
        Assert.Equal(reason, rejected.Reason);
        Assert.Equal("c", rejected.CorrelationId);
        var totals = Status().Totals;
        Assert.Equal((0, 1, 0), (totals.Accepted, totals.Rejected, totals.Buffered));
    }

    [Fact]
    public void Bad_headers_reply_to_and_time_to_live_are_rejected_each_with_its_reason()
    {
        StartPublisher();
        Assert.Equal(RejectReason.BadHeader, Ask<Rejected>(Message("x") with { Headers = [new("a", "b\r\nc")] }).Reason);
        Assert.Equal(RejectReason.BadHeader, Ask<Rejected>(Message("x") with { Id = "a\nb" }).Reason);
        Assert.Equal(RejectReason.BadReplyTo, Ask<Rejected>(Message("x") with { ReplyTo = "a b" }).Reason);
        Assert.Equal(RejectReason.BadTimeToLive, Ask<Rejected>(Message("x") with { TimeToLive = TimeSpan.Zero }).Reason);
        Assert.Equal(4, Status().Totals.Rejected);
    }

    [Fact]
    public void What_the_server_or_the_buffer_never_takes_is_rejected()
    {
        StartConnected(info: new ServerInfo { MaxPayload = 100 });
        Assert.Equal(RejectReason.TooLargeForServer, Ask<Rejected>(Message(new string('x', 101))).Reason);
        Ask<Ack>(Message(new string('x', 100)));
    }

    [Fact]
    public void What_is_larger_than_the_whole_buffer_is_rejected()
    {
        StartPublisher(With(b => b with { MaxBytes = 4096 }));
        Assert.Equal(RejectReason.TooLargeForBuffer, Ask<Rejected>(Message(new string('x', 4096))).Reason);
    }

    [Fact]
    public void A_full_buffer_refuses_and_says_what_is_in_it_and_for_how_long_there_was_no_link()
    {
        StartPublisher();
        Accept(Numbers(1, 10));
        Advance(TimeSpan.FromMilliseconds(10));
        var full = Ask<BufferFull>(Message("x") with { CorrelationId = "c" });
        Assert.Equal(BufferLimit.Messages, full.Limit);
        Assert.Equal((10, 10), (full.Messages, full.MaxMessages));
        Assert.Equal(Status().BufferedBytes, full.Bytes);
        Assert.Equal(TimeSpan.FromMilliseconds(10), full.LinkDownFor);
        Assert.Equal("c", full.CorrelationId);
        Assert.Equal((10, 1), (Status().Totals.Accepted, Status().Totals.Refused));
    }

    [Fact]
    public void The_byte_limit_refuses_as_exactly_as_the_message_limit()
    {
        StartPublisher(With(b => b with { MaxBytes = 4096 }));
        Accept(new string('x', 2034), new string('x', 2034)); // and 14 bytes each: "PUB s 2034\r\n" and "\r\n"
        Assert.Equal(4096, Status().BufferedBytes);
        Assert.Equal(BufferLimit.Bytes, Ask<BufferFull>(Message("")).Limit);
    }

    [Fact]
    public void Everybody_who_was_refused_hears_once_when_the_buffer_is_below_its_low_watermark()
    {
        var link = StartConnected();
        Accept(Numbers(1, 10));
        var (one, two) = (CreateProbe(), CreateProbe());
        Tell(Message("x"), one);
        Tell(Message("x"), one);
        Tell(Message("x"), two);
        one.ExpectMsg<BufferFull>();
        one.ExpectMsg<BufferFull>();
        two.ExpectMsg<BufferFull>();
        Write(link);
        link.Confirm(4);
        one.ExpectNoMsg();
        link.Confirm(5);
        Assert.Equal(5, one.ExpectMsg<CapacityAvailable>().FreeMessages);
        two.ExpectMsg<CapacityAvailable>();
        Serve(link);
        one.ExpectNoMsg();
        two.ExpectNoMsg();
    }

    [Fact]
    public void The_high_watermark_and_the_overflow_are_told_once_an_episode_with_counts()
    {
        var events = Events<NatsEvent>();
        var link = StartConnected();
        events.TakeAll();
        Accept(Numbers(1, 10));
        Ask<BufferFull>(Message("x"));
        Ask<BufferFull>(Message("x"));
        Assert.Equal(9, events.ExpectMsg<HighWatermark>().Messages);
        Assert.Equal(BufferLimit.Messages, events.ExpectMsg<OverflowStarted>().Limit);
        events.ExpectNoMsg();
        Serve(link);
        Assert.Equal(2, events.ExpectMsg<OverflowEnded>().Refused);
        events.ExpectNoMsg();
    }

    [Fact]
    public void A_batch_is_accepted_as_a_prefix_and_the_refusal_says_why_the_next_was_not()
    {
        StartPublisher();
        var batch = new PublishBatch([.. Numbers(1, 12).Select(n => Message(n))]) { CorrelationId = "b" };
        var reply = Ask<BatchReply>(batch);
        Assert.Equal((10, 1L, "b"), (reply.Accepted, reply.FirstSequence, reply.CorrelationId));
        Assert.Equal(BufferLimit.Messages, Assert.IsType<BufferFull>(reply.Refusal).Limit);
        Assert.Equal((10, 2), (Status().Totals.Accepted, Status().Totals.Refused));
    }

    [Fact]
    public void A_batch_ends_at_its_first_bad_message()
    {
        StartPublisher();
        var reply = Ask<BatchReply>(new PublishBatch([Message("1"), Message("2", "b d"), Message("3")]));
        Assert.Equal(1, reply.Accepted);
        Assert.Equal(RejectReason.BadSubject, Assert.IsType<Rejected>(reply.Refusal).Reason);
        Assert.Equal(new BatchReply(0, 0, null), Ask<BatchReply>(new PublishBatch([])));
        Assert.Equal(1, Status().BufferedMessages);
    }

    [Fact]
    public void Drop_oldest_takes_the_oldest_queued_message_and_tells_its_sender()
    {
        StartPublisher(With(b => b with { Overflow = OverflowPolicy.DropOldest, MaxMessages = 2 }));
        var events = Events<NatsEvent>();
        var sender = CreateProbe();
        Tell(Message("1") with { WantsOutcome = true, CorrelationId = "first" }, sender);
        sender.ExpectMsg<Ack>();
        Accept("2", "3");
        var dropped = sender.ExpectMsg<Undelivered>();
        Assert.Equal((1, UndeliveredReason.Dropped, "first", false), (dropped.Sequence, dropped.Reason, dropped.CorrelationId, dropped.MayHaveArrived));
        Accept("4");
        Assert.Equal(2, Status().BufferedMessages);
        Link.Up();
        Serve(Link);
        Assert.Equal(["3", "4"], Link.Payloads);
        Advance(TimeSpan.FromSeconds(2));
        var told = events.TakeAll();
        Assert.Single(told.OfType<OverflowStarted>());
        Assert.Equal(2, told.OfType<OverflowEnded>().Single().Dropped);
        Assert.Equal(1, told.OfType<MessagesUndelivered>().Single().Count);
    }

    [Fact]
    public void Nothing_in_flight_is_dropped_for_a_newer_message()
    {
        StartConnected(With(b => b with { Overflow = OverflowPolicy.DropOldest, MaxMessages = 2 }));
        Accept("1", "2");
        Assert.Equal(2, Status().InFlightMessages);
        Assert.Equal(BufferLimit.Messages, Ask<BufferFull>(Message("3")).Limit);
    }

    [Fact]
    public void A_message_that_nobody_may_answer_is_published_all_the_same()
    {
        var link = StartConnected();
        Tell(Message("x"));
        Serve(link);
        Assert.Equal(["x"], link.Payloads);
        Assert.Equal(1, Status().Totals.Delivered);
    }

    [Fact]
    public void A_sender_that_died_harms_nobody()
    {
        var link = StartConnected();
        var dead = CreateProbe();
        dead.Stop();
        Accept(Numbers(1, 10));
        Tell(Message("x") with { WantsOutcome = true }, dead);
        Serve(link);
        Tell(Message("y") with { WantsOutcome = true }, dead);
        Serve(link);
        Assert.Equal(11, Status().Totals.Delivered);
    }

    [Fact]
    public void An_unknown_message_is_told_of_as_unhandled()
    {
        StartPublisher();
        var unhandled = UnhandledMessages();
        Tell("what is this");
        Child("buffer").Tell(1.5, ActorRefs.NoSender!);
        Child("connection").Tell('c', ActorRefs.NoSender!);
        Assert.Equal([1.5, 'c', "what is this"], unhandled.TakeAll().Select(each => ((UnhandledMessage)each).Message).OrderBy(m => m.GetType().Name == "String").ThenBy(m => m is char));
    }
}
