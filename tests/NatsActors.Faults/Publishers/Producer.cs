using System.Diagnostics;

namespace NatsActors.Faults;

/// <summary>Offers messages to one publisher at a steady rate until it is stopped.</summary>
public sealed class Producer : IAsyncDisposable
{
    private const int MostAtOnce = 32;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(4);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public Producer(IPublisherUnderTest publisher, int rate)
    {
        _running = RunAsync(publisher, rate);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    private async Task RunAsync(IPublisherUnderTest publisher, int rate)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Step, TimeProvider.System);
        var started = Stopwatch.GetTimestamp();
        var offered = 0L;
        while (!_stop.IsCancellationRequested)
        {
            var due = (long)(Stopwatch.GetElapsedTime(started).TotalSeconds * rate);
            // What a refusal held up is not made good for in one burst.
            offered = Math.Max(offered, due - (4 * MostAtOnce));
            while (offered < due && !_stop.IsCancellationRequested)
            {
                var count = (int)Math.Min(MostAtOnce, due - offered);
                offered += count;
                if (!await publisher.OfferAsync(count))
                {
                    break;
                }
            }

            try
            {
                await timer.WaitForNextTickAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
