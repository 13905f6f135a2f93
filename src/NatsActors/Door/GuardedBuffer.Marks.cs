using NatsActors.Buffer;

namespace NatsActors.Door;

/// <summary>The sections of a journal's marks of what has ended.</summary>
internal sealed partial class GuardedBuffer
{
    /// <summary>What has ended since the last mark; null when nothing has, or when pages are under way, which take marks along.</summary>
    public Mark? TakeMark()
    {
        lock (_gate)
        {
            return _journal == JournalState.Up && _pagesUnderWay == 0 && HasUnmarked ? Buffer.TakeMark() : null;
        }
    }

    /// <summary>What has ended, for the first event after the journal has been read.</summary>
    public Mark TakeMarkToBegin()
    {
        lock (_gate)
        {
            return Buffer.TakeMark();
        }
    }

    /// <summary>A mark is due before its time: much is not marked, or a drain waits for it.</summary>
    public bool IsMarkDue
    {
        get
        {
            lock (_gate)
            {
                return MarkDue;
            }
        }
    }

    /// <summary>A mark is in the journal.</summary>
    public void MarkWritten(Mark mark)
    {
        lock (_gate)
        {
            Marked(mark);
        }
    }

    /// <summary>Marks that were under way are not in the journal.</summary>
    public void GiveBack(IEnumerable<Mark> marks)
    {
        lock (_gate)
        {
            foreach (var mark in marks)
            {
                Buffer.GiveBack(mark);
            }
        }
    }

    /// <summary>Nothing is buffered that will need a mark.</summary>
    public bool IsMarked()
    {
        lock (_gate)
        {
            return Buffer.Messages == 0 && !HasUnmarked;
        }
    }
}
