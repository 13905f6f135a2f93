using System.Diagnostics;
using System.Globalization;
using NatsActors.Testing;

namespace NatsActors.Benchmarks.Extremes;

/// <summary>
/// Runs the extremes one after another, each with a server, a proxy and a publisher of its own. A case fails the run when an
/// accepted message has no outcome, the server has read fewer messages than were delivered, or the buffer passes its limit.
/// </summary>
internal static class ExtremesRun
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    public static async Task<ReportTable> RunAsync(IReadOnlyList<Extreme> extremes)
    {
        var rows = new List<IReadOnlyList<object?>>();
        foreach (var extreme in extremes)
        {
            rows.Add(await RunAsync(extreme));
        }

        return new(
            "Extremes",
            [
                "case", "offered", "accepted", "BufferFull", "Rejected", "delivered", "read by the server", "buffered at most, MiB",
                "buffer.max-bytes, MiB", "peak memory above the start, MiB", "seconds", "outcome",
            ],
            rows)
        {
            Note = "A message that was answered BufferFull is offered again in the first three cases, and not in the others. Peak memory is the growth of the process's resident memory (VmHWM), with the client's and the proxy's.",
        };
    }

    private static async Task<IReadOnlyList<object?>> RunAsync(Extreme extreme)
    {
        await using var server = await MeasuredServer.StartAsync(extreme.ServerConfig);
        await using var proxy = CuttingProxy.Start(server.Port);
        var settings = new PublisherSettings { Connection = new() { Servers = [proxy.Url] }, Buffer = extreme.Buffer };
        await using var facade = new Facade(settings);
        await facade.Linked.WaitAsync(Stage.Limit, TimeProvider.System);
        var publisher = facade.Publisher;
        var before = await server.CountsAsync();
        var resident = ProcessMemory.Begin(fresh: true);
        var started = Stopwatch.GetTimestamp();
        using var end = new CancellationTokenSource();
        var watching = PeakAsync(publisher, end.Token);
        var offer = await Task.Run(() => extreme.Offer(publisher, proxy));
        await Facade.FlushAsync(publisher);
        var time = Stopwatch.GetElapsedTime(started);
        var peak = ProcessMemory.Peak - resident;
        await end.CancelAsync();
        var buffered = await watching;
        var status = publisher.Status;
        var totals = status.Totals;
        var read = await ReadAsync(server, before, totals.Delivered);
        Expect(extreme, totals.Balanced && totals.Buffered == 0, $"the ledger does not hold: {totals}");
        Expect(extreme, read >= totals.Delivered, $"{totals.Delivered} messages were delivered, and the server has read {read}");
        Expect(extreme, buffered <= status.MaxBytes, $"{buffered} B were buffered, and the limit is {status.MaxBytes} B");
        return
        [
            extreme.Name, offer.Offered, totals.Accepted, offer.Refusals, offer.Rejections, totals.Delivered, read, Mebibytes(buffered),
            Mebibytes(status.MaxBytes), Mebibytes(peak), time.TotalSeconds, Outcome(status),
        ];
    }

    private static string Outcome(PublisherStatus status)
    {
        var totals = status.Totals;
        var outcome = totals.Undelivered == 0
            ? "every accepted message delivered"
            : $"undelivered: {string.Join(", ", totals.UndeliveredByReason.Select(each => $"{each.Value} {each.Key}"))}";
        return status.Reconnects == 0 ? outcome : $"{outcome}; {status.Reconnects} reconnects, {totals.Resent} sent again";
    }

    /// <summary>The server counts what it has read after it has answered.</summary>
    private static async Task<long> ReadAsync(MeasuredServer server, MeasuredServer.Counts before, long expected)
    {
        var read = 0L;
        try
        {
            await Until.TrueAsync(async () => (read = (await server.CountsAsync()).Messages - before.Messages) >= expected);
        }
        catch (TimeoutException)
        {
        }

        return read;
    }

    private static async Task<long> PeakAsync(NatsPublisher publisher, CancellationToken end)
    {
        var peak = 0L;
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
            {
                peak = Math.Max(peak, publisher.Status.BufferedBytes);
            }
        }
        catch (OperationCanceledException)
        {
        }

        return peak;
    }

    private static void Expect(Extreme extreme, bool holds, FormattableString otherwise)
    {
        if (!holds)
        {
            throw new BenchmarkException($"{extreme.Name}: {otherwise.ToString(CultureInfo.InvariantCulture)}");
        }
    }

    private static double Mebibytes(long bytes) => bytes / 1024.0 / 1024.0;
}
