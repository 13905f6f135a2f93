namespace NatsActors.Testing;

/// <summary>What a proxy does to the bytes of all of its connections, and its counts.</summary>
internal sealed class ProxyTraffic
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _hang;
    private TaskCompletionSource? _cut;
    private long _untilCut = long.MaxValue;
    private long _clientBytes;
    private long _serverBytes;
    private long _swallowedBytes;

    public volatile bool BlackHole;

    public volatile bool WithholdPongs;

    public int? BytesPerSecond { get; set; }

    public long ClientBytes => Volatile.Read(ref _clientBytes);

    public long ServerBytes => Volatile.Read(ref _serverBytes);

    public long SwallowedBytes => Volatile.Read(ref _swallowedBytes);

    /// <summary>Completes at once, or when a hang ends.</summary>
    public Task Open
    {
        get
        {
            lock (_lock)
            {
                return _hang?.Task ?? Task.CompletedTask;
            }
        }
    }

    public void Hang()
    {
        lock (_lock)
        {
            _hang ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Release()
    {
        BlackHole = false;
        WithholdPongs = false;
        BytesPerSecond = null;
        lock (_lock)
        {
            _hang?.SetResult();
            _hang = null;
        }
    }

    public Task CutAfter(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        lock (_lock)
        {
            if (_cut is not null)
            {
                throw new InvalidOperationException("A cut is ordered already.");
            }

            _untilCut = bytes;
            _cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _cut.Task;
        }
    }

    /// <summary>How many of <paramref name="bytes"/> from a client may pass; the cut is due behind them when it is said so.</summary>
    public (int Pass, TaskCompletionSource? Cut) Claim(int bytes)
    {
        lock (_lock)
        {
            if (_cut is null || bytes < _untilCut)
            {
                _untilCut -= _cut is null ? 0 : bytes;
                return (bytes, null);
            }

            var claimed = ((int)_untilCut, _cut);
            _cut = null;
            return claimed;
        }
    }

    public void CountFromClient(int bytes) => Interlocked.Add(ref _clientBytes, bytes);

    public void CountFromServer(int bytes) => Interlocked.Add(ref _serverBytes, bytes);

    public void CountSwallowed(int bytes) => Interlocked.Add(ref _swallowedBytes, bytes);
}
