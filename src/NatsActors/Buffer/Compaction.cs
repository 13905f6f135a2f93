namespace NatsActors.Buffer;

/// <summary>
/// Closes the holes that ended frames leave in the queued part (a purge, ages of their own, what a rewind has queued again),
/// so that memory stays near the limits. Works in passes, and each pass in slices: frames move from a segment to the end of the
/// one before it, so that between two slices the buffer is an ordinary list of segments, and anything may happen to it.
/// A pass moves a frame at most once, and begins when the holes outweigh what lives: ended frames pay for the moves.
/// </summary>
internal sealed class Compaction(SegmentList segments, SliceLimits limits)
{
    /// <summary>Holes up to this many bytes are left alone.</summary>
    private const int Negligible = 4 * SegmentList.SegmentBytes;

    private bool _underWay;

    // The pass covers segments whose frames all have a lower sequence than this.
    private long _before;

    // Frames with a lower sequence have been moved, or were left where they are.
    private long _position;

    // The segment that is filled; without it the next one is inserted where the pass stands.
    private SegmentHint _target;
    private long _freed;

    /// <summary>Does one slice; true when more is left.</summary>
    /// <param name="cursor">The cursor's segment: frames move behind it only.</param>
    /// <param name="liveBytes">Bytes of all live frames.</param>
    /// <param name="nextSequence">The sequence of the next accepted frame.</param>
    public bool Step(Segment cursor, long liveBytes, long nextSequence)
    {
        if (!_underWay && !Begin(cursor, liveBytes, nextSequence))
        {
            return false;
        }

        var (frames, bytes) = (limits.Frames, limits.Bytes);
        var target = cursor != segments.Tail && _target.Linked is { } noted && noted.LastSequence > cursor.LastSequence ? noted : null;
        var source = target is null ? SourceBehind(cursor) : target.Next;
        while (source is not null && source != segments.Tail && source.LastSequence < _before)
        {
            if (frames <= 0 || bytes <= 0)
            {
                _target = new SegmentHint(target);
                _position = source.Sequence(source.First);
                return true;
            }

            frames = Math.Max(frames - SliceLimits.FramesOfASegment, 1);
            if (source.LiveBytes == source.Used && (target is null || source.LiveBytes > target.Free))
            {
                target = source;
                source = source.Next;
                continue;
            }

            target = Move(source, target, ref frames, ref bytes);
            if (source.Live == 0)
            {
                var emptied = source;
                source = source.Next;
                _freed += emptied.Capacity;
                segments.Remove(emptied);
            }
        }

        _underWay = false;
        _target = default;

        // What ended behind this pass may call for another one; a pass that has freed nothing would free nothing again.
        return _freed > 0 && Begin(cursor, liveBytes, nextSequence);
    }

    private bool Begin(Segment cursor, long liveBytes, long nextSequence)
    {
        if (segments.HeldBytes - liveBytes <= Negligible || !IsWasteful(cursor))
        {
            return false;
        }

        _underWay = true;
        _before = nextSequence;
        _position = _freed = 0;
        _target = default;
        return true;
    }

    /// <summary>The free end of the last segment before the tail is no hole: the next frames that move may fill it.</summary>
    private bool IsWasteful(Segment cursor)
    {
        long used = 0, live = 0;
        for (var segment = cursor.Next; segment is not null && segment != segments.Tail; segment = segment.Next)
        {
            used += segment.Next == segments.Tail ? segment.Used : segment.Capacity;
            live += segment.LiveBytes;
        }

        return used - live > Math.Max(Negligible, live + (live / 2));
    }

    private Segment? SourceBehind(Segment cursor)
    {
        var segment = cursor.Next;
        while (segment is not null && segment.Count > 0 && segment.LastSequence < _position)
        {
            segment = segment.Next;
        }

        return segment;
    }

    /// <summary>Moves frames from the front of <paramref name="source"/> until it is empty or the slice is over.</summary>
    /// <returns>The segment to fill next.</returns>
    private Segment? Move(Segment source, Segment? target, ref int frames, ref int bytes)
    {
        var index = source.First;
        for (; index < source.Count && frames > 0 && bytes > 0; index++, frames--)
        {
            if (source.Entries[index].Ended)
            {
                continue;
            }

            var size = source.Length(index);
            if (target is null || !target.TakesNext(size, source.Sequence(index), source.AcceptedAt(index)))
            {
                target = segments.InsertAfter(source.Previous!, size);
                _freed -= target.Capacity;
            }

            target.AppendFrom(source, index);
            source.Live--;
            source.LiveBytes -= size;
            bytes -= size;
        }

        source.First = index;
        return target;
    }
}
