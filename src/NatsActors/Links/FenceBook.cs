namespace NatsActors.Links;

/// <summary>
/// Owns the fences that were sent and not answered, oldest first, and reports what their PONGs confirm. A batch is reported as
/// written before it is reported as confirmed, and both only after its memory is no longer being sent. (A PONG can arrive before the
/// send call of its PING has returned.) The book also collects the subjects that were denied since the fence before.
/// </summary>
internal sealed class FenceBook(long epoch, LinkReports reports, TimeProvider time)
{
    /// <summary>
    /// The largest number of unanswered fences. At the limit no batch is sent. The limit is far above a publisher's window, so only a
    /// server that reads and never answers reaches it.
    /// </summary>
    public const int MaxOpen = 16_384;

    /// <summary>The largest number of distinct denied subjects between two fences. Beyond it the link ends.</summary>
    public const int MaxDenied = 10_000;

    /// <summary>
    /// The largest number of characters of these subjects: far more than one batch has. It bounds the memory that a server with
    /// made-up subjects can use.
    /// </summary>
    public const int MaxDeniedLength = 4 * 1024 * 1024;

    /// <summary>The failure for more denied subjects than the limits allow.</summary>
    public static LinkFailure TooManyDenied => new(
        LinkLossKind.ServerError, $"the server denied more than {MaxDenied} subjects, or {MaxDeniedLength} characters of them, before a PONG");

    private readonly Lock _gate = new();
    private readonly Queue<Fence> _open = new();
    private HashSet<string>? _denied;
    private int _deniedLength;
    private Confirmation? _coalesced;
    private Confirmation? _early;
    private Fence _last;
    private long _written;
    private long _confirmed;

    /// <summary>One fence: the batch that it follows, by its number on this link and its last sequence.</summary>
    private readonly record struct Fence(long Batch, long Through, long SentAt);

    private readonly record struct Confirmation(Fence Fence, TimeSpan RoundTrip, IReadOnlyList<string>? Denied);

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

    /// <summary>The fence behind the last bytes of a batch is about to be sent.</summary>
    public void SendingBatch(long through)
    {
        lock (_gate)
        {
            _last = new Fence(_last.Batch + 1, through, time.GetTimestamp());
            _open.Enqueue(_last);
        }
    }

    /// <summary>A PING without a batch is about to be sent. Its PONG confirms the last batch once more.</summary>
    public void SendingPing()
    {
        lock (_gate)
        {
            _open.Enqueue(_last with { SentAt = time.GetTimestamp() });
        }
    }

    /// <summary>The last batch is sent; its memory is free.</summary>
    public void BatchSent()
    {
        lock (_gate)
        {
            _written = _last.Batch;
            reports.Post(new LinkWritten(epoch, _last.Through));
            if (_early is { } early)
            {
                _early = null;
                Confirm(early);
            }
        }
    }

    /// <summary>Notes a subject whose publish was refused. False when there are too many.</summary>
    public bool Deny(string subject)
    {
        lock (_gate)
        {
            _denied ??= new HashSet<string>(StringComparer.Ordinal);
            if (_denied.Add(subject))
            {
                _deniedLength += subject.Length;
            }

            return _denied.Count <= MaxDenied && _deniedLength <= MaxDeniedLength;
        }
    }

    /// <summary>A PONG arrived. False when no fence is open.</summary>
    public bool Answered()
    {
        lock (_gate)
        {
            if (!_open.TryDequeue(out var fence))
            {
                return false;
            }

            var confirmation = new Confirmation(fence, time.GetElapsedTime(fence.SentAt), _denied?.ToArray());
            _denied = null;
            _deniedLength = 0;
            if (fence.Batch > _written)
            {
                ConfirmCoalesced();
                _early = confirmation;
            }
            else if (confirmation.Denied is not null)
            {
                ConfirmCoalesced();
                Confirm(confirmation);
            }
            else
            {
                _coalesced = confirmation;
            }

            return true;
        }
    }

    /// <summary>One read is processed. Several PONGs without denied subjects become one report.</summary>
    public void EndOfRead()
    {
        lock (_gate)
        {
            ConfirmCoalesced();
        }
    }

    private void ConfirmCoalesced()
    {
        if (_coalesced is { } coalesced)
        {
            _coalesced = null;
            Confirm(coalesced);
        }
    }

    private void Confirm(Confirmation confirmation)
    {
        // The PONG of an idle PING confirms nothing new.
        if (confirmation.Fence.Batch > _confirmed || confirmation.Denied is not null)
        {
            _confirmed = confirmation.Fence.Batch;
            reports.Post(new LinkConfirmed(epoch, confirmation.Fence.Through, confirmation.Denied) { RoundTrip = confirmation.RoundTrip });
        }
    }
}
