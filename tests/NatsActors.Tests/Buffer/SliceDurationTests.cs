using System.Diagnostics;
using NatsActors.Buffer;
using Xunit.Abstractions;

namespace NatsActors.Tests.Buffer;

/// <summary>
/// How long a slice holds the lock that the senders wait for, with a million messages of 16 bytes in the buffer. A slice takes
/// tens of microseconds; the bounds leave room for a busy machine, where a thread may lose its core in the middle of a slice.
/// </summary>
[Collection(nameof(MeasuredAlone))]
public sealed class SliceDurationTests(ITestOutputHelper output)
{
    private const int Count = 1_000_000;
    private const double MedianSlice = 1; // ms
    private const double MostSlices = 5; // ms
    private const double LongestSlice = 20; // ms
    private static readonly byte[] Frame = "PUB orders 16\r\n0123456789abcdef\r\n"u8.ToArray();

    [Fact]
    public void Purging_a_million() => Measure("purge", new(), outbox => outbox.StartPurge(null, Count), Count);

    [Fact]
    public void Purging_by_subject() => Measure("purge by subject", new(), outbox => outbox.StartPurge("orders.>", Count), 0);

    [Fact]
    public void Purging_a_million_with_tickets() =>
        Measure("purge with tickets", new(Ticket: "t"), outbox => outbox.StartPurge(null, Count), Count);

    [Fact]
    public void Expiring_a_million() => Measure("expire", new(TimeToLive: _ => 5), outbox => outbox.StartExpiry(5)!, Count);

    [Fact]
    public void Expiring_every_other_of_a_million() =>
        Measure("expire half", new(TimeToLive: i => i % 2 == 0 ? 5u : 50), outbox => outbox.StartExpiry(5)!, Count / 2);

    [Fact]
    public void Denying_a_million() => Measure("deny", new(), outbox => outbox.StartDenied(["orders", "prices"], Count), Count);

    [Fact]
    public void Closing_a_million() => Measure("close", new(), outbox => outbox.StartClose(), Count);

    [Fact]
    public void Compacting_what_a_purge_has_left_of_a_million()
    {
        var kept = 0;
        Measure("purge and compact", new(), outbox => new FilterSweep(
            UndeliveredReason.Purged, null, Count, queuedOnly: true, (_, _) => kept++ % 10 != 0), Count / 10 * 9);
    }

    [Fact]
    public void Slices_take_at_most_twice_the_time_of_one_walk()
    {
        var one = new SliceLimits(1 << 30, 1 << 30);
        double Total(SliceLimits limits, string? filter) =>
            Round(new Content { Limits = limits }, outbox => outbox.StartPurge(filter, Count), filter is null ? Count : 0).Sum();
        foreach (var filter in new[] { null, "orders.>" })
        {
            var (whole, sliced) = (double.MaxValue, double.MaxValue);
            // In turns, so that both have the machine's quiet moments; a busy one may have few of them.
            for (var round = 0; round < 6 || (round < 30 && sliced > 2 * whole); round++)
            {
                (whole, sliced) = (Math.Min(whole, Total(one, filter)), Math.Min(sliced, Total(SliceLimits.Default, filter)));
            }

            output.WriteLine($"purge of {filter ?? "all"}: {whole:F1} ms in one walk, {sliced:F1} ms in slices");
            Assert.InRange(sliced, 0, 2 * whole);
        }
    }

    private void Measure(string what, Content content, Func<Outbox, Sweep> start, long expected)
    {
        // The first round is for the just-in-time compiler. Each bound takes the best round: a collection of garbage or another
        // process may fall into any slice of one round.
        Round(content, start, expected);
        List<double[]> rounds = [Round(content, start, expected)];
        var slices = rounds[0].Length;
        var (median, most, longest) = (0.0, 0.0, 0.0);
        while (rounds.Count < 4 || (rounds.Count < 30 && (median > MedianSlice || most > MostSlices || longest > LongestSlice)))
        {
            rounds.Add(Round(content, start, expected));
            (median, most, longest) = (BestAt(slices / 2), BestAt(slices * 95 / 100), BestAt(slices - 1));
        }

        var sum = rounds.Min(round => round.Sum());
        double BestAt(int index) => rounds.Min(round => round[index]);
        output.WriteLine(
            $"{what}: {slices} slices, {sum:F1} ms in all; median {median:F3} ms, 95 % {most:F3} ms, longest {longest:F3} ms");
        Assert.True(slices > Count / SliceLimits.Default.Frames, "The work was not sliced.");
        Assert.InRange(median, 0, MedianSlice);
        Assert.InRange(most, 0, MostSlices);
        Assert.InRange(longest, 0, LongestSlice);
    }

    /// <summary>The durations of the slices in milliseconds, in rising order.</summary>
    private static double[] Round(Content content, Func<Outbox, Sweep> start, long expected)
    {
        var outbox = Filled(content);
        var durations = new List<double>(Count);
        var ended = new EndedMessages();
        var sweep = start(outbox);
        bool more;
        do
        {
            var begun = Stopwatch.GetTimestamp();
            more = outbox.Advance(sweep);
            outbox.TakeEnded(ref ended);
            durations.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            ended.Clear();
        }
        while (more);

        Assert.Equal((expected, Count - expected), (sweep.Ended, outbox.Buffer.Messages));
        durations.Sort();
        return [.. durations];
    }

    private static Outbox Filled(Content content)
    {
        var outbox = new Outbox(new PublishBuffer(256 << 20, Count, content.Limits ?? SliceLimits.Default));
        for (var i = 0; i < Count; i++)
        {
            Frame.CopyTo(outbox.Buffer.Reserve(Frame.Length, 0));
            outbox.Accept(Frame.Length, 0, content.TimeToLive?.Invoke(i) ?? 0, content.Ticket);
        }

        return outbox;
    }

    private readonly record struct Content(Func<int, uint>? TimeToLive = null, object? Ticket = null, SliceLimits? Limits = null);
}
