using NatsActors.Buffer;

namespace NatsActors.Tests.Buffer;

/// <summary>Ages: the deadline is exact, what is in flight is left alone, and a rewind brings it back into the sweep.</summary>
public sealed class PublishBufferExpiryTests
{
    [Theory]
    [InlineData(1_099, 0)]
    [InlineData(1_100, 10)]
    [InlineData(1_101, 10)]
    public void A_frame_expires_when_its_time_has_passed(long now, long expected)
    {
        var test = new TestBuffer();
        test.AcceptMany(10, 100, now: 1_000, timeToLive: 100);
        Assert.Equal(expected, test.Expire(now));
        Assert.Equal(10 - expected, test.Buffer.Messages);
    }

    [Fact]
    public void Without_a_time_to_live_nothing_expires()
    {
        var test = new TestBuffer();
        test.AcceptMany(10, 100);
        Assert.Equal(0, test.Expire(long.MaxValue - 1));
        Assert.Equal(long.MaxValue, test.Buffer.EarliestDeadline);
    }

    [Fact]
    public void Each_frame_has_a_time_of_its_own()
    {
        var test = new TestBuffer();
        for (var i = 1; i <= 4_000; i++)
        {
            test.Accept(100, $"t{i}", now: 0, timeToLive: (uint)(1 + (i * 7919L % 4_000)));
        }

        for (var now = 0L; now <= 4_000; now += 371)
        {
            test.Expire(now);
            var left = Enumerable.Range(1, 4_000).Select(i => (Sequence: (long)i, Deadline: 1 + (i * 7919L % 4_000)))
                .Where(frame => frame.Deadline > now).ToList();
            Assert.Equal(left.Select(frame => frame.Sequence), test.Left());
            Assert.InRange(test.Buffer.EarliestDeadline, now + 1, left.Count == 0 ? long.MaxValue : left.Min(frame => frame.Deadline));
        }

        Assert.Equal(test.Told.Count, test.Told.Select(told => told.Ticket).Distinct().Count());
    }

    [Fact]
    public void What_is_in_flight_does_not_expire_until_it_is_queued_again()
    {
        var test = new TestBuffer();
        test.AcceptMany(4_000, 100, timeToLive: 50);
        test.Take(maxMessages: 100);
        test.TakeAll();
        test.AcceptMany(10, 100, timeToLive: 60);

        Assert.Equal(0, test.Expire(59));
        Assert.Equal(60, test.Buffer.EarliestDeadline);
        Assert.Equal(10, test.Expire(60));
        Assert.Equal(long.MaxValue, test.Buffer.EarliestDeadline);

        test.Buffer.Rewind(linkGone: true);
        Assert.True(test.Buffer.EarliestDeadline <= 50);
        Assert.Equal(4_000, test.Expire(60));
    }

    [Fact]
    public void An_outbox_sweeps_what_a_rewind_has_queued_again()
    {
        var outbox = new Outbox(new PublishBuffer(1_000_000, 1_000));
        outbox.Buffer.Reserve(100, 0).Fill(1);
        outbox.Accept(100, 0, 50, null);
        Assert.Equal(50, outbox.NextDeadline);
        outbox.Buffer.TryTake(1_000, 10, out _);
        Assert.Equal(0, outbox.Expire(70));
        Assert.Equal(long.MaxValue, outbox.NextDeadline);
        outbox.Rewind(linkGone: true);
        Assert.True(outbox.NextDeadline <= 70);
        Assert.Equal(1, outbox.Expire(70));
        Assert.Equal(1, outbox.Ledger.UndeliveredFor(UndeliveredReason.Expired));
    }

    [Fact]
    public void A_sweep_that_has_nothing_to_do_allocates_nothing()
    {
        var outbox = new Outbox(new PublishBuffer(1_000_000, 1_000));
        // The runtime may compile again and allocate for it, but not in every round.
        Assert.Contains(0, Enumerable.Range(0, 5).Select(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1_000; i++)
            {
                outbox.Expire(i);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }));
    }

    [Fact]
    public void Expired_frames_are_not_taken_and_those_between_them_are()
    {
        var test = new TestBuffer();
        for (var i = 1; i <= 9; i++)
        {
            test.Accept(100, timeToLive: i % 3 == 0 ? 0u : 10u);
        }

        test.Expire(10);
        Assert.Equal([(3, 3), (6, 6), (9, 9)], test.TakeAll());
        test.AssertHolds(3, 300, 3, 300);
    }

    [Fact]
    public void Ages_of_weeks_are_kept_to_the_millisecond()
    {
        const long Start = 10_000_000_000;
        var test = new TestBuffer();
        test.Accept(100, now: Start);
        test.Accept(100, now: Start + uint.MaxValue - 1, timeToLive: uint.MaxValue);
        test.Accept(100, now: Start + uint.MaxValue + 5L, timeToLive: 10);
        test.Accept(100, now: Start + (3L * uint.MaxValue), timeToLive: uint.MaxValue);

        Assert.Equal(0, test.Expire(Start + uint.MaxValue + 14L));
        Assert.Equal(1, test.Expire(Start + uint.MaxValue + 15L));
        Assert.Equal(0, test.Expire(Start + (2L * uint.MaxValue) - 2));
        Assert.Equal(1, test.Expire(Start + (2L * uint.MaxValue) - 1));
        Assert.Equal([1, 4], test.Left());
    }
}
