namespace NatsActors.Faults.Tests;

/// <summary>A harness that cannot fail proves nothing: each broken promise is found.</summary>
public sealed class VerdictTests
{
    private readonly Arrivals _arrivals = new();
    private readonly FakePublisher _publisher = new();

    [Fact]
    public void A_run_in_which_everything_arrives_once_and_in_order_is_good()
    {
        Publish(3, MessageState.Delivered);
        Arrive(1, 2, 3);

        Assert.Empty(Judge().Broken);
    }

    [Fact]
    public void A_confirmed_message_that_did_not_arrive_is_lost()
    {
        Publish(3, MessageState.Delivered);
        Arrive(1, 3);

        var verdict = Judge();

        Assert.Equal(1, verdict.Lost);
        Assert.Contains("lost", Assert.Single(verdict.Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_was_reported_undelivered_is_not_lost()
    {
        Publish(2, MessageState.Delivered);
        Publish(1, MessageState.Undelivered);
        Arrive(1, 2);

        Assert.Empty(Judge().Broken);
    }

    [Fact]
    public void Without_outcomes_only_as_many_may_be_missing_as_the_ledger_says()
    {
        _publisher.GivesOutcomes = false;
        Publish(4, MessageState.Accepted);
        _publisher.Totals = _publisher.Totals with { Delivered = 3, Undelivered = 1 };
        Arrive(1, 2);

        Assert.Equal(1, Judge().Lost);
    }

    [Fact]
    public void A_message_behind_a_later_one_is_out_of_order_and_its_repetition_is_not()
    {
        Publish(4, MessageState.Delivered);
        _publisher.Totals = _publisher.Totals with { Resent = 2 };
        Arrive(1, 3, 2, 3, 2, 4);

        var verdict = Judge();

        Assert.Equal((1, 2), (verdict.OutOfOrder, verdict.Duplicates));
        Assert.Contains("2 after 3", Assert.Single(verdict.Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void More_duplicates_than_frames_that_were_sent_again_are_a_broken_promise()
    {
        Publish(2, MessageState.Delivered);
        Arrive(1, 2, 2);

        Assert.Contains("duplicates", Assert.Single(Judge().Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_must_not_hold_a_message_twice_however_often_it_was_sent()
    {
        Publish(2, MessageState.Stored);
        _publisher.Totals = _publisher.Totals with { Resent = 5 };
        Arrive(1, 2, 2);

        Assert.Contains("twice", Assert.Single(Judge(once: true).Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void Refused_messages_that_arrive_and_accepted_ones_without_an_outcome_are_found()
    {
        Publish(1, MessageState.Refused);
        Publish(1, MessageState.Accepted);
        Arrive(1, 2);

        var broken = Judge().Broken;

        Assert.Contains(broken, promise => promise.Contains("were refused", StringComparison.Ordinal));
        Assert.Contains(broken, promise => promise.Contains("got no outcome", StringComparison.Ordinal));
    }

    [Fact]
    public void A_second_outcome_is_found()
    {
        Publish(1, MessageState.Delivered);
        _publisher.Book.End(1, MessageState.Delivered);
        Arrive(1);

        Assert.Contains("none was due", Assert.Single(Judge().Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_with_other_contents_is_found()
    {
        Publish(2, MessageState.Delivered);
        Arrive(1, 2);
        var torn = Payloads.Create(3);
        torn[^1] ^= 1;
        _arrivals.Add(torn);

        Assert.Contains("other contents", Assert.Single(Judge().Broken), StringComparison.Ordinal);
    }

    [Fact]
    public void A_seed_gives_the_same_faults_again()
    {
        var kinds = Enum.GetValues<FaultKind>();
        IReadOnlyList<PlannedFault> Lane(int seed) => FaultSchedule.Lane(60, kinds, new Random(seed), TimeSpan.FromSeconds(1));

        Assert.Equal(Lane(7), Lane(7));
        Assert.NotEqual(Lane(7), Lane(8));
        Assert.All(kinds, kind => Assert.InRange(Lane(7).Count(fault => fault.Kind == kind), 2, 3));
    }

    [Fact]
    public void An_answer_that_is_missing_or_doubled_shows_without_a_list_of_answers()
    {
        var check = new AnswerCheck();
        for (var number = 1; number <= 3; number++)
        {
            check.Offer(number);
        }

        check.Answer(1, true);
        check.Answer(3, false);
        Assert.False(check.Complete);
        check.Answer(3, false);
        Assert.False(check.Complete);
    }

    private void Publish(int count, MessageState end)
    {
        var totals = _publisher.Totals;
        for (var i = 0; i < count; i++)
        {
            var number = _publisher.Book.Offer();
            _publisher.Book.Answer(number, end != MessageState.Refused);
            if (end is MessageState.Undelivered)
            {
                _publisher.Book.EndUndelivered(number, "Expired", null);
            }
            else if (end is MessageState.Delivered or MessageState.Stored)
            {
                _publisher.Book.End(number, end);
            }
        }

        _publisher.Totals = totals with
        {
            Accepted = totals.Accepted + (end == MessageState.Refused ? 0 : count),
            Delivered = totals.Delivered + (end is MessageState.Delivered or MessageState.Accepted ? count : 0),
            Stored = totals.Stored + (end == MessageState.Stored ? count : 0),
            Undelivered = totals.Undelivered + (end == MessageState.Undelivered ? count : 0),
        };
    }

    private void Arrive(params long[] numbers)
    {
        foreach (var number in numbers)
        {
            _arrivals.Add(Payloads.Create(number));
        }
    }

    private Verdict Judge(bool once = false) => Verdict.Of(_publisher, _arrivals, ordered: true, once);

    private sealed class FakePublisher : IPublisherUnderTest
    {
        public string Name => "fake";

        public MessageBook Book { get; } = new();

        public bool GivesOutcomes { get; set; } = true;

        public LedgerTotals Totals { get; set; } = new();

        public ValueTask<bool> OfferAsync(int count) => throw new NotSupportedException();

        public Task<bool> FlushAsync(TimeSpan timeout) => throw new NotSupportedException();

        public Task<int> DrainAsync(TimeSpan deadline) => throw new NotSupportedException();

        public void ForceReconnect()
        {
        }

        public bool TryCrash(CrashPoint point) => false;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
