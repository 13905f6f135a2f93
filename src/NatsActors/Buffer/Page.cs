namespace NatsActors.Buffer;

/// <summary>What a page says of one frame besides its bytes.</summary>
/// <param name="Sequence">The sequence.</param>
/// <param name="Length">Wire bytes.</param>
/// <param name="AcceptedAt">When the frame was accepted, in milliseconds of the publisher's clock.</param>
/// <param name="TimeToLive">Milliseconds that the frame may wait; 0 is without end.</param>
/// <param name="IsClaimed">A sender wants the outcome.</param>
/// <param name="CorrelationId">The sender's text for the outcome.</param>
internal readonly record struct PageFrame(
    long Sequence, int Length, long AcceptedAt, uint TimeToLive, bool IsClaimed, string? CorrelationId);

/// <summary>
/// A run of frames, copied out of the buffer in the order of their sequences: what a journal keeps as one event. Used again and again.
/// </summary>
internal sealed class Page
{
    /// <summary>A page of one large message leaves no more memory behind.</summary>
    private const int MostKept = 1024 * 1024;

    private readonly List<PageFrame> _entries = [];
    private byte[] _frames = [];

    /// <summary>The frames, one behind the other.</summary>
    public ReadOnlyMemory<byte> Frames => _frames.AsMemory(0, Bytes);

    public IReadOnlyList<PageFrame> Entries => _entries;

    /// <summary>Wire bytes of all frames.</summary>
    public int Bytes { get; private set; }

    /// <summary>Every frame up to it is in this page or one before it, or has ended.</summary>
    public long ThroughSequence { get; set; }

    public void Clear()
    {
        _entries.Clear();
        _frames = _frames.Length > MostKept ? [] : _frames;
        Bytes = 0;
        ThroughSequence = 0;
    }

    public void Add(ReadOnlySpan<byte> frame, long sequence, long acceptedAt, uint timeToLive, ITicket? ticket)
    {
        if (_frames.Length < Bytes + frame.Length)
        {
            Array.Resize(ref _frames, (int)Math.Max(Bytes + (long)frame.Length, Math.Min(Array.MaxLength, _frames.Length * 2L)));
        }

        frame.CopyTo(_frames.AsSpan(Bytes));
        Bytes += frame.Length;
        var claimed = ticket is { IsClaim: true };
        _entries.Add(new PageFrame(sequence, frame.Length, acceptedAt, timeToLive, claimed, claimed ? ticket!.CorrelationId : null));
    }
}

/// <summary>What has ended, as a journal keeps it: what a crash does not send again.</summary>
/// <param name="ThroughSequence">Every frame up to it has ended.</param>
/// <param name="Ended">Frames behind it that have ended and were not in a mark before this one: first and last sequences.</param>
/// <param name="EndedBytes">The buffer's <see cref="PublishBuffer.EndedBytes"/> at that moment.</param>
/// <param name="EndedSentBytes">The buffer's <see cref="PublishBuffer.EndedSentBytes"/> at that moment.</param>
internal sealed record Mark(long ThroughSequence, IReadOnlyList<SequenceRange> Ended, long EndedBytes, long EndedSentBytes);

/// <summary>Sequences from the first to the last, both included.</summary>
internal readonly record struct SequenceRange(long First, long Last);

/// <summary>Collects sequences that have ended. What ends in order takes one entry.</summary>
internal sealed class EndedRanges
{
    private readonly List<SequenceRange> _ranges = [];

    public bool Any => _ranges.Count > 0;

    public void Add(SequenceRange range)
    {
        if (_ranges.Count > 0 && _ranges[^1].Last + 1 == range.First)
        {
            _ranges[^1] = _ranges[^1] with { Last = range.Last };
        }
        else
        {
            _ranges.Add(range);
        }
    }

    /// <summary>Takes what lies behind a sequence, in order, without overlaps; forgets the rest.</summary>
    public IReadOnlyList<SequenceRange> TakeBehind(long sequence)
    {
        var taken = new EndedRanges();
        foreach (var range in _ranges.Where(range => range.Last > sequence).OrderBy(static range => range.First))
        {
            taken.Add(range with { First = Math.Max(range.First, sequence + 1) });
        }

        _ranges.Clear();
        return taken._ranges;
    }
}
