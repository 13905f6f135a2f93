using System.Diagnostics;

namespace NatsActors.Buffer;

/// <summary>What a buffer tells of frames that end.</summary>
internal interface IFrameSink
{
    /// <summary>Whether <see cref="Left"/> is called for each frame.</summary>
    bool WantsAges { get; }

    /// <summary>A frame with a ticket has ended.</summary>
    void Ended(long sequence, object ticket, bool wasWritten);

    /// <summary>Frames in flight with one ticket, whose sequences follow one another, have ended together.</summary>
    void EndedRun(long sequence, int count, object ticket)
    {
        for (var i = 0; i < count; i++)
        {
            Ended(sequence + i, ticket, wasWritten: true);
        }
    }

    /// <summary>A frame that was accepted then has ended.</summary>
    void Left(long acceptedAt);
}

/// <summary>
/// The FIFO of encoded frames in pooled segments, with two exact limits. A cursor divides it into <em>in flight</em> (taken for a
/// link, not confirmed) and <em>queued</em>. Not thread-safe: its owner's lock is
/// around every call, so what would walk over all frames does a slice at a time.
/// Keeps the invariants: messages and bytes never exceed the limits; sequences rise; frames are taken in that order; every
/// frame ends exactly once; a segment without live frames is let go wherever it stands.
/// </summary>
internal sealed partial class PublishBuffer
{
    internal const int SegmentBytes = SegmentList.SegmentBytes;

    private readonly SegmentList _segments;
    private readonly Compaction _compaction;
    private readonly SliceLimits _slice;
    private readonly Queue<Segment> _pinned = new();

    // The list's tail, at hand for every accepted frame. Only AddSegment links another one behind it.
    private Segment _tail;
    private Segment _cursor;
    private int _cursorIndex;
    private long _writtenThrough;

    public PublishBuffer(long maxBytes, long maxMessages)
        : this(maxBytes, maxMessages, SliceLimits.Default)
    {
    }

    public PublishBuffer(long maxBytes, long maxMessages, SliceLimits slice)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxMessages);
        MaxBytes = maxBytes;
        MaxMessages = maxMessages;
        _slice = slice;
        _segments = new SegmentList(maxBytes);
        _compaction = new Compaction(_segments, slice);
        _cursor = _tail = _segments.Tail;
    }

    public long MaxBytes { get; }

    public long MaxMessages { get; }

    /// <summary>Frames without an outcome, in flight and queued.</summary>
    public long Messages { get; private set; }

    /// <summary>Wire bytes of <see cref="Messages"/>.</summary>
    public long Bytes { get; private set; }

    public long InFlightMessages { get; private set; }

    public long InFlightBytes { get; private set; }

    public long QueuedMessages => Messages - InFlightMessages;

    /// <summary>Bytes of all segments that hold frames, with what is waste in them.</summary>
    public long HeldBytes => _segments.HeldBytes;

    /// <summary>The sequence that the next accepted frame gets; sequences start at 1.</summary>
    public long NextSequence { get; private set; } = 1;

    /// <summary>Frames that were taken again after a rewind.</summary>
    public long Resent { get; private set; }

    /// <summary>The largest frame since the buffer was last empty.</summary>
    public int LargestFrame { get; private set; }

    /// <summary>The oldest frame without an outcome; <see cref="NextSequence"/> when there is none.</summary>
    public long FirstSequence => Messages == 0 ? NextSequence : _segments.Head.Sequence(_segments.Head.FirstLive());

    /// <summary>The first queued frame; <see cref="NextSequence"/> when there is none.</summary>
    public long CursorSequence => QueuedMessages > 0 && SkipEnded() ? _cursor.Sequence(_cursorIndex) : NextSequence;

    /// <summary>When the oldest frame was accepted; null when there is none.</summary>
    public long? OldestAcceptedAt => Messages == 0 ? null : _segments.Head.AcceptedAt(_segments.Head.FirstLive());

    /// <summary>The last sequence that was ever taken for a link.</summary>
    public long WrittenThrough => _writtenThrough;

    /// <summary>Frames up to it may have a copy at the server whose answer is lost.</summary>
    public long UnansweredThrough { get; private set; }

    /// <summary>No queued frame expires before it; a rewind makes it the distant past for frames that it has queued again.</summary>
    public long EarliestDeadline
    {
        get
        {
            var earliest = long.MaxValue;
            for (var segment = _cursor; segment is not null; segment = segment.Next)
            {
                earliest = Math.Min(earliest, segment.EarliestDeadline);
            }

            return earliest;
        }
    }

    /// <summary>The limit that a frame of this size would break, or null when it fits.</summary>
    public BufferLimit? Check(int size) =>
        Messages >= MaxMessages ? BufferLimit.Messages :
        Bytes + size > MaxBytes ? BufferLimit.Bytes : null;

    /// <summary>
    /// Memory for one frame at the tail. Nothing has changed until <see cref="Commit"/>, so an encoder that throws leaves the
    /// buffer as it was.
    /// </summary>
    public Span<byte> Reserve(int size, long now)
    {
        var tail = _tail;
        if (!tail.TakesNext(size, NextSequence, now))
        {
            tail = AddSegment(size);
        }

        return tail.Span(tail.Used, size);
    }

    /// <summary>Accepts the frame that was encoded into the memory of <see cref="Reserve"/>.</summary>
    /// <returns>Its sequence.</returns>
    public long Commit(int size, long now, uint timeToLive, object? ticket)
    {
        var tail = _tail;
        Debug.Assert(Check(size) is null && size <= tail.Free);
        var sequence = NextSequence;
        tail.Append(size, sequence, now, timeToLive, ticket);
        NextSequence = sequence + 1;
        Messages++;
        Bytes += size;
        if (_durable)
        {
            UndurableMessages++;
            UnpagedBytes += size;
        }

        if (size > LargestFrame)
        {
            LargestFrame = size;
        }

        return sequence;
    }

    /// <summary>
    /// Takes the next queued frames for a link: a run that is contiguous in memory, at least one frame when there is one.
    /// Does not look at ages: an <see cref="ExpirySweep"/> before it ends the frames whose time has passed.
    /// </summary>
    public bool TryTake(long maxBytes, long maxMessages, out FrameBatch batch)
    {
        batch = default;
        if (QueuedMessages == 0 || maxMessages <= 0 || maxBytes <= 0 || !SkipEnded() || _cursor.Sequence(_cursorIndex) > DurableThrough)
        {
            return false;
        }

        var segment = _cursor;
        var from = _cursorIndex;
        var last = LastOfRun(segment, from, maxBytes, maxMessages);
        last = segment.Sequence(last) <= DurableThrough ? last : segment.IndexAtLeast(DurableThrough + 1) - 1;
        var start = segment.Entries[from].Offset;
        var bytes = segment.EndOffset(last) - start;
        var count = last - from + 1;
        _cursorIndex = last + 1;
        InFlightMessages += count;
        InFlightBytes += bytes;
        var firstSequence = segment.Sequence(from);
        var lastSequence = segment.Sequence(last);
        CountResent(segment, from, last);
        segment.Pins++;
        _pinned.Enqueue(segment);
        batch = new FrameBatch(segment.Memory(start, bytes), firstSequence, lastSequence, count);
        return true;
    }

    /// <summary>The oldest batch that was taken has been written: its memory may be used again.</summary>
    public void Written()
    {
        if (_pinned.TryDequeue(out var segment))
        {
            segment.Pins--;
        }
    }

    /// <summary>
    /// The link is gone: what was in flight is queued again, in order, before everything else. Memory that the link may still
    /// read stays pinned for good. Holes among those frames are closed by <see cref="CompactSlice"/> afterwards.
    /// </summary>
    /// <param name="linkGone">False: what was in flight is sent again on the same link.</param>
    /// <param name="answersLost">The answer of a frame in flight did not come; with a link its answers are lost, too.</param>
    public void Rewind(bool linkGone, bool answersLost = false)
    {
        if (linkGone)
        {
            _pinned.Clear();
        }

        // Sweeps for expired frames skip what is in flight; the next sweep must look at it.
        for (var segment = _segments.Head; segment is not null; segment = segment == _cursor ? null : segment.Next)
        {
            segment.EarliestDeadline = segment.HasTimeToLive ? long.MinValue : long.MaxValue;
        }

        if (linkGone || answersLost)
        {
            UnansweredThrough = _writtenThrough;
        }

        _cursor = _segments.Head;
        _cursorIndex = _cursor.First;
        InFlightMessages = InFlightBytes = 0;
    }

    /// <summary>
    /// Closes holes in the queued part, once they outweigh what is there; moves a bounded number of frames. Must be called until
    /// it returns false after a rewind, and after a sweep (<see cref="Outbox.Advance"/> does that); memory may pass the limits
    /// until then.
    /// </summary>
    /// <returns>True when more is left.</returns>
    public bool CompactSlice() => _compaction.Step(_cursor, Bytes, NextSequence);

    /// <summary>Bytes of segments that hold nothing and are kept to be used again.</summary>
    public long SpareBytes => _segments.Spares.Bytes;

    /// <summary>More of them are kept than a buffer that is mostly empty needs.</summary>
    public bool HasExcessSpares => _segments.Spares.HasExcess;

    /// <summary>Lets go of half of the spare segments that were not needed since the last call.</summary>
    public void TrimSpares() => _segments.Spares.Trim();

    /// <summary>Lets go of all spare segments.</summary>
    public void DropSpares() => _segments.Spares.Clear();

    private Segment AddSegment(int size)
    {
        var old = _tail;
        _tail = _segments.InsertAfter(old, size);
        if (old.Live == 0)
        {
            LetGo(old);
        }

        return _tail;
    }

    /// <summary>Lets go of a segment without live frames; the tail stays and starts over when no link can read it.</summary>
    private void LetGo(Segment segment)
    {
        if (segment == _tail)
        {
            if (_segments.TryStartTailOver() && _cursor == segment)
            {
                _cursorIndex = 0;
            }

            return;
        }

        if (_cursor == segment)
        {
            _cursor = segment.Next!;
            _cursorIndex = _cursor.First;
        }

        _segments.Remove(segment);
    }

    private static int LastOfRun(Segment segment, int from, long maxBytes, long maxMessages)
    {
        var last = segment.LastWithin(from, maxBytes);
        if (maxMessages <= last - from)
        {
            last = from + (int)maxMessages - 1;
        }

        if (segment.Dense)
        {
            return last;
        }

        var index = from;
        while (index < last && !segment.Entries[index + 1].Ended)
        {
            index++;
        }

        return index;
    }

    private void CountResent(Segment segment, int from, int last)
    {
        if (segment.Sequence(from) <= _writtenThrough)
        {
            Resent += Math.Min(segment.IndexAtLeast(_writtenThrough + 1), last + 1) - from;
        }

        _writtenThrough = Math.Max(_writtenThrough, segment.Sequence(last));
    }

    /// <summary>Moves the cursor to the next live frame; false when there is none.</summary>
    private bool SkipEnded()
    {
        while (true)
        {
            while (_cursorIndex < _cursor.Count && _cursor.Entries[_cursorIndex].Ended)
            {
                _cursorIndex++;
            }

            if (_cursorIndex < _cursor.Count)
            {
                return true;
            }

            if (_cursor.Next is not { } next)
            {
                return false;
            }

            _cursor = next;
            _cursorIndex = next.First;
        }
    }
}
