namespace NatsActors.Crash;

/// <summary>
/// What the independent reader got. A message counts where it arrived first: order is that of first arrivals. Knows for each life of the
/// process how many bytes it sent that had been seen before it was started. May be used by any thread.
/// </summary>
internal sealed class Arrivals
{
    private const int MostExamples = 5;

    private readonly Lock _lock = new();
    private readonly Dictionary<Stamp, (int First, int Last)> _seen = [];
    private readonly SortedDictionary<int, long> _again = [];
    private readonly List<string> _examples = [];
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Stamp _highest;
    private int _life;

    public long Distinct => _seen.Count;

    public long Duplicates { get; private set; }

    public long OutOfOrder { get; private set; }

    /// <summary>Messages whose content is not what was published.</summary>
    public long Corrupt { get; private set; }

    /// <summary>The first messages that were out of order, in words.</summary>
    public IReadOnlyList<string> Examples => _examples;

    /// <summary>Wire bytes of messages that were seen before a life and again in it, by life; each message counts once a life.</summary>
    public IReadOnlyDictionary<int, long> SeenAgain => _again;

    /// <summary>Completes with the next message.</summary>
    public Task NextAsync()
    {
        lock (_lock)
        {
            return _next.Task;
        }
    }

    /// <summary>The process is about to start again.</summary>
    public void NextLife()
    {
        lock (_lock)
        {
            _life++;
        }
    }

    public void Add(ReadOnlySpan<byte> payload)
    {
        lock (_lock)
        {
            _next.TrySetResult();
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!Stamp.TryRead(payload, out var stamp))
            {
                Corrupt++;
                return;
            }

            if (_seen.TryGetValue(stamp, out var before))
            {
                Duplicates++;
                Again(stamp, before);
                return;
            }

            _seen.Add(stamp, (_life, _life));
            Order(stamp);
        }
    }

    public bool Has(Stamp stamp) => _seen.ContainsKey(stamp);

    /// <summary>The life in which a message was seen first.</summary>
    public int? LifeOf(Stamp stamp) => _seen.TryGetValue(stamp, out var seen) ? seen.First : null;

    private void Again(Stamp stamp, (int First, int Last) before)
    {
        if (before.Last < _life)
        {
            // What this life saw first, and again when a link was cut, no kill has sent twice.
            _again[_life] = _again.GetValueOrDefault(_life) + stamp.FrameBytes;
            _seen[stamp] = before with { Last = _life };
        }
    }

    private void Order(Stamp stamp)
    {
        if ((stamp.Life, stamp.Number).CompareTo((_highest.Life, _highest.Number)) > 0)
        {
            _highest = stamp;
            return;
        }

        OutOfOrder++;
        if (_examples.Count < MostExamples)
        {
            _examples.Add($"{stamp} after {_highest} in life {_life}");
        }
    }
}
