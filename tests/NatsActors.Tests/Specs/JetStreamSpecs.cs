using NatsActors.Links;
using NatsActors.Protocol;

namespace NatsActors.Specs;

/// <summary>Confirmation by PubAck: storage, refusals, retries.</summary>
public class JetStreamSpecs : ActorSpec
{
    private static readonly PubAck NoStream = new(0, null, 0, false, 503);

    private static readonly PublisherSettings Streams = With(
        b => b with { MaxMessages = 100 },
        d => d with { Confirm = ConfirmMode.JetStream },
        jetStream: j => j with { RetryAttempts = 3 });

    private readonly Probe _sender;

    public JetStreamSpecs()
    {
        _sender = CreateProbe();
    }

    [Fact]
    public void A_PubAck_stores_its_message_and_a_fence_does_not()
    {
        var link = StartConnected(Streams);
        Send("1", "2");
        link.ConfirmAll();
        _sender.ExpectNoMsg();
        link.Acks(new PubAck(2, "S", 17, false), new PubAck(1, "S", 16, true));
        Assert.Equal(new Stored(2, "S", 17, false) { CorrelationId = "2" }, _sender.ExpectMsg<Stored>());
        Assert.Equal(new Stored(1, "S", 16, true) { CorrelationId = "1" }, _sender.ExpectMsg<Stored>());
        var totals = Status().Totals;
        Assert.Equal((2, 1, 0), (totals.Stored, totals.Duplicates, totals.Delivered));
    }

    [Fact]
    public void A_message_carries_its_id_and_inbox_and_a_resend_carries_the_same()
    {
        var link = StartConnected(Streams);
        Send("1");
        Tell(Message("2") with { Id = "mine" }, _sender);
        _sender.ExpectMsg<Ack>();
        Settle();
        var next = Reconnect(link);
        next.Store(1);
        Settle();
        Assert.Equal(link.Frames, next.Frames);
        Assert.Contains("Nats-Msg-Id", link.Frames[0].Headers, StringComparison.Ordinal);
        Assert.Contains("Nats-Msg-Id: mine", link.Frames[1].Headers, StringComparison.Ordinal);
        Assert.Equal($"{link.Request.AckInbox}.1", link.Frames[0].ReplyTo);
        Assert.NotEqual(link.Frames[0].Headers, link.Frames[1].Headers);
    }

    [Fact]
    public void A_second_PubAck_for_the_same_message_counts_nothing()
    {
        var link = StartConnected(Streams);
        Send("1");
        link.Store(1);
        link.Store(1);
        link.Store(99);
        _sender.ExpectMsg<Stored>();
        _sender.ExpectNoMsg();
        Assert.Equal(1, Status().Totals.Stored);
    }

    [Fact]
    public void An_error_in_place_of_a_PubAck_ends_only_its_message_in_the_servers_words()
    {
        var link = StartConnected(Streams);
        Send("1", "2");
        link.Acks(new PubAck(1, null, 0, false, 400, 10077, "maximum messages exceeded"));
        link.Store(2);
        var refused = _sender.ExpectMsg<Undelivered>();
        Assert.Equal(UndeliveredReason.NotStored, refused.Reason);
        Assert.Contains("maximum messages exceeded", refused.Detail, StringComparison.Ordinal);
        _sender.ExpectMsg<Stored>();
    }

    [Fact]
    public void No_responders_is_tried_again_with_back_off_in_order()
    {
        var link = StartConnected(Streams);
        Send("1", "2");
        link.WrittenAll();
        link.Acks(NoStream with { Sequence = 1 }, NoStream with { Sequence = 2 });
        Send("3");
        Assert.Equal(["1", "2"], link.Payloads);
        Advance(TimeSpan.FromMilliseconds(90));
        Assert.Equal(["1", "2"], link.Payloads);
        Advance(TimeSpan.FromMilliseconds(20));
        Write(link);
        Assert.Equal(["1", "2", "1"], link.Payloads);
        link.Store(1);
        Write(link);
        Assert.Equal(["1", "2", "1", "2", "3"], link.Payloads);
        link.Store(2, 3);
        Assert.Equal(3, Status().Totals.Stored);
        Assert.Equal(2, Status().Totals.Resent);
    }

    [Fact]
    public void A_stream_that_comes_back_during_a_retry_cannot_store_a_later_message_first()
    {
        var link = StartConnected(Streams);
        Send("1", "2", "3");
        link.WrittenAll();
        link.Acks(NoStream with { Sequence = 1 }, NoStream with { Sequence = 2 }, NoStream with { Sequence = 3 });
        for (var retry = 2; retry <= 3; retry++)
        {
            Advance(TimeSpan.FromSeconds(1));
            Write(link);
            Assert.Equal(retry, link.Payloads.Count(payload => payload == "1"));
            Assert.Equal(1, link.Payloads.Count(payload => payload is "2"));
            link.Acks(NoStream with { Sequence = 1 });
        }

        Advance(TimeSpan.FromSeconds(1));
        Write(link);
        link.Store(1);
        Write(link);
        Assert.Equal(["2", "3"], link.Payloads.TakeLast(2));
        link.Store(2, 3);
        Assert.Equal([1, 2, 3], _sender.TakeAll().OfType<Stored>().Select(stored => stored.Sequence));
    }

    [Fact]
    public void After_the_last_retry_the_message_is_not_stored_and_others_on_its_subject_do_not_wait()
    {
        var link = StartConnected(Streams);
        Send("1", "2");
        Tell(Message("other", "known") with { WantsOutcome = true }, _sender);
        _sender.ExpectMsg<Ack>();
        for (var i = 0; i < 6 && Status().Totals.Undelivered == 0; i++)
        {
            Write(link);
            link.Acks(NoStream with { Sequence = 1 }, NoStream with { Sequence = 2 });
            Advance(TimeSpan.FromSeconds(3));
        }

        Write(link);
        link.Acks(NoStream with { Sequence = 2 });
        link.Store(3);
        var outcomes = _sender.TakeAll();
        var notStored = outcomes.OfType<Undelivered>().ToList();
        Assert.Equal([1, 2], notStored.Select(outcome => outcome.Sequence));
        Assert.All(notStored, outcome => Assert.Equal(UndeliveredReason.NotStored, outcome.Reason));
        Assert.Equal(3, outcomes.OfType<Stored>().Single().Sequence);
        Assert.Equal(4, link.Payloads.Count(payload => payload == "1"));
    }

    [Fact]
    public void A_PubAck_that_does_not_come_is_asked_for_again()
    {
        var link = StartConnected(Streams);
        Send("1", "2");
        link.ConfirmAll();
        link.Store(2);
        Advance(TimeSpan.FromSeconds(8));
        Write(link);
        Assert.Equal(["1", "2", "1"], link.Payloads);
        link.Acks(new PubAck(1, "S", 1, true));
        Assert.Equal(2, Status().Totals.Stored);
    }

    [Fact]
    public void A_PubAck_that_never_comes_ends_as_not_stored()
    {
        var link = StartConnected(Streams);
        Send("1");
        for (var i = 0; i < 12; i++)
        {
            Write(link);
            Advance(TimeSpan.FromSeconds(5));
        }

        var lost = _sender.ExpectMsg<Undelivered>();
        Assert.Equal((UndeliveredReason.NotStored, true), (lost.Reason, lost.MayHaveArrived));
        Assert.Equal(4, link.Payloads.Count());
    }

    [Fact]
    public void A_slow_stream_that_answers_is_not_sent_everything_again()
    {
        var link = StartConnected(Streams);
        Tell(new PublishBatch([.. Numbers(1, 20).Select(n => Message(n))]), _sender);
        Write(link);
        for (var n = 1; n <= 20; n++)
        {
            Advance(TimeSpan.FromSeconds(2));
            link.Store(n);
        }

        Assert.Equal((20, 0), (Status().Totals.Stored, Status().Totals.Resent));
    }

    [Fact]
    public void With_resend_off_a_missing_PubAck_is_indeterminate()
    {
        var link = StartConnected(Streams with { Delivery = Streams.Delivery with { Resend = false } });
        Send("1");
        link.WrittenAll();
        Advance(TimeSpan.FromSeconds(8));
        Assert.Equal(UndeliveredReason.Indeterminate, _sender.ExpectMsg<Undelivered>().Reason);
    }

    [Fact]
    public void With_resend_off_a_refusal_that_may_pass_ends_its_message_and_nothing_is_sent_twice()
    {
        var link = StartConnected(Streams with { Delivery = Streams.Delivery with { Resend = false } });
        Send("1", "2");
        link.WrittenAll();
        link.Acks(NoStream with { Sequence = 1 });
        Assert.Equal(UndeliveredReason.NotStored, _sender.ExpectMsg<Undelivered>().Reason);
        Advance(TimeSpan.FromSeconds(1));
        link.Store(2);
        Assert.Equal(2, _sender.ExpectMsg<Stored>().Sequence);
        Assert.Equal(["1", "2"], link.Payloads);
    }

    [Fact]
    public void At_most_so_many_messages_await_their_PubAck()
    {
        var link = StartConnected(Streams with { JetStream = Streams.JetStream with { MaxInFlightMessages = 5 } });
        Tell(new PublishBatch([.. Numbers(1, 20).Select(n => Message(n))]), _sender);
        Write(link);
        Assert.Equal(Numbers(1, 5), link.Payloads);
        link.Store(1, 2);
        Write(link);
        Assert.Equal(Numbers(1, 7), link.Payloads);
    }

    [Fact]
    public void A_resend_beyond_the_duplicate_window_is_told_of()
    {
        var events = Events<DuplicateWindowExceeded>();
        var link = StartConnected(Streams);
        Send("1");
        Reconnect(link);
        events.ExpectNoMsg();
        Links.Last.Lose();
        Advance(TimeSpan.FromMinutes(3));
        Link.Up();
        Assert.InRange(events.ExpectMsg<DuplicateWindowExceeded>().OldestAge, TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(4));
    }

    [Fact]
    public void A_reply_to_is_rejected_since_the_PubAck_needs_it()
    {
        StartConnected(Streams);
        Assert.Equal(RejectReason.BadReplyTo, Ask<Rejected>(Message("x") with { ReplyTo = "inbox" }).Reason);
    }

    private void Send(params string[] payloads)
    {
        foreach (var payload in payloads)
        {
            Tell(Message(payload) with { WantsOutcome = true, CorrelationId = payload }, _sender);
            _sender.ExpectMsg<Ack>();
        }
    }
}
