using NATS.Client.Core;
using OutageLab.Counting;

namespace OutageLab.Load;

/// <summary>
/// The same load through NATS.Client.Core, as its documentation uses it: each <c>PublishAsync</c> is awaited. A call that returns
/// without an error is reported as arrived; a call that throws, or takes longer than five seconds, is not.
/// </summary>
internal sealed class PlainLoad(string url, NumberBook book, OfferCounts counts, LoadRate rate, TimeProvider time)
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PublishTimeout = TimeSpan.FromSeconds(5);

    private long _number;

    public async Task RunAsync(CancellationToken stop)
    {
        await using var connection = new NatsConnection(NatsOpts.Default with { Url = url, Name = "plain" });
        var pace = new Pace(rate, time);
        using var tick = new PeriodicTimer(TickInterval);
        try
        {
            while (await tick.WaitForNextTickAsync(stop))
            {
                for (var due = pace.Take(); due > 0; due--)
                {
                    await PublishAsync(connection, stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    private async Task PublishAsync(NatsConnection connection, CancellationToken stop)
    {
        var number = ++_number;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(PublishTimeout);
        try
        {
            await connection.PublishAsync(Subjects.Plain, NumberedPayload.Create(number), cancellationToken: limit.Token);
            counts.Add(1, 0);
            book.Report(number, arrived: true);
        }
        catch (Exception) when (!stop.IsCancellationRequested)
        {
            counts.Add(0, 1);
            book.Report(number, arrived: false);
        }
    }
}
