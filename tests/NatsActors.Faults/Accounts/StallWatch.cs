using System.Diagnostics;

namespace NatsActors.Faults;

/// <summary>Looks often at each publisher's counts: the longest time in which none of its messages ended; and at the memory.</summary>
internal sealed class StallWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private readonly CancellationTokenSource _stop = new();
    private readonly IReadOnlyList<IPublisherUnderTest> _publishers;
    private readonly (long Ended, long At)[] _last;
    private readonly Task _running;

    public StallWatch(IReadOnlyList<IPublisherUnderTest> publishers)
    {
        _publishers = publishers;
        _last = [.. publishers.Select(_ => (0L, Stopwatch.GetTimestamp()))];
        _running = RunAsync();
    }

    public TimeSpan LongestStall { get; private set; }

    public long PeakWorkingSet { get; private set; }

    public long PeakHeap { get; private set; }

    /// <summary>Messages of a publisher that have ended.</summary>
    public static long Ended(LedgerTotals totals) => totals.Delivered + totals.Stored + totals.Undelivered;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                Look();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Look()
    {
        PeakWorkingSet = Math.Max(PeakWorkingSet, Environment.WorkingSet);
        PeakHeap = Math.Max(PeakHeap, GC.GetTotalMemory(forceFullCollection: false));
        for (var i = 0; i < _publishers.Count; i++)
        {
            var totals = _publishers[i].Totals;
            var (ended, at) = _last[i];
            if (Ended(totals) != ended)
            {
                _last[i] = (Ended(totals), Stopwatch.GetTimestamp());
            }

            var stall = Stopwatch.GetElapsedTime(at);
            LongestStall = stall > LongestStall ? stall : LongestStall;
        }
    }
}
