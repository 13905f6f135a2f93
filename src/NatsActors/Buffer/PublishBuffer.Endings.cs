namespace NatsActors.Buffer;

/// <summary>The ways in which frames leave the buffer.</summary>
internal sealed partial class PublishBuffer
{
    /// <summary>Ends frames in flight up to and with <paramref name="sequence"/>: runs without tickets at once, others one by one.</summary>
    /// <returns>True when more are left.</returns>
    public bool EndThrough(long sequence, IFrameSink sink, out long ended)
    {
        ended = 0;
        var frames = _slice.Frames;
        var segment = _segments.Head;
        while (segment is { Count: > 0 } && segment.BaseSequence <= sequence)
        {
            var next = segment == _cursor ? null : segment.Next;
            var end = Math.Min(
                CursorIndexIn(segment), segment.LastSequence <= sequence ? segment.Count : segment.IndexAtLeast(sequence + 1));
            if (end > segment.First)
            {
                if (frames <= 0)
                {
                    return true;
                }

                frames -= SliceLimits.FramesOfASegment;
                if (!EndRange(segment, end, ref frames, ref ended, sink))
                {
                    return true;
                }
            }

            segment = next;
        }

        return false;
    }

    /// <summary>Ends one frame, in flight or queued.</summary>
    /// <returns>False when it has ended before or was never there.</returns>
    public bool End(long sequence, IFrameSink sink)
    {
        for (var segment = _segments.Head; segment is not null; segment = segment.Next)
        {
            if (segment.Count == 0 || segment.LastSequence < sequence)
            {
                continue;
            }

            var index = segment.IndexAtLeast(sequence);
            if (index < segment.First || segment.Sequence(index) != sequence || segment.Entries[index].Ended)
            {
                return false;
            }

            EndOne(segment, index, inFlight: index < CursorIndexIn(segment), sink);
            Settle(segment);
            return true;
        }

        return false;
    }

    /// <summary>
    /// Ends queued frames, oldest first, until a frame of <paramref name="size"/> bytes fits; none when what is in flight leaves
    /// too little room for it anyhow.
    /// </summary>
    /// <returns>How many.</returns>
    public long DropOldest(int size, IFrameSink sink)
    {
        if (InFlightMessages >= MaxMessages || InFlightBytes + size > MaxBytes)
        {
            return 0;
        }

        var dropped = 0L;
        while (Check(size) is not null && SkipEnded())
        {
            var segment = _cursor;
            EndOne(segment, _cursorIndex, inFlight: false, sink);
            dropped++;
            Settle(segment);
        }

        return dropped;
    }

    /// <summary>Looks at the next frames of a sweep, and ends those that it picks.</summary>
    /// <returns>True when more are left.</returns>
    public bool SweepSlice(Sweep sweep, IFrameSink sink)
    {
        var frames = _slice.Frames;
        var segment = Locate(sweep);
        while (segment is not null && segment.Count > 0 && segment.BaseSequence <= sweep.ThroughSequence)
        {
            if (frames <= 0)
            {
                sweep.Hint = new SegmentHint(segment);
                sweep.Position = Math.Max(sweep.Position, segment.First < segment.Count ? segment.Sequence(segment.First) : 0);
                return true;
            }

            var (next, last) = (segment.Next, segment.LastSequence);
            frames -= SliceLimits.FramesOfASegment;
            if (!sweep.Skips(segment) && !LookInto(segment, sweep, ref frames, sink))
            {
                return true;
            }

            sweep.Position = Math.Max(sweep.Position, Math.Min(last, sweep.ThroughSequence) + 1);
            segment = next;
        }

        sweep.IsDone = true;
        sweep.Position = Math.Max(sweep.Position, Math.Min(sweep.ThroughSequence, NextSequence - 1) + 1);
        return false;
    }

    /// <summary>Frames without an outcome up to and with <paramref name="sequence"/>.</summary>
    public long CountThrough(long sequence)
    {
        var count = 0L;
        for (var segment = _segments.Head;
            segment is { Count: > 0 } && segment.BaseSequence <= sequence;
            segment = segment.Next)
        {
            if (segment.LastSequence <= sequence)
            {
                count += segment.Live;
                continue;
            }

            var end = segment.IndexAtLeast(sequence + 1);
            for (var index = segment.First; index < end; index++)
            {
                count += segment.Entries[index].Ended ? 0 : 1;
            }
        }

        return count;
    }

    /// <summary>The bytes of one frame; empty when it has ended. Its length is not to change.</summary>
    public Span<byte> Peek(long sequence)
    {
        for (var segment = _segments.Head; segment is not null; segment = segment.Next)
        {
            if (segment.Count > 0 && segment.LastSequence >= sequence)
            {
                var index = segment.IndexAtLeast(sequence);
                return segment.Sequence(index) == sequence && index >= segment.First && !segment.Entries[index].Ended
                    ? segment.Frame(index)
                    : default;
            }
        }

        return default;
    }

    /// <summary>The index in a segment before which its frames are in flight.</summary>
    private int CursorIndexIn(Segment segment)
    {
        if (segment == _cursor)
        {
            return _cursorIndex;
        }

        if (_cursor.Count == 0 || segment.Count == 0)
        {
            return _cursor == _tail ? segment.Count : 0;
        }

        // Not by base sequences: a segment that a compaction empties keeps its base, and the frames before it come from there.
        return segment.LastSequence < _cursor.LastSequence ? segment.Count : 0;
    }

    /// <summary>Ends live entries of a segment before <paramref name="end"/>, all of which are in flight; false when some are left.</summary>
    private bool EndRange(Segment segment, int end, ref int frames, ref long ended, IFrameSink sink)
    {
        var from = segment.First;
        var stop = end;
        if (segment.Dense && segment.Tickets is null && !sink.WantsAges)
        {
            ended += end - from;
            Leave(segment, end - from, segment.EndOffset(end - 1) - segment.Entries[from].Offset, inFlight: true);
        }
        else
        {
            stop = Math.Min(end, from + Math.Max(frames, 1));
            frames -= stop - from;
            for (var index = from; index < stop;)
            {
                object? ticket = null;
                var run = _durable || sink.WantsAges ? 0 : segment.TakeRun(index, stop, out ticket);
                if (run > 0)
                {
                    Leave(segment, run, segment.EndOffset(index + run - 1) - segment.Entries[index].Offset, inFlight: true);
                    sink.EndedRun(segment.Sequence(index), run, ticket!);
                }
                else if (!segment.Entries[index].Ended)
                {
                    EndOne(segment, index, inFlight: true, sink);
                    run = 1;
                }

                ended += run;
                index += Math.Max(run, 1);
            }
        }

        segment.First = stop;
        Settle(segment);
        return stop == end;
    }

    /// <summary>Where a sweep goes on; null when nothing is left for it.</summary>
    private Segment? Locate(Sweep sweep)
    {
        // A compaction moves frames from the front of a segment to the one before it: what the sweep has not looked at must not
        // lie before the segment that it noted.
        var segment = sweep.Hint.Linked is { } noted && noted.First < noted.Count && noted.Sequence(noted.First) <= sweep.Position
            ? noted
            : sweep.QueuedOnly ? _cursor : _segments.Head;
        while (segment is { Count: > 0 } && segment.LastSequence < sweep.Position)
        {
            segment = segment.Next;
        }

        return segment;
    }

    /// <summary>Looks at the frames of one segment; false when the slice was over before they were.</summary>
    private bool LookInto(Segment segment, Sweep sweep, ref int frames, IFrameSink sink)
    {
        var cursor = CursorIndexIn(segment);
        var index = Math.Max(segment.First, segment.BaseSequence < sweep.Position ? segment.IndexAtLeast(sweep.Position) : 0);
        index = sweep.QueuedOnly ? Math.Max(index, cursor) : index;
        var end = segment.LastSequence <= sweep.ThroughSequence ? segment.Count : segment.IndexAtLeast(sweep.ThroughSequence + 1);
        var start = index;
        var ended = 0;
        for (; index < end && (frames > 0 || index == start); index++)
        {
            frames -= sweep.ReadsBatches ? Math.Max(1, segment.Length(index) / SliceLimits.BytesOfAFrame) : 1;
            if (!segment.Entries[index].Ended && sweep.Picks(segment, index))
            {
                EndOne(segment, index, inFlight: index < cursor, sink);
                ended++;
            }
        }

        var passed = index >= end;
        if (passed)
        {
            sweep.Passed(segment, cursor);
        }
        else
        {
            sweep.Hint = new SegmentHint(segment);
            sweep.Position = segment.Sequence(index);
        }

        sweep.Ended += ended;
        if (ended > 0)
        {
            // All that was looked at has ended: no need to look at it again for the first live entry.
            segment.First = start == segment.First && ended == index - start ? index : segment.First;
            Settle(segment);
        }

        return passed;
    }

    private void EndOne(Segment segment, int index, bool inFlight, IFrameSink sink)
    {
        segment.Entries[index].End();
        if (sink.WantsAges)
        {
            sink.Left(segment.AcceptedAt(index));
        }

        Leave(segment, 1, segment.Length(index), inFlight);
        if (_durable)
        {
            NoteEnded(segment.Sequence(index));
            // Sent, and queued again since.
            EndedSentBytes += !inFlight && segment.Sequence(index) <= _writtenThrough ? segment.Length(index) : 0;
        }

        if (segment.TakeTicket(index) is { } ticket)
        {
            var sequence = segment.Sequence(index);
            sink.Ended(sequence, ticket, sequence <= _writtenThrough);
        }
    }

    private void Leave(Segment segment, int count, int bytes, bool inFlight)
    {
        segment.Live -= count;
        segment.LiveBytes -= bytes;
        Messages -= count;
        Bytes -= bytes;
        EndedBytes += bytes;
        if (inFlight)
        {
            InFlightMessages -= count;
            InFlightBytes -= bytes;
            EndedSentBytes += bytes;
        }

        if (Messages == 0)
        {
            LargestFrame = 0;
        }
    }

    private void Settle(Segment segment)
    {
        if (segment.Live == 0)
        {
            LetGo(segment);
        }
        else
        {
            segment.FirstLive();
        }
    }
}
