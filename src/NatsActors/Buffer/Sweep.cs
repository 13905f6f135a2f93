using NatsActors.Protocol;

namespace NatsActors.Buffer;

/// <summary>
/// One walk over the buffer, in slices, that ends the frames it picks for one reason. Keeps the invariant that it looks at
/// frames in the order of their sequences and never goes back: a frame before <see cref="Position"/> is left as it is, whatever
/// happens to it between two slices. A frame that is taken for a link before a sweep over queued frames comes to it is left alone.
/// </summary>
internal abstract class Sweep(UndeliveredReason reason, string? detail, long throughSequence, bool queuedOnly)
{
    public UndeliveredReason Reason { get; protected set; } = reason;

    public string? Detail { get; } = detail;

    /// <summary>Frames with a higher sequence are left alone.</summary>
    public long ThroughSequence { get; protected set; } = throughSequence;

    /// <summary>Frames in flight are left alone.</summary>
    public bool QueuedOnly { get; } = queuedOnly;

    /// <summary>
    /// All frames of an atomic batch are read, up to 1,000 in one entry of the buffer: a long entry counts as many in a slice.
    /// </summary>
    public bool ReadsBatches { get; init; }

    /// <summary>How many frames the sweep has ended so far.</summary>
    public long Ended { get; set; }

    /// <summary>The sequence from which on frames have not been looked at. The buffer's own.</summary>
    public long Position { get; set; } = 1;

    /// <summary>The segment of <see cref="Position"/>, as long as it is there. The buffer's own.</summary>
    public SegmentHint Hint { get; set; }

    /// <summary>All frames have been looked at.</summary>
    public bool IsDone { get; set; }

    public abstract bool Picks(Segment segment, int index);

    /// <summary>Nothing in the segment can be picked.</summary>
    public virtual bool Skips(Segment segment) => false;

    /// <summary>All of a segment's frames up to <see cref="ThroughSequence"/> have been looked at.</summary>
    public virtual void Passed(Segment segment, int firstQueued)
    {
    }
}

/// <summary>Decides about one frame by its bytes.</summary>
internal delegate bool FrameFilter(long sequence, ReadOnlySpan<byte> frame);

/// <summary>Ends the frames that a filter picks.</summary>
internal sealed class FilterSweep(UndeliveredReason reason, string? detail, long throughSequence, bool queuedOnly, FrameFilter filter)
    : Sweep(reason, detail, throughSequence, queuedOnly)
{
    public override bool Picks(Segment segment, int index) => filter(segment.Sequence(index), segment.Frame(index));
}

/// <summary>
/// Makes atomic batches ready for a new link or for a resend. Batches end if the server does not take them. Otherwise those that a link
/// has carried get another batch id: the stream may hold the first messages of a batch whose link was cut or whose last message it
/// refused, and would find their resend out of sequence and abandon the batch, while messages behind it are stored.
/// </summary>
internal sealed class AtomicBatchSweep(bool serverTakesThem, long throughSequence)
    : Sweep(UndeliveredReason.NotStored, AtomicBatchHeaders.NotTaken, throughSequence, queuedOnly: false)
{
    public override bool Picks(Segment segment, int index)
    {
        var frames = segment.Frame(index);
        if (!AtomicBatchHeaders.IsBatch(frames))
        {
            return false;
        }

        if (serverTakesThem)
        {
            AtomicBatchHeaders.Renew(frames);
        }

        return !serverTakesThem;
    }
}

/// <summary>
/// With <c>jetstream.strict-order</c>: a frame whose predecessor has ended names the frame that is before it now. Its stream would refuse
/// it otherwise until it is the oldest, and after an outage in which many messages expired every gap would cost a resend. What does not
/// fit into the place of the old name is left to that. Changes bytes in place: no link may have unwritten ones.
/// </summary>
internal sealed class ChainSweep(PublishBuffer buffer, long throughSequence)
    : Sweep(UndeliveredReason.NotStored, null, throughSequence, queuedOnly: false)
{
    private long _before;

    public override bool Picks(Segment segment, int index)
    {
        var sequence = segment.Sequence(index);
        if (_before != 0 && _before + 1 != sequence && FrameReader.MessageIdBytes(buffer.Peek(_before)) is { IsEmpty: false } id)
        {
            StreamCondition.TryName(segment.Frame(index), id);
        }

        _before = sequence;
        return false;
    }
}

/// <summary>Takes frames out that a journal did not take, or that had ended before a crash: they get no outcome.</summary>
/// <param name="ranges">Their sequences, by the first of each range. Ranges may overlap: a mark that failed may be in the journal.</param>
internal sealed class WithdrawalSweep(IReadOnlyList<SequenceRange> ranges)
    : Sweep(UndeliveredReason.Closed, null, ranges.Select(static range => range.Last).DefaultIfEmpty().Max(), queuedOnly: false)
{
    private int _next;

    public override bool Picks(Segment segment, int index)
    {
        var sequence = segment.Sequence(index);
        while (_next < ranges.Count && ranges[_next].Last < sequence)
        {
            _next++;
        }

        return _next < ranges.Count && ranges[_next].First <= sequence;
    }
}

/// <summary>Ends queued frames whose time to live has passed, and finds out anew when the next one is due.</summary>
internal sealed class ExpirySweep(long now, long throughSequence)
    : Sweep(UndeliveredReason.Expired, "waited longer than its time to live", throughSequence, queuedOnly: true)
{
    public override bool Picks(Segment segment, int index) => segment.Deadline(index) <= now;

    public override bool Skips(Segment segment) => segment.EarliestDeadline > now;

    // Looked up afresh: between two slices frames of the segment may have been queued again or added.
    public override void Passed(Segment segment, int firstQueued) =>
        segment.EarliestDeadline = segment.EarliestDeadlineFrom(Math.Max(firstQueued, segment.First));
}

/// <summary>
/// Ends everything: what a link may have carried as <see cref="UndeliveredReason.Indeterminate"/>, the rest as
/// <see cref="UndeliveredReason.Closed"/>, or everything as <see cref="UndeliveredReason.Kept"/>; and lists what it has ended.
/// </summary>
internal sealed class CloseSweep(int expected, bool kept)
    : Sweep(UndeliveredReason.Closed, "the publisher ended", long.MaxValue, queuedOnly: false)
{
    private readonly List<UndeliveredMessage> _undelivered = new(expected);
    private byte[] _lastSubject = [];
    private string _lastText = "";

    /// <summary>What has ended so far, in order.</summary>
    public IReadOnlyList<UndeliveredMessage> Undelivered => _undelivered;

    public override bool Picks(Segment segment, int index)
    {
        ReadOnlySpan<byte> frame = segment.Frame(index);
        _undelivered.Add(new UndeliveredMessage(segment.Sequence(index), SubjectOf(frame), frame.Length, Reason));
        return true;
    }

    // Messages of one sender often have one subject: a million strings would be work for the garbage collector under the lock.
    private string SubjectOf(ReadOnlySpan<byte> frame)
    {
        var subject = FrameReader.Subject(frame);
        if (!subject.SequenceEqual(_lastSubject))
        {
            _lastSubject = subject.ToArray();
            _lastText = FrameReader.SubjectText(frame);
        }

        return _lastText;
    }

    /// <summary>A slice ends frames for one reason: those that were ever written, or those behind them.</summary>
    public void Aim(long writtenThrough)
    {
        IsDone = false;
        (Reason, ThroughSequence) = kept ? (UndeliveredReason.Kept, long.MaxValue)
            : Position <= writtenThrough
            ? (UndeliveredReason.Indeterminate, writtenThrough)
            : (UndeliveredReason.Closed, long.MaxValue);
    }
}
