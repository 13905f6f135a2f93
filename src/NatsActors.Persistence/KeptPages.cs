namespace NatsActors.Persistence;

/// <summary>Which pages the journal has, and which events of it are not needed any more: only a prefix of a journal can be deleted.</summary>
internal sealed class KeptPages
{
    private readonly Queue<(long Number, long ThroughSequence)> _pages = new();
    private long _endedThrough;
    private long _mark;
    private long _free;
    private long _deleted;
    private long _deletedBefore;

    /// <summary>A page is in the journal.</summary>
    public void Add(long number, long throughSequence)
    {
        _pages.Enqueue((number, throughSequence));
        _deleted = _deleted == 0 ? number - 1 : _deleted;
    }

    /// <summary>An event of the journal says up to where messages have ended.</summary>
    public void Marked(long number, long endedThrough)
    {
        _deleted = _deleted == 0 ? number - 1 : _deleted;
        if (endedThrough < _endedThrough)
        {
            return;
        }

        (_mark, _endedThrough) = (number, endedThrough);
        while (_pages.TryPeek(out var page) && page.ThroughSequence <= endedThrough)
        {
            _free = _pages.Dequeue().Number;
        }

        if (_pages.Count == 0)
        {
            // Nothing but the last mark is needed.
            _free = number;
        }
    }

    private long Deletable => Math.Min(_free, _mark - 1);

    /// <summary>At least so many events may be deleted.</summary>
    public bool AreDeletable(int atLeast) => Deletable - _deleted >= atLeast;

    /// <summary>Takes the number up to which events may be deleted; null when those are fewer than <paramref name="atLeast"/>.</summary>
    public long? TakeDeletable(int atLeast)
    {
        if (!AreDeletable(atLeast))
        {
            return null;
        }

        (_deletedBefore, _deleted) = (_deleted, Deletable);
        return _deleted;
    }

    /// <summary>The last deletion failed.</summary>
    public void NotDeleted() => _deleted = _deletedBefore;
}
