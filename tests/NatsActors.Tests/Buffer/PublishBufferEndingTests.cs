namespace NatsActors.Tests.Buffer;

/// <summary>How frames leave: confirmed through a sequence, one at a time, dropped, purged.</summary>
public sealed class PublishBufferEndingTests
{
    private const int Many = 4_000; // of 100 bytes: more than three segments

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(5, 5)]
    [InlineData(10, 10)]
    [InlineData(11, 10)]
    [InlineData(long.MaxValue - 1, 10)]
    public void A_confirmation_ends_what_is_in_flight_up_to_it(long through, int expected)
    {
        var test = new TestBuffer();
        test.AcceptMany(15, 100);
        test.Take(maxMessages: 10);
        Assert.Equal(expected, test.Confirm(through));
        test.AssertHolds(15 - expected, (15 - expected) * 100, 10 - expected, (10 - expected) * 100);
        Assert.Equal(expected + 1, test.Buffer.FirstSequence);
        Assert.Equal(0, test.Confirm(through));
        Assert.Equal([(11, 15)], test.TakeAll());
    }

    [Fact]
    public void A_confirmation_over_the_borders_of_segments_ends_exactly_those_frames()
    {
        for (var through = 0L; through <= Many; through += 97)
        {
            var test = new TestBuffer();
            test.AcceptMany(Many, 100);
            test.TakeAll();
            Assert.Equal(through, test.Confirm(through));
            Assert.Equal(Many - through, test.Confirm(Many));
            test.AssertHolds(0, 0, 0, 0);
        }
    }

    [Fact]
    public void A_confirmation_does_not_count_what_ended_before()
    {
        var test = new TestBuffer();
        test.AcceptMany(Many, 100);
        test.TakeAll();
        foreach (var gone in new long[] { 1, 2, 500, 1_310, 1_311, 1_312, 3_999 })
        {
            Assert.True(test.End(gone));
            Assert.False(test.End(gone));
        }

        Assert.Equal(1_000 - 3, test.Confirm(1_000));
        Assert.Equal(1_001, test.Buffer.FirstSequence);
        Assert.Equal(3_000 - 4, test.Confirm(Many));
        test.AssertHolds(0, 0, 0, 0);
    }

    [Fact]
    public void A_confirmation_tells_tickets_in_order_and_only_once()
    {
        var test = new TestBuffer();
        for (var i = 1; i <= Many; i++)
        {
            test.Accept(100, i % 3 == 0 ? $"t{i}" : null);
        }

        test.TakeAll();
        test.End(6);
        test.Confirm(2_000);
        test.Confirm(Many);
        var tickets = Enumerable.Range(1, Many).Where(i => i % 3 == 0 && i != 6).Prepend(6);
        Assert.Equal(tickets.Select(i => ((long)i, (object)$"t{i}", true)), test.Told);
    }

    [Fact]
    public void Confirming_after_a_rewind_ends_nothing_that_is_queued_again()
    {
        var test = new TestBuffer();
        test.AcceptMany(10, 100);
        test.TakeAll();
        test.Buffer.Rewind(linkGone: true);
        Assert.Equal(0, test.Confirm(10));
        test.Take(maxMessages: 3);
        Assert.Equal(3, test.Confirm(10));
        test.AssertHolds(7, 700, 0, 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(10)]
    public void One_frame_ends_wherever_it_stands(long sequence)
    {
        var test = new TestBuffer();
        test.AcceptMany(10, 100);
        test.Take(maxMessages: 6);
        Assert.True(test.End(sequence));
        var inFlight = sequence <= 6 ? 5 : 6;
        test.AssertHolds(9, 900, inFlight, inFlight * 100);
        Assert.Equal(Enumerable.Range(1, 10).Select(i => (long)i).Where(i => i != sequence), test.Left());
        Assert.Equal(sequence == 1 ? 2 : 1, test.Buffer.FirstSequence);
        Assert.True(test.Buffer.Peek(sequence).IsEmpty);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(3)]
    [InlineData(11)]
    [InlineData(long.MaxValue)]
    public void What_is_not_there_does_not_end(long sequence)
    {
        var test = new TestBuffer();
        test.AcceptMany(10, 100);
        test.TakeAll();
        test.Confirm(4);
        Assert.False(test.End(sequence));
        Assert.True(test.Buffer.Peek(sequence).IsEmpty);
        test.AssertHolds(6, 600, 6, 600);
    }

    [Fact]
    public void A_frame_can_be_looked_at_while_it_is_there()
    {
        var test = new TestBuffer();
        test.AcceptMany(Many, 100);
        Assert.All(new long[] { 1, 2, 1_311, Many }, i => Assert.Equal(i, TestBuffer.SequenceIn(test.Buffer.Peek(i))));
    }

    [Fact]
    public void Dropping_takes_the_oldest_queued_until_there_is_room_and_never_what_is_in_flight()
    {
        var test = new TestBuffer(maxBytes: 1_000, maxMessages: 100);
        test.AcceptMany(10, 100, "t");
        test.Take(maxMessages: 4);
        Assert.Equal(1, test.Drop(1));
        Assert.Equal(0, test.Drop(100));
        Assert.Equal(2, test.Drop(300));
        Assert.Equal([1, 2, 3, 4, 8, 9, 10], test.Left());
        Assert.Equal([5, 6, 7], test.Told.Select(told => told.Sequence));
        Assert.All(test.Told, told => Assert.False(told.WasWritten));
        test.AssertHolds(7, 700, 4, 400);
        Assert.Equal([(8, 10)], test.TakeAll());
        Assert.Equal(0, test.Drop(1_000));
    }

    [Fact]
    public void Dropping_makes_room_for_the_number_of_messages_too()
    {
        var test = new TestBuffer(maxMessages: 10);
        test.AcceptMany(10, 100);
        Assert.Equal(1, test.Drop(1));
        Assert.Equal(0, test.Drop(1));
        Assert.Equal(2, test.Buffer.FirstSequence);
    }

    [Fact]
    public void Nothing_is_dropped_for_a_frame_that_would_not_fit_all_the_same()
    {
        var test = new TestBuffer(maxBytes: 1_000, maxMessages: 10);
        test.AcceptMany(10, 100);
        test.Take(maxMessages: 4);
        Assert.Equal(0, test.Drop(601));
        test.AssertHolds(10, 1_000, 4, 400);
        Assert.Equal(6, test.Drop(600));
    }

    [Fact]
    public void A_purge_takes_what_the_filter_picks_and_leaves_what_is_in_flight()
    {
        var test = new TestBuffer();
        test.AcceptMany(Many, 100);
        test.Take(maxMessages: 100);
        Assert.Equal((Many - 100) / 2, test.Purge(sequence => sequence % 2 == 0));
        Assert.Equal(Enumerable.Range(1, Many).Select(i => (long)i).Where(i => i <= 100 || i % 2 == 1), test.Left());
        Assert.Equal((Many - 100) / 2, test.Purge(_ => true));
        test.AssertHolds(100, 10_000, 100, 10_000);
        Assert.Empty(test.TakeAll());
        Assert.Equal(100, test.Confirm(Many));
    }

    [Fact]
    public void A_refused_subject_ends_what_was_sent_up_to_the_fence_and_nothing_behind_it()
    {
        var test = new TestBuffer();
        test.AcceptMany(20, 100);
        test.Take(maxMessages: 15);
        Assert.Equal(5, test.Purge(sequence => sequence % 2 == 0, queuedOnly: false, through: 10));
        Assert.Equal([1, 3, 5, 7, 9, .. Enumerable.Range(11, 10)], test.Left());
        test.AssertHolds(15, 1_500, 10, 1_000);
    }

    [Fact]
    public void The_count_through_a_sequence_counts_what_is_left()
    {
        var test = new TestBuffer();
        test.AcceptMany(10, 100);
        test.End(3);
        Assert.Equal((0L, 2L, 2L, 9L), (test.Buffer.CountThrough(0), test.Buffer.CountThrough(2), test.Buffer.CountThrough(3), test.Buffer.CountThrough(99)));
    }

    [Fact]
    public void The_oldest_acceptance_is_that_of_the_first_frame_left()
    {
        var test = new TestBuffer();
        Assert.Null(test.Buffer.OldestAcceptedAt);
        for (var i = 0; i < 5; i++)
        {
            test.Accept(100, now: 1_000 + i);
        }

        test.TakeAll();
        Assert.Equal(1_000, test.Buffer.OldestAcceptedAt);
        test.Confirm(2);
        Assert.Equal(1_002, test.Buffer.OldestAcceptedAt);
        test.End(3);
        Assert.Equal(1_003, test.Buffer.OldestAcceptedAt);
        test.Confirm(5);
        Assert.Null(test.Buffer.OldestAcceptedAt);
        test.Accept(100, now: 7_000);
        Assert.Equal((7_000L, 6L), (test.Buffer.OldestAcceptedAt!.Value, test.Buffer.FirstSequence));
    }
}
