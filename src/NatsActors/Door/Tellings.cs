namespace NatsActors.Door;

/// <summary>
/// The lists of outcomes that have been taken and are being told, and those of a journal's replies, behind which outcomes wait. Several threads tell at once; a flush or a drain is answered behind the
/// outcomes that it waited for, whoever tells them. Called under the lock of <see cref="GuardedBuffer"/>.
/// </summary>
internal sealed class Tellings
{
    // The numbers of the lists that are being told, in order: as many as there are threads at it.
    private readonly List<long> _underWay = [];
    private long _taken;
    private long _awaited = long.MaxValue;

    /// <summary>All lists up to this number have been told.</summary>
    private long ToldThrough => _underWay.Count == 0 ? _taken : _underWay[0] - 1;

    /// <summary>The number of the list that has the last of what has ended so far.</summary>
    /// <param name="hasEnded">Something has ended that is in no list yet.</param>
    public long Last(bool hasEnded) => hasEnded ? _taken + 1 : _taken;

    public bool AreTold(long through) => through <= ToldThrough;

    /// <summary>Nobody waits for lists any more.</summary>
    public void Forget() => _awaited = long.MaxValue;

    /// <summary>Somebody waits until all lists up to this one have been told.</summary>
    public void Await(long through) => _awaited = Math.Min(_awaited, through);

    /// <summary>A list has been taken.</summary>
    /// <returns>Its number.</returns>
    public long Begin()
    {
        _underWay.Add(++_taken);
        return _taken;
    }

    /// <summary>A list has been told, or its telling has failed.</summary>
    /// <returns>True when somebody has waited for that.</returns>
    public bool End(long number)
    {
        _underWay.Remove(number);
        if (_awaited > ToldThrough)
        {
            return false;
        }

        Forget();
        return true;
    }
}
