using NatsActors.Protocol;

namespace NatsActors.Specs;

/// <summary>Atomic batches: accepted, sent and ended as one message.</summary>
public class AtomicBatchSpecs : AtomicBatchSpec
{
    [Fact]
    public void All_messages_leave_in_one_piece_and_the_last_alone_is_answered()
    {
        var link = StartConnected(Streams, Server);
        Accepted(Batch("1", "2", "3"));
        var frames = link.Frames;
        Assert.Equal(["1", "2", "3"], link.Payloads);
        Assert.Equal(["1", "2", "3"], frames.Select(frame => Header(frame, "Nats-Batch-Sequence")));
        Assert.Equal([null, null, "1"], frames.Select(frame => Header(frame, "Nats-Batch-Commit")));
        Assert.Equal([null, null, $"{link.Request.AckInbox}.1"], frames.Select(frame => frame.ReplyTo));
        Assert.Single(frames.Select(frame => Header(frame, "Nats-Batch-Id")).Distinct());
        Assert.Equal(3, frames.Select(frame => Header(frame, "Nats-Msg-Id")).Distinct().Count());
        Assert.InRange(Header(frames[0], "Nats-Batch-Id")!.Length, 1, 64);

        link.Acks(new PubAck(1, "S", 30, false));
        Assert.Equal(new Stored(1, "S", 30, false) { CorrelationId = "batch" }, Sender.ExpectMsg<Stored>());
        Sender.ExpectNoMsg();
    }

    [Fact]
    public void The_ids_of_the_caller_stay()
    {
        var link = StartConnected(Streams, Server);
        var batch = Batch("1", "2", "3");
        Accepted(batch with
        {
            Messages =
            [
                batch.Messages[0] with { Id = "a" },
                batch.Messages[1].WithHeaders([new("Nats-Msg-Id", "b"), new("X", "y")]),
                batch.Messages[2] with { Id = "c" },
            ],
        });
        Assert.Equal(["a", "b", "c"], link.Frames.Select(frame => Header(frame, "Nats-Msg-Id")));
        Assert.Equal("y", Header(link.Frames[1], "X"));
    }

    [Fact]
    public void A_batch_counts_as_one_message_with_the_bytes_of_all_its_frames()
    {
        var link = StartConnected(Streams, Server);
        Accepted(Batch("1", "2", "3"));
        var status = Status();
        Assert.Equal((1, 1), (status.BufferedMessages, status.Totals.Accepted));
        Assert.Equal(link.Batches.Sum(batch => batch.Frames.Length), status.BufferedBytes);
        link.Store(1);
        Assert.Equal((0, 0, 1), (Status().BufferedMessages, Status().BufferedBytes, Status().Totals.Stored));
    }

    [Theory]
    [InlineData(400, 10174, "atomic publish is disabled")]
    [InlineData(400, 10177, "atomic publish unsupported header used: X")]
    [InlineData(400, 10199, "atomic publish batch is too large: 10")]
    public void What_cannot_pass_ends_the_batch_at_once_in_the_servers_words(int code, int error, string words)
    {
        var link = StartConnected(Streams, Server);
        Accepted(Batch("1", "2"));
        link.Acks(new PubAck(1, null, 0, false, code, error, words, "S"));
        var refused = Sender.ExpectMsg<Undelivered>();
        Assert.Equal(UndeliveredReason.NotStored, refused.Reason);
        Assert.Contains(words, refused.Detail, StringComparison.Ordinal);
        Assert.Equal(2, link.Frames.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void The_number_of_messages_has_bounds(int count)
    {
        StartConnected(Streams, Server);
        Assert.Contains($"this one has {count}", Rejected(Batch(Numbers(1, count)), RejectReason.BadBatch).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_thousand_messages_are_one_batch()
    {
        var link = StartConnected(Streams, Server);
        Accepted(Batch(Numbers(1, 1000)));
        Assert.Equal(Numbers(1, 1000), link.Payloads);
    }

    [Theory]
    [InlineData(ConfirmMode.Fence, false, "confirm = jetstream")]
    [InlineData(ConfirmMode.None, false, "confirm = jetstream")]
    [InlineData(ConfirmMode.JetStream, true, "strict-order")]
    public void The_settings_must_allow_it(ConfirmMode confirm, bool strictOrder, string says)
    {
        var link = StartConnected(
            With(delivery: d => d with { Confirm = confirm }, jetStream: j => j with { StrictOrder = strictOrder }), Server);
        Assert.Contains(says, Rejected(Batch("1"), RejectReason.BadBatch).Detail, StringComparison.Ordinal);
        Assert.Empty(link.Frames);
    }

    [Fact]
    public void One_bad_message_refuses_the_whole_batch_and_is_named()
    {
        var link = StartConnected(Streams, Server);
        var good = Batch("1", "2", "3").Messages;
        Publish[] bad =
        [
            good[1] with { Subject = "a b" },
            good[1] with { ReplyTo = "r" },
            good[1] with { TimeToLive = TimeSpan.Zero },
            good[1].WithHeaders([new("Nats-Batch-Id", "x")]),
            good[1].WithHeaders([new("Nats-Expected-Last-Msg-Id", "x")]),
            good[1] with { Payload = new byte[2_000_000] },
        ];
        foreach (var message in bad)
        {
            var reply = Ask<BatchReply>(new PublishBatch([good[0], message, good[2]]) { Atomic = true });
            Assert.Equal((0, 0), (reply.Accepted, reply.FirstSequence));
            Assert.Contains("message 2 of", Assert.IsType<Rejected>(reply.Refusal).Detail, StringComparison.Ordinal);
        }

        var twice = Ask<BatchReply>(new PublishBatch([good[0] with { Id = "a" }, good[1], good[2] with { Id = "a" }]) { Atomic = true });
        Assert.Contains("message 3 of", Assert.IsType<Rejected>(twice.Refusal).Detail, StringComparison.Ordinal);
        Assert.Empty(link.Frames);
        Assert.Equal((0, bad.Length + 1), (Status().Totals.Accepted, Status().Totals.Rejected));
    }

    [Fact]
    public void A_batch_that_the_buffer_can_never_hold_is_rejected_and_one_without_room_now_is_refused_whole()
    {
        StartPublisher(With(b => b with { MaxBytes = 4_096, MaxMessages = 2 }, d => d with { Confirm = ConfirmMode.JetStream }));
        Rejected(Batch(Numbers(1, 60)), RejectReason.TooLargeForBuffer);
        Accepted(Batch(Numbers(1, 15)));
        var reply = Ask<BatchReply>(Batch(Numbers(1, 15)));
        Assert.Equal(BufferLimit.Bytes, Assert.IsType<BufferFull>(reply.Refusal).Limit);
        Assert.Equal((0, 1), (reply.Accepted, Status().BufferedMessages));
        Assert.Equal(1, Status().Totals.Refused);
    }

    [Fact]
    public void A_batch_waits_for_room_as_one()
    {
        StartPublisher(With(
            b => b with { MaxMessages = 1, Overflow = OverflowPolicy.Wait }, d => d with { Confirm = ConfirmMode.JetStream }));
        Link.Up(Server);
        Settle();
        Accept("first");
        Tell(Batch("1", "2"), Sender);
        Sender.ExpectNoMsg();
        Assert.Equal(1, Status().Waiting);
        Link.Store(1);
        Settle();
        Assert.Equal(new BatchReply(2, 2, null) { CorrelationId = "batch" }, Sender.ExpectMsg<BatchReply>());
        Assert.Equal(["first", "1", "2"], Link.Payloads);
        Link.Store(2);
        Sender.ExpectMsg<Stored>();
    }

    [Theory]
    [InlineData(0, "2.11.9")]
    [InlineData(AtomicBatchHeaders.ApiLevel, "2.12.0")]
    [InlineData(AtomicBatchHeaders.ApiLevel, "2.12.0-RC.3")]
    public void An_older_server_is_refused_at_the_door_and_ends_what_is_buffered(int apiLevel, string version)
    {
        StartPublisher(Streams);
        Accept("single");
        Accepted(Batch("1", "2"));
        Link.Up(Server with { ApiLevel = apiLevel, Version = version });
        Settle();
        var ended = Sender.ExpectMsg<Undelivered>();
        Assert.Equal((UndeliveredReason.NotStored, false), (ended.Reason, ended.MayHaveArrived));
        Assert.Contains("2.12.1", ended.Detail, StringComparison.Ordinal);
        Assert.Contains("2.12.1", Rejected(Batch("3"), RejectReason.BadBatch).Detail, StringComparison.Ordinal);
        Assert.Equal(["single"], Link.Payloads);
    }

    [Fact]
    public void A_purge_takes_a_batch_out_when_its_filter_covers_every_subject()
    {
        StartPublisher(Streams);
        var batch = Batch("1", "2");
        Accepted(batch with { Messages = [batch.Messages[0] with { Subject = "a.1" }, batch.Messages[1] with { Subject = "b.2" }] });
        Assert.Equal(0, Ask<Purged>(new Purge("a.>")).Count);
        Assert.Equal(0, Ask<Purged>(new Purge("b.>")).Count);
        Assert.Equal(1, Ask<Purged>(new Purge("*.*")).Count);
        Assert.Equal(UndeliveredReason.Purged, Sender.ExpectMsg<Undelivered>().Reason);
    }

    [Fact]
    public void A_denied_subject_in_the_middle_ends_the_batch()
    {
        var link = StartConnected(Streams, Server);
        var batch = Batch("1", "2", "3");
        Accepted(batch with { Messages = [batch.Messages[0], batch.Messages[1] with { Subject = "secret" }, batch.Messages[2]] });
        link.WrittenAll();
        link.Confirm(1, "secret");
        Assert.Equal(UndeliveredReason.PermissionDenied, Sender.ExpectMsg<Undelivered>().Reason);
    }

    [Fact]
    public void The_shortest_time_to_live_ends_the_batch()
    {
        StartPublisher(Streams);
        var batch = Batch("1", "2", "3");
        Accepted(batch with { Messages = [batch.Messages[0], batch.Messages[1] with { TimeToLive = TimeSpan.FromSeconds(1) }, batch.Messages[2]] });
        Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(UndeliveredReason.Expired, Sender.ExpectMsg<Undelivered>().Reason);
        Assert.Equal(0, Status().BufferedMessages);
    }

    [Fact]
    public void A_server_that_takes_less_ends_a_batch_with_a_message_that_is_too_large()
    {
        StartPublisher(Streams);
        var batch = Batch("1", "2", "3");
        Accepted(batch with { Messages = [batch.Messages[0], batch.Messages[1] with { Payload = new byte[2_000] }, batch.Messages[2]] });
        Link.Up(Server with { MaxPayload = 1_000 });
        Settle();
        Assert.Equal(UndeliveredReason.TooLarge, Sender.ExpectMsg<Undelivered>().Reason);
        Assert.Empty(Link.Frames);
    }

    [Fact]
    public void A_batch_larger_than_the_gateway_takes_ends_and_what_is_behind_it_flows()
    {
        StartPublisher(Streams);
        Accept("before");
        Accepted(Batch("1", new string('x', 2_000), "3"));
        Accept("behind");
        Link.Up(Server with { MaxBatch = 1_000 });
        Settle();
        var ended = Sender.ExpectMsg<Undelivered>();
        Assert.Equal(
            (UndeliveredReason.TooLarge, "the atomic batch is larger than the gateway takes: 1000 bytes (nats-actors.gateway.max-batch)"),
            (ended.Reason, ended.Detail));
        Assert.Equal(["before", "behind"], Link.Payloads);
    }

    [Theory]
    [InlineData(900, 200)]
    [InlineData(200, 900)]
    public void A_batch_larger_than_the_gateway_takes_is_refused_at_the_door(int first, int last)
    {
        var link = StartConnected(Streams, Server with { MaxBatch = 1_000 });
        var rejected = Rejected(Batch(new string('x', first), new string('y', last)), RejectReason.TooLargeForServer);
        Assert.Contains("the gateway takes a batch of 1000 (nats-actors.gateway.max-batch)", rejected.Detail, StringComparison.Ordinal);
        Assert.Empty(link.Frames);

        // A gateway that takes more, or none.
        var next = LoseAndRedial(link);
        next.Up(Server);
        Settle();
        Accepted(Batch(new string('x', first), new string('y', last)));
        Assert.Equal(2, next.Frames.Count);
    }

    private Rejected Rejected(PublishBatch batch, RejectReason reason)
    {
        var reply = Ask<BatchReply>(batch);
        Assert.Equal((0, "batch"), (reply.Accepted, reply.CorrelationId));
        var rejected = Assert.IsType<Rejected>(reply.Refusal);
        Assert.Equal(reason, rejected.Reason);
        return rejected;
    }
}
