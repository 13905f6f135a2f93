using NatsActors.Buffer;

namespace NatsActors.Tests.Buffer;

/// <summary>What a link gets: whole frames in the order of acceptance, in runs that lie together in memory.</summary>
public sealed class PublishBufferTakingTests
{
    [Fact]
    public void Frames_are_taken_in_the_order_of_acceptance_as_they_were_encoded()
    {
        var test = new TestBuffer();
        test.AcceptMany(5_000, 100);
        var next = 1L;
        while (test.Buffer.TryTake(long.MaxValue, long.MaxValue, out var batch))
        {
            Assert.Equal(next, batch.FirstSequence);
            Assert.Equal(batch.Messages, batch.LastSequence - batch.FirstSequence + 1);
            for (var i = 0; i < batch.Messages; i++)
            {
                Assert.True(TestBuffer.IsIntact(batch.Frames.Span.Slice(i * 100, 100), next++));
            }
        }

        Assert.Equal(5_001, next);
        test.AssertHolds(5_000, 500_000, 5_000, 500_000);
        Assert.Equal(5_000, test.Buffer.WrittenThrough);
    }

    [Fact]
    public void An_empty_buffer_gives_nothing()
    {
        var test = new TestBuffer();
        Assert.False(test.Buffer.TryTake(long.MaxValue, long.MaxValue, out var batch));
        Assert.Equal(0, batch.Messages);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, 0)]
    [InlineData(-1, 10)]
    [InlineData(10, -1)]
    public void A_link_that_takes_nothing_gets_nothing(long maxBytes, long maxMessages)
    {
        var test = new TestBuffer();
        test.Accept(100);
        Assert.False(test.Buffer.TryTake(maxBytes, maxMessages, out _));
        test.AssertHolds(1, 100, 0, 0);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(99, 1)]
    [InlineData(100, 1)]
    [InlineData(199, 1)]
    [InlineData(200, 2)]
    [InlineData(201, 2)]
    [InlineData(999, 9)]
    [InlineData(1_000, 10)]
    [InlineData(1_001, 10)]
    [InlineData(long.MaxValue, 10)]
    public void A_batch_takes_at_most_the_bytes_but_always_one_frame(long maxBytes, int expected)
    {
        var test = new TestBuffer();
        test.AcceptMany(10, 100);
        Assert.Equal(expected, test.Take(maxBytes).Messages);
        test.AssertHolds(10, 1_000, expected, expected * 100);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(9, 9)]
    [InlineData(10, 10)]
    [InlineData(11, 10)]
    [InlineData(long.MaxValue, 10)]
    public void A_batch_takes_at_most_the_messages(long maxMessages, int expected)
    {
        var test = new TestBuffer();
        test.AcceptMany(15, 100);
        test.Take(maxMessages: 5);
        Assert.Equal(expected, test.Take(maxMessages: maxMessages).Messages);
    }

    [Fact]
    public void The_byte_limit_counts_from_the_first_frame_of_the_batch()
    {
        var test = new TestBuffer();
        test.AcceptMany(10, 100);
        test.Take(maxMessages: 7);
        Assert.Equal((8L, 9L), (test.Take(200).FirstSequence, test.Buffer.WrittenThrough));
    }

    [Fact]
    public void A_batch_ends_at_a_frame_that_has_left_and_the_next_begins_behind_it()
    {
        var test = new TestBuffer();
        test.AcceptMany(10, 100);
        foreach (var gone in new long[] { 1, 4, 5, 10 })
        {
            Assert.True(test.End(gone));
        }

        Assert.Equal([(2, 3), (6, 9)], test.TakeAll());
        Assert.Empty(test.TakeAll());
        test.AssertHolds(6, 600, 6, 600);
    }

    [Fact]
    public void A_frame_accepted_after_the_last_was_taken_is_the_next()
    {
        var test = new TestBuffer();
        test.Accept(100);
        test.TakeAll();
        test.Accept(100);
        Assert.Equal([(2, 2)], test.TakeAll());
    }

    [Fact]
    public void After_a_lost_link_what_was_unconfirmed_is_taken_again_first_and_counted()
    {
        var test = new TestBuffer();
        test.AcceptMany(10, 100);
        test.Take(maxMessages: 6);
        test.Confirm(2);
        test.Buffer.Rewind(linkGone: true);
        test.AssertHolds(8, 800, 0, 0);

        Assert.Equal((3L, 7L), First(test.Take(maxMessages: 5)));
        Assert.Equal(4, test.Buffer.Resent);
        Assert.Equal([(8, 10)], test.TakeAll());
        Assert.Equal((4L, 10L), (test.Buffer.Resent, test.Buffer.WrittenThrough));

        test.Buffer.Rewind(linkGone: true);
        test.TakeAll();
        Assert.Equal(12, test.Buffer.Resent);
    }

    [Fact]
    public void A_rewind_goes_back_over_segments()
    {
        var test = new TestBuffer();
        test.AcceptMany(5_000, 100);
        test.TakeAll();
        test.Confirm(1_700);
        test.Buffer.Rewind(linkGone: true);
        Assert.Equal(1_701, test.Take().FirstSequence);
        test.TakeAll();
        test.AssertHolds(3_300, 330_000, 3_300, 330_000);
        Assert.Equal(3_300, test.Confirm(5_000));
    }

    [Fact]
    public void An_empty_frame_is_a_frame()
    {
        var test = new TestBuffer();
        test.Accept(0);
        test.Accept(8);
        test.Accept(0);
        Assert.Equal((1L, 3L), First(test.Take()));
        Assert.Equal(3, test.Confirm(3));
        test.AssertHolds(0, 0, 0, 0);
    }

    [Theory]
    [InlineData(16 * 1024)]
    [InlineData(16 * 1024 + 1)]
    [InlineData(TestBuffer.Segment - 1)]
    [InlineData(TestBuffer.Segment)]
    [InlineData(TestBuffer.Segment + 1)]
    [InlineData(5 * TestBuffer.Segment)]
    public void Frames_of_any_size_keep_their_order_among_small_ones(int size)
    {
        var test = new TestBuffer();
        for (var i = 0; i < 12; i++)
        {
            test.Accept(i % 3 == 0 ? size : 50);
        }

        Assert.Equal(Enumerable.Range(1, 12).Select(i => (long)i), test.Left());
        Assert.Equal(12, test.TakeAll().Sum(batch => batch.Last - batch.First + 1));
        Assert.Equal(12, test.Confirm(12));
    }

    [Fact]
    public void An_encoder_that_fails_leaves_the_buffer_as_it_was()
    {
        var test = new TestBuffer();
        test.AcceptMany(3, 100);
        test.Buffer.Reserve(TestBuffer.Segment, 0).Fill(0xff);
        test.Buffer.Reserve(3 * TestBuffer.Segment, 0).Fill(0xff);
        test.AssertHolds(3, 300, 0, 0);
        Assert.Equal(4, test.Accept(100));
        Assert.Equal([1, 2, 3, 4], test.Left());
        test.TakeAll();
        Assert.Equal(4, test.Confirm(4));
    }

    [Fact]
    public void What_a_link_has_not_written_stays_as_it_was_whatever_happens_to_its_frames()
    {
        var test = new TestBuffer();
        test.AcceptMany(100, 1_000);
        var batch = test.Take();
        var copy = batch.Frames.ToArray();
        test.Buffer.Rewind(linkGone: false);
        test.Purge(_ => true);
        test.AcceptMany(1_000, 1_000);
        Assert.True(batch.Frames.Span.SequenceEqual(copy));
    }

    [Fact]
    public void What_a_lost_link_may_still_read_is_never_used_again()
    {
        var test = new TestBuffer();
        var kept = new List<(ReadOnlyMemory<byte> Memory, byte[] Copy)>();
        for (var round = 0; round < 30; round++)
        {
            test.AcceptMany(200, 1_000);
            while (test.Buffer.TryTake(long.MaxValue, long.MaxValue, out var batch))
            {
                kept.Add((batch.Frames, batch.Frames.ToArray()));
            }

            test.Buffer.Rewind(linkGone: true);
            test.TakeAll();
            test.Confirm(long.MaxValue - 1);
            test.Buffer.Rewind(linkGone: true);
        }

        Assert.All(kept, batch => Assert.True(batch.Memory.Span.SequenceEqual(batch.Copy)));
    }

    [Fact]
    public void What_was_written_and_confirmed_is_used_again()
    {
        var test = new TestBuffer();
        var first = Round();
        Assert.Contains(true, Enumerable.Range(0, 20).Select(_ => Round().Span.Overlaps(first.Span)));

        ReadOnlyMemory<byte> Round()
        {
            test.AcceptMany(200, 1_000);
            var memory = test.Take().Frames;
            test.TakeAll();
            test.Buffer.Written();
            test.Buffer.Written();
            test.Confirm(long.MaxValue - 1);
            return memory;
        }
    }

    private static (long First, long Last) First(FrameBatch batch) => (batch.FirstSequence, batch.LastSequence);
}
