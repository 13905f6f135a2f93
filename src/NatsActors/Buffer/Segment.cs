using System.Runtime.CompilerServices;

namespace NatsActors.Buffer;

/// <summary>
/// One frame's place in its segment: 16 bytes a message. The frame ends where the next one starts.
/// </summary>
internal struct FrameEntry
{
    private const uint EndedBit = 1u << 31;
    private uint _sequenceDelta;

    public int Offset;

    /// <summary>Milliseconds from the segment's base time to acceptance.</summary>
    public uint AcceptedDelta;

    /// <summary>Milliseconds that the frame may wait; 0 is without end.</summary>
    public uint TimeToLive;

    public static FrameEntry Create(int offset, uint sequenceDelta, uint acceptedDelta, uint timeToLive) =>
        new() { Offset = offset, _sequenceDelta = sequenceDelta, AcceptedDelta = acceptedDelta, TimeToLive = timeToLive };

    /// <summary>The frame has an outcome; its bytes are waste.</summary>
    public readonly bool Ended => (_sequenceDelta & EndedBit) != 0;

    public readonly uint SequenceDelta => _sequenceDelta & ~EndedBit;

    public void End() => _sequenceDelta |= EndedBit;
}

/// <summary>
/// A run of frames, contiguous in memory in the order of acceptance. Sequences rise but may have gaps (after a compaction).
/// Keeps the invariant that <see cref="Live"/> and <see cref="LiveBytes"/> count the entries from <see cref="First"/> on that
/// have not ended.
/// </summary>
internal sealed class Segment
{
    private const int FirstEntries = 64;

    public const uint MaxDelta = (1u << 31) - 2;

    public Segment? Previous;
    public Segment? Next;

    /// <summary>Tells the life of the segment in a list from its lives before; 0 while it is in none.</summary>
    public long Serial;

    /// <summary>Bytes of memory, with what is not used yet.</summary>
    public readonly int Capacity;

    private readonly HugePage? _page;
    private readonly byte[] _array;
    public FrameEntry[] Entries;

    /// <summary>One for each entry, only when some frame of the segment has a ticket.</summary>
    public object?[]? Tickets;

    public int Count;
    public int Used;

    /// <summary>Every entry before it has ended.</summary>
    public int First;

    public int Live;
    public int LiveBytes;
    public long BaseSequence;
    public long BaseTime;

    /// <summary>No queued entry expires before it; <see cref="long.MaxValue"/> when none can.</summary>
    public long EarliestDeadline = long.MaxValue;

    public bool HasTimeToLive;

    /// <summary>
    /// Batches handed to a link and not reported as written. A segment that a link may still read is not used again: it goes
    /// to the garbage collector, which knows when the link lets go of it.
    /// </summary>
    public int Pins;

    public Segment(int capacity, int expectedEntries)
    {
        Capacity = capacity;
        _page = capacity == HugePage.Size ? HugePage.TryCreate() : null;
        _array = _page is null ? GC.AllocateUninitializedArray<byte>(capacity) : [];
        Entries = new FrameEntry[Math.Max(FirstEntries, expectedEntries)];
    }

    public int Free => Capacity - Used;

    /// <summary>All entries from <see cref="First"/> on are live, so that ranges can be counted without a scan.</summary>
    public bool Dense => Live == Count - First;

    public long Sequence(int index) => BaseSequence + Entries[index].SequenceDelta;

    public long LastSequence => Sequence(Count - 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int EndOffset(int index) => index + 1 < Count ? Entries[index + 1].Offset : Used;

    public int Length(int index) => EndOffset(index) - Entries[index].Offset;

    public Span<byte> Frame(int index) => Span(Entries[index].Offset, Length(index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Span(int start, int length) => _page is null ? _array.AsSpan(start, length) : _page.Slice(start, length);

    public ReadOnlyMemory<byte> Memory(int start, int length) =>
        _page is null ? _array.AsMemory(start, length) : _page.Memory.Slice(start, length);

    public long AcceptedAt(int index) => BaseTime + Entries[index].AcceptedDelta;

    public long Deadline(int index) =>
        Entries[index].TimeToLive == 0 ? long.MaxValue : AcceptedAt(index) + Entries[index].TimeToLive;

    public bool TakesNext(int size, long sequence, long now) =>
        size <= Free && (Count == 0 || (sequence - BaseSequence < MaxDelta && now - BaseTime < uint.MaxValue));

    /// <summary>The first index whose sequence is at least <paramref name="sequence"/>; <see cref="Count"/> when none is.</summary>
    public int IndexAtLeast(long sequence)
    {
        var guess = sequence - BaseSequence;
        if (guess >= 0 && guess < Count && Entries[(int)guess].SequenceDelta == guess)
        {
            return (int)guess;
        }

        int low = 0, high = Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (Sequence(middle) < sequence)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>The last index so that the frames from <paramref name="from"/> take at most <paramref name="bytes"/>; at least <paramref name="from"/>.</summary>
    public int LastWithin(int from, long bytes)
    {
        var start = Entries[from].Offset;
        if (Used - start <= bytes)
        {
            return Count - 1;
        }

        var limit = start + (int)bytes;
        int low = from, high = Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            if (EndOffset(middle) <= limit)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    public void Append(int size, long sequence, long now, uint timeToLive, object? ticket)
    {
        if (Count == 0)
        {
            BaseSequence = sequence;
            BaseTime = now;
        }

        if (Count == Entries.Length)
        {
            GrowEntries();
        }

        if (ticket is not null || Tickets is not null)
        {
            SetTicket(ticket);
        }

        Entries[Count] = FrameEntry.Create(Used, (uint)(sequence - BaseSequence), (uint)Math.Max(0, now - BaseTime), timeToLive);
        if (timeToLive != 0)
        {
            HasTimeToLive = true;
            EarliestDeadline = Math.Min(EarliestDeadline, Deadline(Count));
        }

        Count++;
        Used += size;
        Live++;
        LiveBytes += size;
    }

    /// <summary>Moves a live frame of another segment to the end of this one.</summary>
    public void AppendFrom(Segment source, int index)
    {
        var frame = source.Frame(index);
        frame.CopyTo(Span(Used, frame.Length));
        Append(frame.Length, source.Sequence(index), source.AcceptedAt(index), source.Entries[index].TimeToLive, source.TakeTicket(index));
        source.Entries[index].End();
    }

    /// <summary>The ticket of an entry, once; null when it has none.</summary>
    public object? TakeTicket(int index)
    {
        if (Tickets is not { } tickets || index >= tickets.Length)
        {
            return null;
        }

        var ticket = tickets[index];
        tickets[index] = null;
        return ticket;
    }

    /// <summary>
    /// Takes the one ticket of the live entries from <paramref name="index"/> on that share a ticket which takes runs. The caller moves
    /// <see cref="First"/> behind them.
    /// </summary>
    /// <returns>How many; 0 when the first has ended, or has no such ticket.</returns>
    public int TakeRun(int index, int end, out object? ticket)
    {
        ticket = Tickets is { } tickets && index < tickets.Length ? tickets[index] : null;
        if (ticket is not ITicket { TakesRuns: true })
        {
            return 0;
        }

        var delta = Entries[index].SequenceDelta;
        var next = index;
        for (; next < Math.Min(end, Tickets!.Length) && ReferenceEquals(Tickets[next], ticket) && Entries[next].SequenceDelta == delta + (uint)(next - index); next++)
        {
        }

        Array.Clear(Tickets, index, next - index);
        return next - index;
    }

    /// <summary>The ticket of an entry; null when it has none.</summary>
    public ITicket? TicketOf(int index) => Tickets is { } tickets && index < tickets.Length ? tickets[index] as ITicket : null;

    /// <summary>The first live entry; <see cref="Count"/> when there is none. Moves <see cref="First"/> there.</summary>
    public int FirstLive()
    {
        var index = First;
        while (index < Count && Entries[index].Ended)
        {
            index++;
        }

        return First = index;
    }

    /// <summary>The earliest deadline of the live entries from <paramref name="index"/> on.</summary>
    public long EarliestDeadlineFrom(int index)
    {
        var earliest = long.MaxValue;
        for (; index < Count; index++)
        {
            if (!Entries[index].Ended)
            {
                earliest = Math.Min(earliest, Deadline(index));
            }
        }

        return earliest;
    }

    public void Reset()
    {
        Serial = 0;
        Tickets = null;
        Previous = Next = null;
        Count = Used = First = Live = LiveBytes = Pins = 0;
        EarliestDeadline = long.MaxValue;
        HasTimeToLive = false;
    }

    /// <summary>Doubling to the end would leave up to half of it empty; the frames so far tell how many the segment will hold.</summary>
    private void GrowEntries()
    {
        var expected = (long)Count * Capacity / Math.Max(1, Used);
        Array.Resize(ref Entries, (int)Math.Clamp(expected + (expected / 32), Count + FirstEntries, Count * 2L));
    }

    private void SetTicket(object? ticket)
    {
        if (Tickets is null || Tickets.Length < Entries.Length)
        {
            Array.Resize(ref Tickets, Entries.Length);
        }

        Tickets[Count] = ticket;
    }
}
