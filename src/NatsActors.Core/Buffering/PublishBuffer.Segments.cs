namespace NatsActors.Buffering;

/// <summary>The buffer's memory: segments are added at the tail, let go where they are empty, used again when no link reads them.</summary>
internal sealed partial class PublishBuffer
{
    /// <summary>Bytes of segments that hold nothing and are kept to be used again.</summary>
    public long SpareBytes => _pool.Bytes;

    /// <summary>More of them are kept than a buffer that is mostly empty needs.</summary>
    public bool HasExcessSpares => _pool.HasExcess;

    /// <summary>Lets go of half of the spare segments that were not needed since the last call.</summary>
    public void TrimSpares() => _pool.Trim();

    /// <summary>Lets go of all spare segments.</summary>
    public void DropSpares() => _pool.Clear();

    private void AddSegment(int size)
    {
        var segment = NewSegment(size <= LargeFrame ? SegmentBytes : size <= SegmentBytes ? LargeSegmentBytes : size);
        var old = _tail;
        old.Next = segment;
        segment.Previous = old;
        _tail = segment;
        if (old.Live == 0)
        {
            Unlink(old);
        }
    }

    private Segment NewSegment(int capacity)
    {
        if (_pool.TryTake(capacity) is not { } segment)
        {
            _pool.MakeRoom(capacity, HeldBytes);
            segment = new Segment(capacity, EntriesLike(capacity));
        }

        HeldBytes += segment.Bytes.Length;
        return segment;
    }

    /// <summary>The next segment will hold about as many frames as the one before it.</summary>
    private int EntriesLike(int capacity) =>
        _tail is { } full && full.Bytes.Length == capacity ? full.Count + (full.Count / 32) : 0;

    /// <summary>Lets go of a segment without live frames; the tail stays and starts over when no link can read it.</summary>
    private void Unlink(Segment segment)
    {
        if (segment == _tail)
        {
            StartTailOver();
            return;
        }

        if (_cursor == segment)
        {
            _cursor = segment.Next!;
            _cursorIndex = _cursor.First;
        }

        if (_head == segment)
        {
            _head = segment.Next!;
        }

        if (segment.Previous is not null)
        {
            segment.Previous.Next = segment.Next;
        }

        segment.Next!.Previous = segment.Previous;
        HeldBytes -= segment.Bytes.Length;
        if (segment.Pins == 0)
        {
            _pool.Put(segment, HeldBytes);
        }
    }

    private void StartTailOver()
    {
        if (_tail.Pins != 0)
        {
            return;
        }

        var previous = _tail.Previous;
        _tail.Reset();
        _tail.Previous = previous;
        if (_cursor == _tail)
        {
            _cursorIndex = 0;
        }
    }

    /// <summary>
    /// Holes in the queued part (purge, ages of their own) would hold memory beyond the limits; once they outweigh what lives,
    /// the live frames behind the cursor's segment move together. Each frame that ended pays for at most one move: the free end of
    /// the last segment is no hole, and does not count.
    /// </summary>
    private void CompactIfWasteful()
    {
        long used = 0, live = 0;
        for (var segment = _cursor.Next; segment is not null; segment = segment.Next)
        {
            used += segment == _tail ? segment.Used : segment.Bytes.Length;
            live += segment.LiveBytes;
        }

        if (used - live > Math.Max(4 * SegmentBytes, live + (live / 2)))
        {
            Compact();
        }
    }

    private void Compact()
    {
        var old = _cursor.Next;
        _cursor.Next = null;
        _tail = _cursor;
        while (old is not null)
        {
            var next = old.Next;
            for (var index = old.First; index < old.Count; index++)
            {
                if (!old.Entries[index].Ended)
                {
                    MoveToTail(old, index);
                }
            }

            HeldBytes -= old.Bytes.Length;
            old = next;
        }
    }

    private void MoveToTail(Segment from, int index)
    {
        var frame = from.Frame(index);
        var sequence = from.Sequence(index);
        if (_tail == _cursor || !_tail.TakesNext(frame.Length, sequence, from.AcceptedAt(index)))
        {
            AddSegment(frame.Length);
        }

        frame.CopyTo(_tail.Bytes.AsSpan(_tail.Used));
        var ticket = from.Tickets is { } tickets && index < tickets.Length ? tickets[index] : null;
        _tail.Append(frame.Length, sequence, from.AcceptedAt(index), from.Entries[index].TimeToLive, ticket);
    }
}
