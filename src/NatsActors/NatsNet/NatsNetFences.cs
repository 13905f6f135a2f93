using NatsActors.Wire;

namespace NatsActors.NatsNet;

/// <summary>
/// The batches whose PONG is awaited, oldest first, and the subjects that were refused. A PING is sent behind every batch, so the
/// n-th PONG answers for the n-th batch whichever of the client's calls it completes. A refusal is heard when it is read, while
/// the calls that PONGs complete go on later and in any order: so a refused subject is looked for in every batch that may have
/// caused it, and not only in the next one that is confirmed.
/// </summary>
internal sealed class NatsNetFences(long epoch, LinkReports reports)
{
    private readonly Lock _gate = new();
    private readonly Queue<(long Number, FrameBatch? Batch)> _open = new();

    // A refused subject, and the last batch that had been begun when it was refused.
    private readonly Dictionary<string, long> _denied = new(StringComparer.Ordinal);
    private long _deniedLength;
    private long _begun;
    private bool _ended;

    public int Open
    {
        get
        {
            lock (_gate)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>The first frame of a batch is about to be given to the client.</summary>
    public void Beginning()
    {
        lock (_gate)
        {
            _begun++;
        }
    }

    /// <summary>The client has all of the batch, and its PING is about to follow.</summary>
    public void Written(FrameBatch batch)
    {
        lock (_gate)
        {
            _open.Enqueue((_begun, batch));
            reports.Post(new LinkWritten(epoch, batch.LastSequence));
        }
    }

    /// <summary>A PING without a batch is about to be sent.</summary>
    public void Probing()
    {
        lock (_gate)
        {
            _open.Enqueue((_begun, null));
        }
    }

    /// <summary>Notes a subject, or a reply-to, whose publish was refused; false when there are too many.</summary>
    public bool Deny(string subject)
    {
        lock (_gate)
        {
            _deniedLength += _denied.TryAdd(subject, _begun) ? subject.Length : 0;
            _denied[subject] = _begun;
            return _denied.Count <= FenceBook.MaxDenied && _deniedLength <= FenceBook.MaxDeniedLength;
        }
    }

    /// <summary>A PONG arrived.</summary>
    public void Answered()
    {
        lock (_gate)
        {
            if (_ended || !_open.TryDequeue(out var fence))
            {
                return;
            }

            if (fence.Batch is { } batch)
            {
                reports.Post(new LinkConfirmed(epoch, batch.LastSequence, DeniedIn(batch, fence.Number)));
            }
        }
    }

    /// <summary>From here on no batch is looked at.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            _open.Clear();
        }
    }

    private string[]? DeniedIn(FrameBatch batch, long number)
    {
        if (_denied.Count == 0)
        {
            return null;
        }

        var found = new HashSet<string>(StringComparer.Ordinal);
        var cursor = new FrameCursor(batch.Frames);
        while (cursor.MoveNext())
        {
            foreach (var name in new[] { cursor.Subject, cursor.ReplyTo })
            {
                if (name is not null && _denied.TryGetValue(name, out var last) && last >= number)
                {
                    found.Add(name);
                }
            }
        }

        foreach (var (subject, last) in _denied)
        {
            if (last <= number)
            {
                _denied.Remove(subject);
                _deniedLength -= subject.Length;
            }
        }

        return found.Count == 0 ? null : [.. found];
    }
}
