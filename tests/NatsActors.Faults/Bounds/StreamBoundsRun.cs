using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using NatsActors.Testing;

namespace NatsActors.Faults;

/// <summary>What a stream whose server was away came to.</summary>
public sealed record StreamBoundsReport(TimeSpan Away, PublishCounts Counts, long Made, long PulledMeanwhile, long PeakHeap, IReadOnlyList<string> Broken)
{
    public override string ToString()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"a stream as fast as it is pulled; the server is away for {Away.TotalSeconds:0} s; bound: {StreamBoundsRun.Bound >> 20} MiB\n\n")
            .Append("| elements | delivered | pulled while the server was away | peak live heap |\n|---|---|---|---|\n")
            .Append(CultureInfo.InvariantCulture, $"| {Made} | {Counts.Delivered} | {PulledMeanwhile} | {PeakHeap >> 20} MiB |\n");
        foreach (var promise in Broken)
        {
            text.Append("BROKEN ").Append(promise).Append('\n');
        }

        return text.Append(Broken.Count == 0 ? "every promise held\n" : "").ToString();
    }
}

/// <summary>
/// A source that never waits, into a sink whose server is killed and comes back: the memory stays within the limits of the settings plus
/// <see cref="BoundsRun.Constant"/>, and every element that was pulled is delivered.
/// </summary>
public static class StreamBoundsRun
{
    private const int PayloadBytes = 100;
    private const int PerBufferedMessage = 32;
    private const long Mebibyte = 1024 * 1024;

    private static readonly BufferSettings Buffer = new() { MaxBytes = 16 * Mebibyte, MaxMessages = 100_000 };
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>No live heap is larger.</summary>
    public static long Bound => Buffer.MaxBytes + (PerBufferedMessage * Buffer.MaxMessages) + BoundsRun.Constant;

    /// <param name="away">How long the server is away.</param>
    public static async Task<StreamBoundsReport> RunAsync(TimeSpan away)
    {
        await using var server = await NatsServer.StartAsync();
        await using var host = new AkkaHost();
        var publisher = NatsPublishers.Get(host.System).Start(new PublisherSettings
        {
            Name = "away",
            Connection = new ConnectionSettings { Servers = [server.Url], Backoff = new BackoffSettings { Min = TimeSpan.FromMilliseconds(10), Max = TimeSpan.FromMilliseconds(250) } },
            Buffer = Buffer,
        });
        long made = 0;
        var ends = 0;
        var others = GC.GetTotalMemory(forceFullCollection: true);
        var run = Source.From(Elements()).RunWith(NatsSink.PublishAndCount(publisher), host.System.Materializer());
        await Until.TrueAsync(() => Interlocked.Read(ref made) > 200_000, Limit);

        await server.KillAsync();
        var before = Interlocked.Read(ref made);
        var heap = await PeakHeapAsync(away) - others;
        var meanwhile = Interlocked.Read(ref made) - before;
        await server.RestartAsync();
        var back = Interlocked.Read(ref made);
        await Until.TrueAsync(() => Interlocked.Read(ref made) > back + 200_000, Limit);
        Volatile.Write(ref ends, 1);
        var counts = await run.WaitAsync(Limit, TimeProvider.System);

        var broken = new List<string>();
        void Expect(bool holds, string promise)
        {
            if (!holds)
            {
                broken.Add(promise);
            }
        }

        Expect(counts == new PublishCounts { Delivered = made }, $"{made} elements, {counts}");
        Expect(meanwhile <= Buffer.MaxMessages + 1000, $"{meanwhile} elements were pulled while the server was away");
        Expect(heap <= Bound, $"the live heap grew to {heap >> 20} MiB, the bound is {Bound >> 20} MiB");
        return new StreamBoundsReport(away, counts, made, meanwhile, heap, broken);

        IEnumerable<Publish> Elements()
        {
            while (Volatile.Read(ref ends) == 0)
            {
                Interlocked.Increment(ref made);
                yield return new Publish("away", new byte[PayloadBytes]);
            }
        }
    }

    private static async Task<long> PeakHeapAsync(TimeSpan duration)
    {
        var peak = 0L;
        using var stop = new CancellationTokenSource(duration, TimeProvider.System);
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token))
            {
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true));
            }
        }
        catch (OperationCanceledException)
        {
        }

        return peak;
    }
}
