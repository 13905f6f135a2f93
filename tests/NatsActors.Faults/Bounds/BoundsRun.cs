using System.Globalization;
using System.Text;
using NatsActors.Testing;

namespace NatsActors.Faults;

/// <summary>One overflow policy under pressure.</summary>
public sealed record BoundsRow(
    OverflowPolicy Overflow, TimeSpan Duration, long Offered, long Accepted, long Refused, long Dropped, long PeakUnanswered, long PeakHeap, long PeakWorkingSet);

/// <summary>What a run under pressure found.</summary>
public sealed record BoundsReport(IReadOnlyList<BoundsRow> Rows, IReadOnlyList<string> Broken)
{
    public override string ToString()
    {
        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"no server; bound: limits {BoundsRun.Limits >> 20} MiB + constant {BoundsRun.Constant >> 20} MiB = {BoundsRun.Bound >> 20} MiB\n\n")
            .Append("| overflow | time | offered | accepted | refused | dropped | unanswered, at most | peak live heap | peak working set, above the start |\n|---|---|---|---|---|---|---|---|---|\n");
        foreach (var row in Rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {row.Overflow} | {row.Duration.TotalSeconds:0} s | {row.Offered} | {row.Accepted} | {row.Refused} | {row.Dropped} | {row.PeakUnanswered} | {row.PeakHeap >> 20} MiB | {row.PeakWorkingSet >> 20} MiB |\n");
        }

        foreach (var promise in Broken)
        {
            text.Append("BROKEN ").Append(promise).Append('\n');
        }

        return text.Append(Broken.Count == 0 ? "every promise held\n" : "").ToString();
    }
}

/// <summary>
/// The server is gone, and producers press on without ever waiting for an answer: the memory stays within the limits of the
/// settings plus <see cref="Constant"/>, and every publish is answered once.
/// </summary>
public static class BoundsRun
{
    private const int WaitMessages = 10_000;
    private const long Mebibyte = 1024 * 1024;

    // A waiting message costs its record, its text, its envelope and (for PublishAsync) a task; a buffered one its index entry.
    private const int PerWaitingMessage = 600;
    private const int PerBufferedMessage = 32;

    private static readonly BufferSettings Buffer = new()
    {
        MaxBytes = 16 * Mebibyte,
        MaxMessages = 100_000,
        WaitMaxMessages = WaitMessages,
        WaitMaxBytes = 4 * Mebibyte,
        WaitTimeout = TimeSpan.FromMilliseconds(500),
    };

    // How much longer than asked for producers may need for more than the buffer holds.
    private static readonly TimeSpan SlowMachine = TimeSpan.FromSeconds(30);

    /// <summary>The runtime and the harness itself, whatever the pressure.</summary>
    public static long Constant => 16 * Mebibyte;

    /// <summary>Without <c>overflow = wait</c> a message is answered before its Tell or call returns: only those in the producers' hands have no answer.</summary>
    private const long Unanswered = 2;

    /// <summary>What the settings allow.</summary>
    public static long Limits => Buffer.MaxBytes + (PerBufferedMessage * Buffer.MaxMessages)
        + Buffer.WaitMaxBytes + (PerWaitingMessage * Buffer.WaitMaxMessages);

    /// <summary>No live heap is larger.</summary>
    public static long Bound => Limits + Constant;

    /// <param name="duration">The time of pressure, shared by the overflow policies.</param>
    /// <param name="start">Starts a publisher; null starts the facade.</param>
    public static async Task<BoundsReport> RunAsync(
        TimeSpan duration, Func<PublisherSettings, Task<IPublisherUnderPressure>>? start = null)
    {
        var rows = new List<BoundsRow>();
        var broken = new List<string>();
        foreach (var overflow in Enum.GetValues<OverflowPolicy>())
        {
            rows.Add(await PressAsync(overflow, duration / 3, broken, start ?? FacadePressure.StartAsync));
        }

        return new BoundsReport(rows, broken);
    }

    private static async Task<BoundsRow> PressAsync(
        OverflowPolicy overflow, TimeSpan duration, List<string> broken, Func<PublisherSettings, Task<IPublisherUnderPressure>> start)
    {
        await using var publisher = await start(SettingsOf(overflow));
        var check = new AnswerCheck();
        using var stop = new CancellationTokenSource(duration, TimeProvider.System);
        using var limit = new CancellationTokenSource(duration + SlowMachine, TimeProvider.System);
        using var pressed = new CancellationTokenSource();
        var pressure = new Pressure(check, 3L * Buffer.MaxMessages, stop.Token, limit.Token);
        var watching = WatchAsync(pressed.Token);
        await Task.WhenAll(publisher.Doors(check).Select(pressure.PressAsync));
        await pressed.CancelAsync();
        var (heap, workingSet) = await watching;

        var left = await publisher.DrainAsync(TimeSpan.Zero);
        void Expect(bool holds, string promise)
        {
            if (!holds)
            {
                broken.Add($"{overflow}: {promise}");
            }
        }

        try
        {
            await Until.TrueAsync(() => check.Complete);
        }
        catch (TimeoutException)
        {
            broken.Add($"{overflow}: {check.Offered} messages offered, {check.Answered} answers");
        }

        var totals = await publisher.TotalsAsync();
        var dropped = totals.UndeliveredByReason.GetValueOrDefault(UndeliveredReason.Dropped);
        Expect(totals.Balanced && totals.Buffered == 0, $"the ledger does not hold: {totals}");
        Expect(totals.Accepted == check.Accepted, $"{check.Accepted} Acks, the ledger says {totals.Accepted}");
        Expect(totals.Accepted == dropped + left, $"{totals.Accepted} accepted, {dropped} dropped, {left} left");
        // What waits for room may have its answer and wait for a thread of the pool.
        Expect(
            overflow == OverflowPolicy.Wait || check.PeakUnanswered <= Unanswered,
            $"{check.PeakUnanswered} messages were without an answer at one time, {Unanswered} may be");
        Expect(totals.Refused + dropped > check.Offered / 2, "most of what was offered found room: that is no pressure");
        Expect(heap <= Bound, $"the live heap grew to {heap >> 20} MiB, the bound is {Bound >> 20} MiB");
        return new BoundsRow(overflow, duration, check.Offered, check.Accepted, totals.Refused, dropped, check.PeakUnanswered, heap, workingSet);
    }

    private static async Task<(long Heap, long WorkingSet)> WatchAsync(CancellationToken stop)
    {
        long heap = 0, workingSet = 0;
        // What else lives in this process is not the publisher's.
        var (start, others) = (Environment.WorkingSet, GC.GetTotalMemory(forceFullCollection: true));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250), TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                workingSet = Math.Max(workingSet, Environment.WorkingSet - start);
                heap = Math.Max(heap, GC.GetTotalMemory(forceFullCollection: true) - others);
            }
        }
        catch (OperationCanceledException)
        {
        }

        return (heap, workingSet);
    }

    private static PublisherSettings SettingsOf(OverflowPolicy overflow) => new()
    {
        Name = $"bounds-{overflow}",
        Connection = new ConnectionSettings { Servers = [$"nats://127.0.0.1:{LoopbackPorts.Next()}"] },
        Buffer = Buffer with { Overflow = overflow },
    };
}
