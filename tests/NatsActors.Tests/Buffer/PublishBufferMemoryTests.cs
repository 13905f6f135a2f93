using NatsActors.Buffer;

namespace NatsActors.Tests.Buffer;

/// <summary>Memory stays near the limits whatever leaves holes, and nothing is allocated for a message.</summary>
public sealed class PublishBufferMemoryTests
{
    private const int MaxBytes = 16 * 1024 * 1024;
    private const long FewSegments = (12 * TestBuffer.Segment) + HugePage.Size;

    [Theory]
    [InlineData(300)]
    [InlineData(3_000)]
    [InlineData(20_000)]
    [InlineData(200_000)]
    public void Scattered_purges_do_not_grow_what_is_held(int size)
    {
        var test = new TestBuffer(MaxBytes);
        var random = new Random(7);
        for (var round = 0; round < 12; round++)
        {
            Fill(test, () => size);
            Assert.InRange(test.Buffer.HeldBytes, 0, (2L * MaxBytes) + FewSegments);
            test.Purge(_ => random.Next(10) > 0);
            Assert.InRange(test.Buffer.HeldBytes, 0, (5 * test.Buffer.Bytes / 2) + FewSegments);
        }

        test.Left();
        test.TakeAll();
        test.Confirm(long.MaxValue - 1);
        test.AssertHolds(0, 0, 0, 0);
        Assert.InRange(test.Buffer.HeldBytes, 0, FewSegments);
    }

    [Fact]
    public void Holes_that_PubAcks_left_are_closed_when_the_link_is_lost()
    {
        var test = new TestBuffer(MaxBytes);
        Fill(test, () => 1_000);
        test.TakeAll();
        for (var sequence = 1L; sequence < test.Buffer.NextSequence; sequence++)
        {
            if (sequence % 100 != 0)
            {
                test.End(sequence);
            }
        }

        test.Rewind(linkGone: true);
        Assert.InRange(test.Buffer.HeldBytes, 0, (5 * test.Buffer.Bytes / 2) + FewSegments);
        Assert.Equal(Enumerable.Range(1, (int)test.Buffer.Messages).Select(i => i * 100L), test.Left());
    }

    [Theory]
    [InlineData(300)]
    [InlineData(20_000)]
    public void Senders_that_fill_the_buffer_between_the_slices_of_purges_do_not_grow_what_is_held(int size)
    {
        var test = new TestBuffer(MaxBytes);
        var random = new Random(7);
        Fill(test, () => size);
        for (var round = 0; round < 12; round++)
        {
            var purge = new FilterSweep(UndeliveredReason.Purged, null, test.Buffer.NextSequence - 1, queuedOnly: true, (_, _) => random.Next(10) > 0);
            while (test.Buffer.SweepSlice(purge, test) || test.Buffer.CompactSlice())
            {
                Fill(test, () => size);
                Assert.InRange(test.Buffer.HeldBytes, 0, (3L * MaxBytes) + FewSegments);
            }

            Assert.InRange(test.Buffer.HeldBytes, 0, (2L * MaxBytes) + FewSegments);
        }

        test.Left();
        test.Purge(_ => true);
        Assert.InRange(test.Buffer.HeldBytes, 0, FewSegments);
    }

    [Fact]
    public void A_compaction_moves_a_bounded_part_at_a_time_and_may_be_interrupted_anywhere()
    {
        var test = new TestBuffer(MaxBytes);
        Fill(test, () => 1_000);
        var purge = new FilterSweep(
            UndeliveredReason.Purged, null, long.MaxValue, queuedOnly: true, (sequence, _) => sequence % 5 != 0);
        while (test.Buffer.SweepSlice(purge, test))
        {
        }

        var left = test.Left();
        var slices = 0;
        while (test.Buffer.CompactSlice())
        {
            slices++;
            Assert.Equal(left, test.Left());
            var taken = test.Take(maxMessages: 7);
            Assert.Equal(left.Take(taken.Messages), Enumerable.Range(0, taken.Messages).Select(i => TestBuffer.SequenceIn(taken.Frames.Span[(i * 1_000)..])));
            test.Confirm(taken.LastSequence);
            left.RemoveRange(0, taken.Messages);
        }

        Assert.InRange(slices, MaxBytes / 5 / SliceLimits.Default.Bytes / 2, MaxBytes / SliceLimits.Default.Bytes);
        Assert.InRange(test.Buffer.HeldBytes, 0, (5 * test.Buffer.Bytes / 2) + FewSegments);
    }

    [Theory]
    [InlineData(17_000, 1_040_000)]
    [InlineData(16, 131_073)]
    public void Free_ends_of_segments_whose_neighbours_are_gone_are_given_back(int small, int large)
    {
        var test = new TestBuffer(8 * MaxBytes);
        var turn = 0;
        Fill(test, () => turn++ % 2 == 0 ? small : large);
        test.Purge(sequence => sequence % 2 == 0);
        Assert.InRange(test.Buffer.HeldBytes, 0, (5 * test.Buffer.Bytes / 2) + FewSegments);
        test.Left();
    }

    [Theory]
    [InlineData(16, TestBuffer.Segment + 1)]
    [InlineData(16 * 1024, TestBuffer.Segment - 100)]
    [InlineData(17_000, 1_020_000)]
    [InlineData(TestBuffer.Segment, 900_000)]
    [InlineData(8, 2_000_000)]
    public void Small_and_large_frames_in_turn_hold_at_most_twice_the_limit(int small, int large)
    {
        var test = new TestBuffer(MaxBytes);
        var turn = 0;
        Fill(test, () => turn++ % 2 == 0 ? small : large);
        Assert.InRange(test.Buffer.HeldBytes, test.Buffer.Bytes, (2L * MaxBytes) + FewSegments);
    }

    [Fact]
    public void Frames_that_pass_through_hold_no_more_than_what_is_there()
    {
        var test = new TestBuffer(MaxBytes);
        for (var i = 0; i < 2_000; i++)
        {
            test.AcceptMany(100, 1_000);
            test.TakeAll();
            test.Confirm(test.Buffer.NextSequence - 50);
        }

        Assert.InRange(test.Buffer.HeldBytes, 0, 3 * TestBuffer.Segment);
    }

    [Fact]
    public void Sweeps_do_not_move_the_same_frames_again_and_again()
    {
        var test = new TestBuffer(MaxBytes);
        test.AcceptMany(10, 1_000);
        test.Accept(TestBuffer.Segment);
        test.Purge(_ => false);
        // The runtime may compile again and allocate for it, but not in every round.
        Assert.Contains(0, Enumerable.Range(0, 5).Select(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                test.Compact();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(1_000)]
    [InlineData(20_000)]
    [InlineData(100_000)]
    public void A_message_on_its_way_allocates_nothing(int size)
    {
        var test = new TestBuffer(MaxBytes);
        Pass(test, (8 * TestBuffer.Segment / size) + 1_000, size);

        // The runtime may compile the loop once more while it runs, and allocate for that: not in every round.
        Assert.Contains(0, Enumerable.Range(0, 5).Select(_ => AllocatedBy(() => Pass(test, 10_000, size))));

        static void Pass(TestBuffer test, int count, int size)
        {
            for (var i = 0; i < count; i++)
            {
                test.Accept(size);
                if (i % 8 == 7 && test.Buffer.TryTake(1 << 20, long.MaxValue, out var batch))
                {
                    test.Buffer.Written();
                    test.Confirm(batch.LastSequence - 3);
                }
            }
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(20_000)]
    public void A_backlog_that_comes_again_allocates_nothing(int size)
    {
        var test = new TestBuffer(MaxBytes);
        for (var i = 0; i < 3; i++)
        {
            FillAndEmpty(test, size);
        }

        Assert.Contains(0, Enumerable.Range(0, 5).Select(_ => AllocatedBy(() => FillAndEmpty(test, size))));
    }

    [Fact]
    public void What_a_backlog_leaves_behind_is_within_the_limit_and_is_let_go_of_when_none_comes()
    {
        var test = new TestBuffer(MaxBytes);
        FillAndEmpty(test, 20_000);
        FillAndEmpty(test, 100);
        Assert.InRange(test.Buffer.HeldBytes + test.Buffer.SpareBytes, MaxBytes / 2, (9L * MaxBytes / 8) + FewSegments);
        Assert.True(test.Buffer.HasExcessSpares);

        for (var i = 0; i < 20; i++)
        {
            test.Buffer.TrimSpares();
        }

        Assert.False(test.Buffer.HasExcessSpares);
        Assert.InRange(test.Buffer.SpareBytes, 0, 6 << 20);
    }

    [Fact]
    public void What_is_needed_again_and_again_is_kept()
    {
        var test = new TestBuffer(MaxBytes);
        for (var i = 0; i < 20; i++)
        {
            FillAndEmpty(test, 1_000);
            test.Buffer.TrimSpares();
        }

        Assert.InRange(test.Buffer.SpareBytes, MaxBytes / 2, 9L * MaxBytes / 8);
    }

    [Fact]
    public void Large_segments_are_used_again_unless_a_link_may_read_them()
    {
        var buffer = new PublishBuffer(MaxBytes, 1_000);
        Assert.False(Round(buffer, linkGone: true).Span.Overlaps(Round(buffer, linkGone: true).Span));
    }

    private static ReadOnlyMemory<byte> Round(PublishBuffer buffer, bool linkGone)
    {
        var test = new TestBuffer(1);
        var all = new FilterSweep(UndeliveredReason.Purged, null, long.MaxValue, queuedOnly: true, (_, _) => true);
        for (var i = 0; i < 20; i++)
        {
            buffer.Reserve(100_000, 0).Fill(1);
            buffer.Commit(100_000, 0, 0, null);
        }

        buffer.TryTake(long.MaxValue, long.MaxValue, out var batch);
        buffer.Rewind(linkGone);
        while (buffer.SweepSlice(all, test))
        {
        }

        return batch.Frames;
    }

    private static long AllocatedBy(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void FillAndEmpty(TestBuffer test, int size)
    {
        while (test.Buffer.Check(size) is null)
        {
            test.Accept(size);
        }

        while (test.Buffer.TryTake(1 << 20, long.MaxValue, out var batch))
        {
            test.Buffer.Written();
            test.Confirm(batch.LastSequence);
        }
    }

    private static void Fill(TestBuffer test, Func<int> size)
    {
        while (true)
        {
            var next = size();
            if (test.Buffer.Check(next) is not null)
            {
                return;
            }

            test.Accept(next);
        }
    }
}
