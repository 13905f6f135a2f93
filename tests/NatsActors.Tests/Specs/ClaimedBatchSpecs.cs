using NatsActors.Door;

namespace NatsActors.Specs;

/// <summary>One claim on the outcomes of a whole batch, as a stream of the same system has it.</summary>
public sealed class ClaimedBatchSpecs : ActorSpec
{
    private readonly Probe _stage;

    public ClaimedBatchSpecs() => _stage = CreateProbe();

    [Fact]
    public void Delivered_messages_are_told_as_a_run()
    {
        var link = StartConnected();
        Claim(2);
        Claim(3);

        Serve(link);

        Expect(new BatchReply(2, 1, null), new BatchReply(3, 3, null), new DeliveredRun(1, 2), new DeliveredRun(3, 3));
        Status();
    }

    [Fact]
    public void A_run_is_interrupted_by_messages_that_end_otherwise()
    {
        StartPublisher();
        Claim(Message("1"), Message("2", "other"), Message("3"), Message("4"));
        Tell(new Purge("other"));
        Link.Up();
        Serve(Link);

        Expect(
            new BatchReply(4, 1, null), new Undelivered(2, UndeliveredReason.Purged), new DeliveredRun(1, 1), new DeliveredRun(3, 2));
        Assert.Equal(1, Status().Totals.Undelivered);
    }

    [Fact]
    public void Messages_of_others_between_them_have_their_own_outcomes()
    {
        var other = CreateProbe();
        var link = StartConnected();
        Claim(2);
        Tell(Message("x") with { WantsOutcome = true }, other);
        Tell(Message("y"));
        Claim(2);

        Serve(link);

        Expect(new BatchReply(2, 1, null), new BatchReply(2, 5, null), new DeliveredRun(1, 2), new DeliveredRun(5, 2));
        Assert.Equal([new Ack(3), new Delivered(3)], other.TakeAll());
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_the_claim_is_on_the_prefix()
    {
        var link = StartConnected();
        Claim(9);
        Claim(3);
        var replies = _stage.TakeAll();
        Assert.IsType<BufferFull>(((BatchReply)replies[1]).Refusal);
        Assert.Equal(1, ((BatchReply)replies[1]).Accepted);

        Serve(link);

        Assert.Equal(
            [new DeliveredRun(1, 9), new DeliveredRun(10, 1)], _stage.TakeAll().Where(static told => told is not CapacityAvailable));
    }

    [Fact]
    public void What_waits_for_room_has_the_same_claim()
    {
        var link = StartConnected(With(buffer => buffer with { Overflow = OverflowPolicy.Wait }));
        Claim(9);
        Claim(3);
        Assert.Equal([new BatchReply(9, 1, null)], _stage.TakeAll());

        Serve(link);

        var told = _stage.TakeAll();
        var reply = told.ToList().IndexOf(new BatchReply(3, 10, null));
        Assert.True(reply >= 0);
        Assert.True(told.ToList().FindIndex(static each => each is DeliveredRun { First: >= 10 }) > reply, "an outcome overtook its reply");
        Assert.Equal(12, told.OfType<DeliveredRun>().Sum(static run => run.Count));
    }

    [Fact]
    public void A_link_that_is_lost_leaves_the_rest_of_the_run_to_the_next()
    {
        var link = StartConnected();
        Claim(4);
        Write(link);
        link.Confirm(2);
        Serve(Reconnect(link));

        // The next link gets one message first.
        Expect(new BatchReply(4, 1, null), new DeliveredRun(1, 2), new DeliveredRun(3, 1), new DeliveredRun(4, 1));
    }

    [Fact]
    public void Without_resends_a_lost_link_ends_each_message_as_indeterminate()
    {
        var link = StartConnected(With(delivery: delivery => delivery with { Resend = false }));
        Claim(2);
        Write(link);
        link.Lose();
        Settle();

        var told = _stage.TakeAll();
        Assert.Equal([1L, 2L], told.OfType<Undelivered>().Where(each => each is { Reason: UndeliveredReason.Indeterminate, MayHaveArrived: true }).Select(each => each.Sequence));
        Assert.Equal(3, told.Count);
    }

    [Fact]
    public void Undelivered_messages_of_a_claim_are_nobody_elses_news()
    {
        var news = Events<MessagesUndelivered>();
        StartPublisher();
        Claim(3);
        Tell(new Purge());
        Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(3, _stage.TakeAll().OfType<Undelivered>().Count());
        news.ExpectNoMsg();
    }

    [Fact]
    public void With_a_journal_each_message_has_a_ticket_of_its_own_and_no_outcome_before_the_reply()
    {
        var link = StartConnected(Small with { Durability = new DurabilitySettings { Journal = Journals.PlayedJournal.Plugin } });
        Claim(3);
        Serve(link);

        Expect(new BatchReply(3, 1, null), new Delivered(1), new Delivered(2), new Delivered(3));
    }

    private void Claim(int messages) => Claim([.. Enumerable.Range(1, messages).Select(number => Message($"{number}"))]);

    private void Claim(params Publish[] messages) => Tell(new ClaimedBatch(new PublishBatch(messages)), _stage);

    private void Expect(params object[] told) =>
        Assert.Equal(told, _stage.TakeAll().Select(static each => each is Undelivered undelivered ? new Undelivered(undelivered.Sequence, undelivered.Reason) : each));
}
