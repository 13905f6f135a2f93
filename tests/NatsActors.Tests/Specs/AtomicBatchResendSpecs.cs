using NatsActors.Protocol;

namespace NatsActors.Specs;

/// <summary>Atomic batches that are sent again.</summary>
public class AtomicBatchResendSpecs : AtomicBatchSpec
{
    private static readonly PubAck TooMany =
        new(1, null, 0, false, 429, AtomicBatchHeaders.TooManyInFlight, "atomic publish too many inflight", "S");

    private static readonly PubAck Duplicate =
        new(1, null, 0, false, 400, AtomicBatchHeaders.ContainsDuplicate, "duplicate message id", "S");

    [Fact]
    public void A_resend_stands_at_its_place_with_another_batch_id_and_the_same_message_ids()
    {
        var link = StartConnected(Streams, Server);
        Accept("before");
        Accepted(Batch("1", "2"));
        Accept("after");
        Write(link);
        var first = link.Frames;

        var next = LoseAndRedial(link);
        next.Up(Server);
        Settle();
        next.Store(1);
        Settle();
        next.Store(2);
        Settle();
        Assert.Equal(["before", "1", "2", "after"], next.Payloads);
        Assert.Equal(first.Select(frame => Header(frame, "Nats-Msg-Id")), next.Frames.Select(frame => Header(frame, "Nats-Msg-Id")));
        Assert.Single(next.Frames.Skip(1).Take(2).Select(frame => Header(frame, "Nats-Batch-Id")).Distinct());
        Assert.NotEqual(Header(first[1], "Nats-Batch-Id"), Header(next.Frames[1], "Nats-Batch-Id"));
    }

    [Fact]
    public void A_batch_that_no_link_has_carried_keeps_its_id()
    {
        StartPublisher(Streams);
        Accepted(Batch("1"));
        Link.Up(Server);
        Settle();
        Assert.StartsWith("00-", Header(Link.Frames[0], "Nats-Batch-Id"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_duplicate_is_a_refusal_the_first_time_and_the_lost_answer_after_a_resend()
    {
        var link = StartConnected(Streams, Server);
        Accepted(Batch("1", "2"));
        link.Acks(Duplicate);
        Assert.Equal(UndeliveredReason.NotStored, Sender.ExpectMsg<Undelivered>().Reason);

        Accepted(Batch("1", "2"));
        var next = LoseAndRedial(link);
        next.Up(Server);
        Settle();
        next.Acks(Duplicate with { Sequence = 2 });
        Assert.Equal(new Stored(2, "S", 0, true) { CorrelationId = "batch" }, Sender.ExpectMsg<Stored>());
        Assert.Equal((1, 1, 1), (Status().Totals.Stored, Status().Totals.Duplicates, Status().Totals.Undelivered));
    }

    [Fact]
    public void A_duplicate_after_a_refusal_is_another_message_and_the_batch_is_not_stored()
    {
        var link = StartConnected(Streams, Server);
        Accepted(Batch("1", "2"));
        Write(link);
        link.Acks(TooMany);
        Advance(RetryWait);
        Write(link);
        Assert.Equal(4, link.Frames.Count);
        link.Acks(Duplicate);
        Assert.Equal(UndeliveredReason.NotStored, Sender.ExpectMsg<Undelivered>().Reason);
        Assert.Equal(0, Status().Totals.Stored);
    }

    [Fact]
    public void A_duplicate_after_a_missing_answer_is_that_answer()
    {
        var link = StartConnected(Streams, Server);
        Accepted(Batch("1", "2"));
        Write(link);
        Advance(2 * Streams.Delivery.ConfirmTimeout);
        Write(link);
        Assert.Equal(4, link.Frames.Count);
        link.Acks(Duplicate);
        Assert.True(Sender.ExpectMsg<Stored>().Duplicate);
    }

    [Fact]
    public void A_resend_on_the_same_link_has_another_batch_id()
    {
        var link = StartConnected(Streams, Server);
        Accepted(Batch("1", "2"));
        Write(link);
        link.Acks(TooMany);
        Advance(RetryWait);
        Assert.Equal(["1", "2", "1", "2"], link.Payloads);
        var ids = link.Frames.Select(frame => Header(frame, "Nats-Batch-Id")!).ToList();
        Assert.Equal((ids[0], ids[2]), (ids[1], ids[3]));
        Assert.NotEqual(ids[0], ids[2]);
    }

    [Fact]
    public void A_resend_on_the_same_link_waits_until_the_link_has_written_what_it_was_given()
    {
        var link = StartConnected(Streams, Server);
        Accept("before");
        Accepted(Batch("1", "2"));
        var given = link.Batches[^1].Frames;
        var bytes = given.ToArray();
        link.Written();
        link.Acks(TooMany);
        Advance(2 * RetryWait);
        Assert.Equal(["before", "1", "2"], link.Payloads);
        Assert.Equal(bytes, given.ToArray());

        Write(link);
        Assert.Equal("before", link.Payloads.Last());
        link.Store(1);
        Write(link);
        Assert.Equal(["1", "2"], link.Payloads.TakeLast(2));
    }

    [Fact]
    public void The_wait_for_the_answer_begins_when_the_batch_is_written()
    {
        var link = StartConnected(Streams, Server);
        Accepted(Batch("1", "2"));
        Advance(3 * Streams.Delivery.ConfirmTimeout);
        link.Written();
        Advance(Streams.Delivery.ConfirmTimeout - RetryWait);
        Assert.Equal(2, link.Frames.Count);
        Advance(Streams.Delivery.ConfirmTimeout);
        Assert.Equal(4, link.Frames.Count);
    }

    [Fact]
    public void An_incomplete_batch_is_sent_again_for_the_attempts_of_the_settings()
    {
        var link = StartConnected(Streams, Server);
        Accepted(Batch("1", "2"));
        for (var sent = 1; sent <= 3; sent++)
        {
            Write(link);
            Assert.Equal(2 * sent, link.Frames.Count);
            link.Acks(new PubAck(1, null, 0, false, 400, AtomicBatchHeaders.Incomplete, "atomic publish batch is incomplete", "S"));
            Advance(RetryWait);
        }

        Assert.Equal(UndeliveredReason.NotStored, Sender.ExpectMsg<Undelivered>().Reason);
        Assert.Equal(6, link.Frames.Count);
    }

    [Fact]
    public void Too_many_open_batches_at_the_server_cost_no_attempt()
    {
        var link = StartConnected(Streams, Server);
        Accepted(Batch("1"));
        for (var sent = 1; sent <= 10; sent++)
        {
            Write(link);
            Assert.Equal(sent, link.Frames.Count);
            link.Acks(TooMany);
            Advance(RetryWait);
        }

        link.Store(1);
        Sender.ExpectMsg<Stored>();
    }
}
