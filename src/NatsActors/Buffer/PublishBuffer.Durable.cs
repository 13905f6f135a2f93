namespace NatsActors.Buffer;

/// <summary>
/// What a journal needs of the buffer. Frames behind <see cref="DurableThrough"/> wait for the journal: no link takes them. Keeps the
/// invariant that <see cref="UndurableMessages"/> counts them.
/// </summary>
internal sealed partial class PublishBuffer
{
    private bool _durable;
    // Null without a journal.
    private EndedRanges? _endedRanges;
    // The oldest frame at the end of the publisher; null before.
    private long? _keptFrom;

    /// <summary>A journal decides what a link may take.</summary>
    public bool IsDurable => _durable;

    /// <summary>The last sequence that a link may take.</summary>
    public long DurableThrough { get; private set; } = long.MaxValue;

    /// <summary>Frames without an outcome that wait for the journal.</summary>
    public long UndurableMessages { get; private set; }

    /// <summary>Wire bytes accepted since the last page was read, with what has ended among them.</summary>
    public long UnpagedBytes { get; private set; }

    /// <summary>Wire bytes of all frames that have ended.</summary>
    public long EndedBytes { get; private set; }

    /// <summary>Wire bytes of all frames that a link of this process has carried and that have ended.</summary>
    public long EndedSentBytes { get; private set; }

    /// <summary>Frames have ended out of order since the last mark.</summary>
    public bool HasEndedRanges => _endedRanges is { Any: true };

    /// <summary>There is a frame for a link.</summary>
    public bool HasTakeable => QueuedMessages > 0 && CursorSequence <= DurableThrough;

    /// <summary>From here on a journal decides what a link may take. The buffer must be new.</summary>
    public void UseJournal()
    {
        _durable = true;
        _endedRanges = new EndedRanges();
        DurableThrough = 0;
    }

    /// <summary>What ends from here on stays in the journal.</summary>
    public void KeepWhatEnds() => _keptFrom ??= FirstSequence;

    /// <summary>The journal has every frame up to <paramref name="sequence"/>.</summary>
    public void AdvanceDurable(long sequence)
    {
        if (sequence > DurableThrough)
        {
            UndurableMessages -= UndurableMessages == 0 ? 0 : CountBehind(DurableThrough) - CountBehind(sequence);
            DurableThrough = sequence;
        }
    }

    /// <summary>Copies the next frames into a page: at least one when there is one, and not more than <paramref name="maxBytes"/> if it can be.</summary>
    public void ReadPage(long behind, long maxBytes, Page page)
    {
        page.Clear();
        var segment = _tail;
        while (segment.Previous is { } previous && previous.LastSequence > behind)
        {
            segment = previous;
        }

        for (var next = segment; next is not null; next = next.Next)
        {
            if (next.Count > 0 && next.LastSequence > behind && !Copy(next, next.IndexAtLeast(behind + 1), maxBytes, page))
            {
                UnpagedBytes = Math.Max(1, UnpagedBytes - page.Bytes);
                return;
            }
        }

        page.ThroughSequence = NextSequence - 1;
        UnpagedBytes = 0;
    }

    /// <summary>Puts a frame of the journal back, whatever the limits are. Sequences must rise.</summary>
    public void Restore(ReadOnlySpan<byte> frame, long sequence, long acceptedAt, uint timeToLive, object? ticket)
    {
        NextSequence = sequence;
        frame.CopyTo(Reserve(frame.Length, acceptedAt));
        _tail.Append(frame.Length, sequence, acceptedAt, timeToLive, ticket);
        Messages++;
        Bytes += frame.Length;
        LargestFrame = Math.Max(LargestFrame, frame.Length);
        Restored(sequence);
    }

    /// <summary>Every sequence up to this one was given away. The process before may have sent all of them.</summary>
    public void Restored(long throughSequence)
    {
        NextSequence = Math.Max(NextSequence, throughSequence + 1);
        DurableThrough = _writtenThrough = UnansweredThrough = NextSequence - 1;
    }

    /// <summary>What has ended since the last mark.</summary>
    public Mark TakeMark()
    {
        var through = (_keptFrom ?? FirstSequence) - 1;
        return new Mark(through, _endedRanges?.TakeBehind(through) ?? [], EndedBytes, EndedSentBytes);
    }

    /// <summary>A mark was not written.</summary>
    public void GiveBack(Mark mark)
    {
        foreach (var range in mark.Ended)
        {
            _endedRanges?.Add(range);
        }
    }

    /// <summary>Frames without an outcome behind a sequence, of which there are few: counted from the tail.</summary>
    private long CountBehind(long sequence)
    {
        var count = 0L;
        // The tail may be empty.
        for (var segment = _tail; segment is not null && (segment.Count == 0 || segment.LastSequence > sequence); segment = segment.Previous)
        {
            if (segment.Count == 0 || segment.BaseSequence > sequence)
            {
                count += segment.Live;
                continue;
            }

            for (var index = Math.Max(segment.First, segment.IndexAtLeast(sequence + 1)); index < segment.Count; index++)
            {
                count += segment.Entries[index].Ended ? 0 : 1;
            }
        }

        return count;
    }

    private static bool Copy(Segment segment, int from, long maxBytes, Page page)
    {
        for (var index = Math.Max(segment.First, from); index < segment.Count; index++)
        {
            if (!segment.Entries[index].Ended)
            {
                var frame = segment.Frame(index);
                if (page.Bytes > 0 && page.Bytes + (long)frame.Length > maxBytes)
                {
                    return false;
                }

                page.Add(frame, segment.Sequence(index), segment.AcceptedAt(index), segment.Entries[index].TimeToLive, segment.TicketOf(index));
            }

            page.ThroughSequence = segment.Sequence(index);
        }

        return true;
    }

    private void NoteEnded(long sequence)
    {
        UndurableMessages -= sequence > DurableThrough ? 1 : 0;
        if (_keptFrom is null)
        {
            _endedRanges?.Add(new SequenceRange(sequence, sequence));
        }
    }
}
