using System.Diagnostics;
using System.Globalization;

namespace NatsActors.Benchmarks.Outage;

/// <summary>One outage.</summary>
/// <param name="Raw">Messages a second of a raw blast of the same frames, just before.</param>
/// <param name="Accepted">Messages a second that were accepted without a link.</param>
/// <param name="Drained">Messages a second, from the link's return until all are confirmed.</param>
/// <param name="HeldBytes">Growth of the managed heap and of the huge pages, which hold the buffer, when all messages are buffered.</param>
/// <param name="PeakBytes">The process's peak of resident memory during fill and drain, above its start.</param>
internal sealed record OutageSample(double Raw, double Accepted, double Drained, long HeldBytes, long PeakBytes);

/// <summary>The outages of one size.</summary>
/// <param name="Load">The messages.</param>
/// <param name="Samples">The rounds that count.</param>
/// <param name="Fresh">One more outage, in memory that the process has to get from the system.</param>
internal sealed record OutageResult(Load Load, IReadOnlyList<OutageSample> Samples, OutageSample Fresh)
{
    public double Median(Func<OutageSample, double> value) => Results.Median(Samples.Select(value));
}

/// <summary>
/// Fills a publisher that has no link with as many messages as asked for, gives it its link, and waits until all are confirmed;
/// beside it a raw blast of the same frames. The server must have read exactly the messages.
/// </summary>
internal static class OutageRun
{
    private const string Way = "outage";

    // What each buffered message may take above its frame, for the question whether the machine has that memory.
    private const int BytesAbove = 40;

    /// <param name="messages">Messages of each outage.</param>
    /// <param name="size">Payload bytes.</param>
    /// <param name="rounds">Rounds that count; one more comes before them and is dropped.</param>
    /// <exception cref="BenchmarkException">The machine has too little memory, or the server read other messages.</exception>
    public static async Task<IReadOnlyList<ReportTable>> RunAsync(IReadOnlyList<int> messages, int size, int rounds)
    {
        var loads = messages.Select(count => Load.Of(size, count)).ToList();
        loads.ForEach(CheckMemory);
        await using var server = await MeasuredServer.StartAsync();
        await using var raw = new RawBlast(server.Url);
        var results = new List<OutageResult>();
        foreach (var load in loads)
        {
            var samples = new List<OutageSample>();
            for (var round = 0; round <= rounds; round++)
            {
                var sample = await MeasureAsync(load, server, raw, freshMemory: false);
                if (round > 0)
                {
                    samples.Add(sample);
                }
            }

            results.Add(new(load, samples, await MeasureAsync(load, server, raw, freshMemory: true)));
        }

        return [Medians(results, size, rounds), Spread(results), Memory(results)];
    }

    private static async Task<OutageSample> MeasureAsync(Load load, MeasuredServer server, RawBlast raw, bool freshMemory)
    {
        await raw.PrepareAsync(load);
        var before = await server.CountsAsync();
        var blasted = await RateAsync(load, () => raw.RunAsync(load));
        await server.ExpectAsync(before, load, "raw");

        await using var publisher = await HeldPublisher.StartAsync(new() { Connection = new() { Servers = [server.Url] } }, load);
        before = await server.CountsAsync();
        var resident = ProcessMemory.Begin(freshMemory);
        var held = ProcessMemory.Held();
        var accepted = await RateAsync(load, () => Task.Run(publisher.Fill));
        held = ProcessMemory.Held() - held;
        var drained = await RateAsync(load, publisher.DrainAsync);
        var peak = ProcessMemory.Peak - resident;
        await server.ExpectAsync(before, load, Way);
        return new(blasted, accepted, drained, held, peak);
    }

    private static async Task<double> RateAsync(Load load, Func<Task> run)
    {
        var started = Stopwatch.GetTimestamp();
        await run();
        return load.Messages / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static void CheckMemory(Load load)
    {
        var needed = load.WireBytes + ((long)load.Messages * BytesAbove) + Math.Min(load.WireBytes, Load.DefaultMegabytes * 1_000_000L);
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > available)
        {
            throw new BenchmarkException(string.Create(
                CultureInfo.InvariantCulture, $"{load.Messages:N0} messages need {needed / 1e6:N0} MB of memory, and {available / 1e6:N0} MB are there"));
        }
    }

    private static ReportTable Medians(List<OutageResult> results, int size, int rounds) => new(
        string.Create(CultureInfo.InvariantCulture, $"Outages with payloads of {size:N0} B: medians of {rounds} rounds"),
        ["messages", "accepted a second without a link", "of raw", "drained a second", "of raw", "raw a second"],
        [.. results.Select(each => (IReadOnlyList<object?>)
        [
            each.Load.Messages, each.Median(sample => sample.Accepted), each.Median(sample => sample.Accepted / sample.Raw),
            each.Median(sample => sample.Drained), each.Median(sample => sample.Drained / sample.Raw), each.Median(sample => sample.Raw),
        ])]);

    private static ReportTable Memory(List<OutageResult> results) => new(
        "Memory: one more outage, with a heap that has given its free memory back to the system",
        ["messages", "wire bytes, MB", "peak memory above the start, MB", "B a message above its wire bytes", "accepted a second", "drained a second"],
        [.. results.Select(each => (IReadOnlyList<object?>)
        [
            each.Load.Messages, each.Load.WireBytes / 1e6, each.Fresh.PeakBytes / 1e6,
            (double)(each.Fresh.HeldBytes - each.Load.WireBytes) / each.Load.Messages, each.Fresh.Accepted, each.Fresh.Drained,
        ])])
    {
        Note = "Peak memory is the growth of the process's resident memory (VmHWM) through fill and drain. Bytes above the wire bytes are the growth of the managed heap after a collection and of the huge pages, with all messages buffered, less their wire bytes; the buffer lies on both.",
    };

    private static ReportTable Spread(List<OutageResult> results) => new(
        "Rates, least and most",
        ["messages", "accepted, least", "most", "drained, least", "most", "raw, least", "most"],
        [.. results.Select(each => (IReadOnlyList<object?>)
        [
            each.Load.Messages,
            each.Samples.Min(sample => sample.Accepted), each.Samples.Max(sample => sample.Accepted),
            each.Samples.Min(sample => sample.Drained), each.Samples.Max(sample => sample.Drained),
            each.Samples.Min(sample => sample.Raw), each.Samples.Max(sample => sample.Raw),
        ])]);
}
