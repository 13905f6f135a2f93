namespace NatsActors.Buffering;

/// <summary>The ways in which frames leave the buffer.</summary>
internal sealed partial class PublishBuffer
{
    /// <summary>Decides about one frame by its bytes.</summary>
    public delegate bool FrameFilter(ReadOnlySpan<byte> frame);

    /// <summary>Ends every frame in flight up to and with <paramref name="sequence"/>.</summary>
    /// <returns>How many.</returns>
    public long EndThrough(long sequence, IFrameSink sink)
    {
        var ended = 0L;
        var segment = _head;
        while (segment is not null && segment.Count > 0 && segment.BaseSequence <= sequence)
        {
            var next = segment.Next;
            var inFlightEnd = CursorIndexIn(segment);
            var end = Math.Min(inFlightEnd, segment.LastSequence <= sequence ? segment.Count : segment.IndexAtLeast(sequence + 1));
            ended += EndRange(segment, end, sink);
            if (segment == _cursor)
            {
                break;
            }

            segment = next;
        }

        return ended;
    }

    /// <summary>Ends one frame, in flight or queued.</summary>
    /// <returns>False when it has ended before or was never there.</returns>
    public bool End(long sequence, IFrameSink sink)
    {
        for (var segment = _head; segment is not null; segment = segment.Next)
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

            EndOne(segment, index, sink);
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
            EndOne(segment, _cursorIndex, sink);
            dropped++;
            Settle(segment);
        }

        return dropped;
    }

    /// <summary>Ends queued frames whose time to live has passed.</summary>
    /// <param name="now">The time, in the unit of acceptance.</param>
    /// <param name="sink">Learns of those with a ticket.</param>
    /// <param name="nextDeadline">The earliest deadline of what is left; <see cref="long.MaxValue"/> for none.</param>
    /// <returns>How many.</returns>
    public long ExpireDue(long now, IFrameSink sink, out long nextDeadline)
    {
        var expired = 0L;
        nextDeadline = long.MaxValue;
        for (var segment = _head; segment is not null;)
        {
            var next = segment.Next;
            if (segment.EarliestDeadline <= now)
            {
                expired += ExpireIn(segment, now, sink);
            }

            if (segment.Live > 0)
            {
                nextDeadline = Math.Min(nextDeadline, segment.EarliestDeadline);
            }

            segment = next;
        }

        CompactIfWasteful();
        return expired;
    }

    /// <summary>Ends the frames that the filter picks; with <paramref name="queuedOnly"/> those in flight are left alone.</summary>
    /// <returns>How many.</returns>
    public long EndWhere(FrameFilter filter, bool queuedOnly, long throughSequence, IFrameSink sink)
    {
        var ended = 0L;
        for (var segment = queuedOnly ? _cursor : _head; segment is not null;)
        {
            var next = segment.Next;
            var from = queuedOnly ? Math.Max(CursorIndexIn(segment), segment.First) : segment.First;
            for (var index = from; index < segment.Count && segment.Sequence(index) <= throughSequence; index++)
            {
                if (!segment.Entries[index].Ended && filter(segment.Frame(index)))
                {
                    EndOne(segment, index, sink);
                    ended++;
                }
            }

            if (ended > 0)
            {
                Settle(segment);
            }

            segment = next;
        }

        CompactIfWasteful();
        return ended;
    }

    /// <summary>A frame without an outcome.</summary>
    public delegate void FrameVisitor(long sequence, ReadOnlySpan<byte> frame, bool inFlight);

    /// <summary>Visits every frame without an outcome, in order.</summary>
    public void Visit(FrameVisitor visitor)
    {
        for (var segment = _head; segment is not null; segment = segment.Next)
        {
            var cursor = CursorIndexIn(segment);
            for (var index = segment.First; index < segment.Count; index++)
            {
                if (!segment.Entries[index].Ended)
                {
                    visitor(segment.Sequence(index), segment.Frame(index), index < cursor);
                }
            }
        }
    }

    /// <summary>Frames without an outcome up to and with <paramref name="sequence"/>.</summary>
    public long CountThrough(long sequence)
    {
        var count = 0L;
        Visit((each, _, _) => count += each <= sequence ? 1 : 0);
        return count;
    }

    /// <summary>The bytes of one frame; empty when it has ended. Its length is not to change.</summary>
    public Span<byte> Peek(long sequence)
    {
        for (var segment = _head; segment is not null; segment = segment.Next)
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

        return segment.BaseSequence < _cursor.BaseSequence ? segment.Count : 0;
    }

    /// <summary>Ends the live entries of a segment before <paramref name="end"/>, all of which are in flight.</summary>
    private long EndRange(Segment segment, int end, IFrameSink sink)
    {
        var from = segment.First;
        if (end <= from)
        {
            return 0;
        }

        long ended, bytes;
        if (segment.Dense && segment.Tickets is null)
        {
            ended = end - from;
            bytes = segment.EndOffset(end - 1) - segment.Entries[from].Offset;
            Leave(segment, (int)ended, (int)bytes, inFlight: true);
        }
        else
        {
            ended = 0;
            for (var index = from; index < end; index++)
            {
                if (!segment.Entries[index].Ended)
                {
                    EndOne(segment, index, sink);
                    ended++;
                }
            }
        }

        segment.First = end;
        Settle(segment);
        return ended;
    }

    private long ExpireIn(Segment segment, long now, IFrameSink sink)
    {
        var expired = 0L;
        var earliest = long.MaxValue;
        var cursor = CursorIndexIn(segment);
        for (var index = segment.First; index < segment.Count; index++)
        {
            if (segment.Entries[index].Ended)
            {
                continue;
            }

            var deadline = segment.Deadline(index);
            if (deadline <= now && index >= cursor)
            {
                EndOne(segment, index, sink);
                expired++;
            }
            else if (index >= cursor)
            {
                earliest = Math.Min(earliest, deadline);
            }
        }

        segment.EarliestDeadline = earliest;
        if (expired > 0)
        {
            Settle(segment);
        }

        return expired;
    }

    private void EndOne(Segment segment, int index, IFrameSink sink)
    {
        var sequence = segment.Sequence(index);
        segment.Entries[index].End();
        Leave(segment, 1, segment.Length(index), inFlight: index < CursorIndexIn(segment));
        if (segment.Tickets is { } tickets && index < tickets.Length && tickets[index] is { } ticket)
        {
            tickets[index] = null;
            sink.Ended(sequence, ticket, sequence <= _writtenThrough);
        }
    }

    private void Leave(Segment segment, int count, int bytes, bool inFlight)
    {
        segment.Live -= count;
        segment.LiveBytes -= bytes;
        Messages -= count;
        Bytes -= bytes;
        if (inFlight)
        {
            InFlightMessages -= count;
            InFlightBytes -= bytes;
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
            Unlink(segment);
        }
        else
        {
            FirstLive(segment);
        }
    }
}
