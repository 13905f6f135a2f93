namespace NatsActors.Buffer;

/// <summary>
/// The segments of a buffer, linked in the order of their sequences, and the spare ones. Keeps the invariants that there is
/// always a tail, that only the tail may be without live frames, and that <see cref="HeldBytes"/> counts what is linked.
/// </summary>
internal sealed class SegmentList
{
    public const int SegmentBytes = 128 * 1024;
    private const int LargeFrame = SegmentBytes / 8;

    private readonly int _largeSegment;
    private readonly long _deep;
    private long _serial;

    public SegmentList(long maxBytes)
    {
        // The ends of segments, and segments that a few frames keep, are waste: in a small buffer large ones would waste too much.
        var mayBeDeep = maxBytes >= 16 * HugePage.Size;
        _largeSegment = mayBeDeep ? HugePage.Size : 8 * SegmentBytes;
        _deep = mayBeDeep ? HugePage.Size : long.MaxValue;
        Spares = new SegmentPool(SegmentBytes, _largeSegment, maxBytes);
        Head = Tail = Create((int)Math.Min(SegmentBytes, maxBytes), null);
    }

    public Segment Head { get; private set; }

    /// <summary>The segment that takes the next accepted frame.</summary>
    public Segment Tail { get; private set; }

    /// <summary>Bytes of all linked segments, with what is waste in them.</summary>
    public long HeldBytes { get; private set; }

    public SegmentPool Spares { get; }

    /// <summary>
    /// Links a segment that has room for a frame of <paramref name="size"/> bytes. While much is held, segments are large: a batch
    /// never spans two, and large batches cost the link fewer wake-ups and system calls.
    /// </summary>
    public Segment InsertAfter(Segment previous, int size)
    {
        var usual = size <= LargeFrame && HeldBytes < _deep ? SegmentBytes : _largeSegment;
        var segment = Create(size <= SegmentBytes ? usual : size, previous);
        segment.Previous = previous;
        segment.Next = previous.Next;
        previous.Next = segment;
        if (segment.Next is { } next)
        {
            next.Previous = segment;
        }
        else
        {
            Tail = segment;
        }

        return segment;
    }

    /// <summary>Unlinks a segment other than the tail. The pool keeps its memory unless a link may still read it.</summary>
    public void Remove(Segment segment)
    {
        if (Head == segment)
        {
            Head = segment.Next!;
        }

        if (segment.Previous is not null)
        {
            segment.Previous.Next = segment.Next;
        }

        segment.Next!.Previous = segment.Previous;
        segment.Serial = 0;
        HeldBytes -= segment.Capacity;
        if (segment.Pins == 0)
        {
            Spares.Put(segment, HeldBytes);
        }
    }

    /// <summary>Lets the tail, which has no live frames, begin again at its first byte; false when a link may still read it.</summary>
    public bool TryStartTailOver()
    {
        if (Tail.Pins != 0)
        {
            return false;
        }

        var previous = Tail.Previous;
        Tail.Reset();
        Tail.Previous = previous;
        Tail.Serial = ++_serial;
        return true;
    }

    private Segment Create(int capacity, Segment? previous)
    {
        if (Spares.TryTake(capacity) is not { } segment)
        {
            Spares.MakeRoom(capacity, HeldBytes);
            segment = new Segment(capacity, EntriesLike(previous, capacity));
        }

        segment.Serial = ++_serial;
        HeldBytes += segment.Capacity;
        return segment;
    }

    /// <summary>The next segment will hold about as many frames as the one before it.</summary>
    private static int EntriesLike(Segment? full, int capacity) =>
        full is not null && full.Capacity == capacity ? full.Count + (full.Count / 32) : 0;
}

/// <summary>A segment that was noted while it was linked. It may have been unlinked since, and its memory used again.</summary>
internal readonly struct SegmentHint(Segment? segment)
{
    private readonly long _serial = segment?.Serial ?? 0;

    /// <summary>The segment, when it has been linked all the time since it was noted.</summary>
    public Segment? Linked => segment is not null && segment.Serial == _serial ? segment : null;
}
