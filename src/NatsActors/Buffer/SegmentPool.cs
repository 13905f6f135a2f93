namespace NatsActors.Buffer;

/// <summary>
/// Segments that hold nothing, kept to be used again: a buffer that runs deep would else allocate, and have collected, as much as
/// it passes on. Keeps the invariant that what the buffer holds and what lies here are together no more than its limit and an
/// eighth (for the ends of segments that no frame fitted into), but for a few; and lets go of what was not needed for a while.
/// </summary>
internal sealed class SegmentPool(int smallBytes, int largeBytes, long maxBytes)
{
    private readonly long _limit = Math.Min(maxBytes, long.MaxValue / 2) / 8 * 9 + largeBytes;
    private readonly Shelf _small = new(smallBytes, 16);
    private readonly Shelf _large = new(largeBytes, largeBytes < HugePage.Size ? 4 : 1);

    /// <summary>Bytes of the segments that lie here.</summary>
    public long Bytes => _small.Bytes + _large.Bytes;

    /// <summary>More lies here than is always kept.</summary>
    public bool HasExcess => _small.HasExcess || _large.HasExcess;

    /// <summary>A segment of exactly this size; null when there is none.</summary>
    public Segment? TryTake(int capacity) => ShelfOf(capacity)?.TryTake();

    /// <summary>Makes room for a segment that is to be made, in what the buffer and the pool may have together.</summary>
    public void MakeRoom(int capacity, long heldBytes)
    {
        while (HasExcess && heldBytes + capacity + Bytes > _limit)
        {
            (_small.HasExcess ? _small : _large).Drop();
        }
    }

    /// <summary>Keeps a segment that no link reads, or lets go of it.</summary>
    public void Put(Segment segment, long heldBytes)
    {
        if (ShelfOf(segment.Capacity) is { } shelf
            && (!shelf.IsStocked || heldBytes + Bytes + segment.Capacity <= _limit))
        {
            shelf.Put(segment);
        }
    }

    /// <summary>Lets go of half of what was never taken since the last call.</summary>
    public void Trim()
    {
        _small.Trim();
        _large.Trim();
    }

    /// <summary>Lets go of everything.</summary>
    public void Clear()
    {
        _small.Clear();
        _large.Clear();
    }

    private Shelf? ShelfOf(int capacity) => capacity == smallBytes ? _small : capacity == largeBytes ? _large : null;

    /// <summary>Segments of one size.</summary>
    private sealed class Shelf(int capacity, int always)
    {
        private readonly Stack<Segment> _segments = new();

        // The fewest that lay here since the last trim: so many were not needed.
        private int _unused;

        public long Bytes => (long)_segments.Count * capacity;

        public bool IsStocked => _segments.Count >= always;

        public bool HasExcess => _segments.Count > always;

        public Segment? TryTake()
        {
            _ = _segments.TryPop(out var segment);
            _unused = Math.Min(_unused, _segments.Count);
            return segment;
        }

        public void Put(Segment segment)
        {
            segment.Reset();
            _segments.Push(segment);
        }

        public void Drop()
        {
            _segments.Pop();
            _unused = Math.Min(_unused, _segments.Count);
        }

        public void Trim()
        {
            for (var drop = (_unused + 1) / 2; drop > 0 && HasExcess; drop--)
            {
                _segments.Pop();
            }

            _unused = _segments.Count;
        }

        public void Clear()
        {
            _segments.Clear();
            _unused = 0;
        }
    }
}
