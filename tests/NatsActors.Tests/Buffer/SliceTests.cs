using System.Text;
using NatsActors.Buffer;

namespace NatsActors.Tests.Buffer;

/// <summary>What happens between two slices, rule by rule. <see cref="OutboxModelTests"/> holds all of it together.</summary>
public sealed class SliceTests
{
    private const int Size = 100;
    private readonly Outbox _outbox = new(new PublishBuffer(64 << 20, 1_000_000, new SliceLimits(Frames: 147, Bytes: 20_000)));
    private EndedMessages _ended = new();

    private PublishBuffer Buffer => _outbox.Buffer;

    [Fact]
    public void A_purge_leaves_what_was_accepted_after_it_was_asked_for()
    {
        Accept(2_000);
        var purge = _outbox.StartPurge(null, throughSequence: 2_000);
        while (_outbox.Advance(purge))
        {
            Accept(10);
        }

        Assert.Equal(2_000, purge.Ended);
        Assert.Equal(2_001, Buffer.FirstSequence);
        Assert.Equal(Buffer.NextSequence - 2_001, Buffer.Messages);
    }

    [Fact]
    public void A_purge_leaves_what_was_taken_before_it_came_there_and_what_is_queued_again_behind_it()
    {
        Accept(2_000);
        Buffer.TryTake(long.MaxValue, 100, out _);
        var purge = _outbox.StartPurge(null, 2_000);
        Assert.True(_outbox.Advance(purge));
        Assert.InRange(purge.Ended, 100, 200);
        Assert.Equal(101 + purge.Ended, purge.Position);
        Buffer.TryTake(long.MaxValue, 500, out var taken);
        Assert.Equal((purge.Position, 500), (taken.FirstSequence, taken.Messages));
        Assert.True(_outbox.Advance(purge));
        _outbox.Rewind(linkGone: true);

        Assert.Equal(1_400, _outbox.Run(purge));
        Assert.Equal(600, Buffer.QueuedMessages);
    }

    [Fact]
    public void A_sweep_passes_a_last_segment_that_holds_nothing_and_that_a_link_may_read()
    {
        Accept(1_311); // 10 slices of frames and of a segment, and one frame in a second segment
        Buffer.TryTake(long.MaxValue, 2_000, out _);
        Buffer.TryTake(long.MaxValue, 2_000, out var last);
        Assert.Equal((1_311L, 1), (last.FirstSequence, last.Messages));
        _outbox.Run(new FilterSweep(UndeliveredReason.PermissionDenied, null, 1_311, queuedOnly: false, (sequence, _) => sequence == 1_311));
        var looked = new List<long>();
        var looking = new FilterSweep(UndeliveredReason.Purged, null, 1_311, queuedOnly: false, (sequence, _) =>
        {
            looked.Add(sequence);
            return false;
        });
        for (var slices = 0; slices < 20 && _outbox.Advance(looking); slices++)
        {
        }

        Assert.True(looking.IsDone);
        Assert.Equal(Enumerable.Range(1, 1_310), looked.Select(sequence => (int)sequence));
    }

    [Fact]
    public void An_atomic_batch_counts_as_many_frames_in_a_sweep_that_reads_them()
    {
        const int Frames = 160;
        var one = Encoding.ASCII.GetBytes($"PUB orders 81\r\n{new string('x', 81)}\r\n");
        for (var batch = 0; batch < 20; batch++)
        {
            var place = Buffer.Reserve(Frames * one.Length, 0);
            for (var i = 0; i < Frames; i++)
            {
                one.CopyTo(place[(i * one.Length)..]);
            }

            _outbox.Accept(Frames * one.Length, 0, 0, null);
        }

        var denied = _outbox.StartDenied(["prices"], 20);
        var slices = 0;
        while (_outbox.Advance(denied))
        {
            slices++;
        }

        Assert.InRange(slices, 20 / 3, 20);
    }

    [Fact]
    public void An_expiry_misses_no_deadline_of_what_is_accepted_or_queued_again_between_its_slices()
    {
        Accept(1_000, timeToLive: 50);
        Buffer.TryTake(long.MaxValue, 500, out _);
        Accept(1_000, timeToLive: 80);
        var expiry = _outbox.StartExpiry(60)!;
        Assert.True(_outbox.Advance(expiry));
        Accept(1, timeToLive: 70);
        _outbox.Rewind(linkGone: true);

        Assert.Equal(500, _outbox.Run(expiry));
        Assert.True(_outbox.NextDeadline <= 60, "The frames that were queued again are due.");
        Assert.Equal(500, _outbox.Run(_outbox.StartExpiry(60)));
        Assert.Equal(70, _outbox.NextDeadline);
        Assert.Null(_outbox.StartExpiry(69));
    }

    [Fact]
    public void A_close_lists_everything_in_order_and_tells_each_reason_once()
    {
        Accept(1_500);
        Buffer.TryTake(long.MaxValue, 700, out _);
        _outbox.Rewind(linkGone: true);
        var close = _outbox.StartClose();
        _outbox.Run(close);

        Assert.Equal(Enumerable.Range(1, 1_500), close.Undelivered.Select(message => (int)message.Sequence));
        Assert.All(close.Undelivered, message => Assert.Equal(
            message.Sequence <= 700 ? UndeliveredReason.Indeterminate : UndeliveredReason.Closed, message.Reason));
        Assert.True(_outbox.TakeEnded(ref _ended));
        Assert.Equal(
            [(UndeliveredReason.Indeterminate, 700L), (UndeliveredReason.Closed, 800L)],
            _ended.Unclaimed.Select(each => (each.Reason, each.Count)));
        Assert.Empty(_ended.Outcomes);
    }

    [Fact]
    public void A_confirmation_of_messages_with_tickets_tells_a_slice_at_a_time()
    {
        Accept(1_000, ticket: "t");
        Buffer.TryTake(long.MaxValue, 1_000, out _);
        var told = new List<long>();
        var slices = 0;
        bool more;
        do
        {
            more = _outbox.Delivered(900);
            slices++;
            Assert.True(_outbox.TakeEnded(ref _ended));
            Assert.InRange(_ended.Outcomes.Count, 1, 200);
            told.AddRange(_ended.Outcomes.Select(each => ((Delivered)each.Outcome).Sequence));
            _ended.Clear();
        }
        while (more);

        Assert.Equal(Enumerable.Range(1, 900), told.Select(sequence => (int)sequence));
        Assert.InRange(slices, 5, 10);
        Assert.False(_outbox.TakeEnded(ref _ended));
    }

    /// <summary>
    /// The sweep has stopped in a segment. A compaction then moves the frames at the front of that segment, behind the sweep's
    /// position and beyond it, to the segment before: the sweep must go on there.
    /// </summary>
    [Fact]
    public void A_sweep_finds_its_place_after_a_compaction_has_moved_frames_from_before_it()
    {
        Accept(20_000);
        Finish(Purge(sequence => sequence % 10 != 0));
        var slices = 0;
        bool more;
        do
        {
            var looked = new List<long>();
            var looking = Purge(sequence =>
            {
                looked.Add(sequence);
                return false;
            });
            while (looking.Position < 1_311 + (slices * 131) && Buffer.SweepSlice(looking, NoTickets))
            {
            }

            more = Buffer.CompactSlice() && Buffer.CompactSlice();
            slices += 2;
            Finish(looking);
            Assert.Equal(Enumerable.Range(1, 2_000).Select(i => i * 10L), looked);
        }
        while (more);
        Assert.True(slices > 100, "The compaction was not sliced.");
    }

    /// <summary>The segment that a compaction empties keeps the base of frames that are now in the segment before it.</summary>
    [Theory]
    [InlineData(131)]
    [InlineData(140)]
    [InlineData(175)]
    [InlineData(200)]
    [InlineData(400)]
    public void What_is_in_flight_is_told_from_what_is_queued_while_a_compaction_is_interrupted(int taken)
    {
        Accept(20_000);
        Finish(Purge(sequence => sequence % 10 != 0));
        for (var slice = 0; slice < 3; slice++)
        {
            Assert.True(Buffer.CompactSlice());
        }

        for (var i = 0; i < taken; i++)
        {
            Buffer.TryTake(long.MaxValue, 1, out _);
        }

        Assert.True(Buffer.End(1_400, NoTickets));
        while (Buffer.EndThrough(long.MaxValue - 1, NoTickets, out _))
        {
        }

        Assert.Equal((0L, 0L), (Buffer.InFlightMessages, Buffer.InFlightBytes));
        Assert.Equal((taken + 1) * 10L, Buffer.FirstSequence);
    }

    private static TestBuffer NoTickets { get; } = new(1);

    private void Finish(Sweep sweep)
    {
        while (Buffer.SweepSlice(sweep, NoTickets))
        {
        }
    }

    private static FilterSweep Purge(Func<long, bool> which) =>
        new(UndeliveredReason.Purged, null, long.MaxValue, queuedOnly: true, (sequence, _) => which(sequence));

    private void Accept(int count, uint timeToLive = 0, object? ticket = null)
    {
        for (var i = 0; i < count; i++)
        {
            var frame = Buffer.Reserve(Size, 0);
            "PUB orders 81\r\n"u8.CopyTo(frame);
            _outbox.Accept(Size, 0, timeToLive, ticket);
        }
    }
}
