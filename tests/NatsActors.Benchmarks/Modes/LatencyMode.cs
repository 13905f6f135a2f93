using System.CommandLine;
using NatsActors.Benchmarks.Latency;

namespace NatsActors.Benchmarks;

/// <summary>The mode <c>latency</c>: how long after it was due a message has its Ack and its outcome, at a constant rate.</summary>
internal static class LatencyMode
{
    /// <summary>The command.</summary>
    public static Command Create(TextWriter output)
    {
        var rates = ModeOptions.Several("--rates", "Messages a second.", 1_000, 10_000, 100_000);
        var sizes = ModeOptions.Several("--sizes", "Payload bytes.", 128);
        var seconds = ModeOptions.Count("--seconds", "How long each turn sends messages.", 2);
        var rounds = ModeOptions.Rounds(3);
        var streams = new Option<bool>("--streams") { Description = "Measures storing in a stream, too.", DefaultValueFactory = _ => true };
        var wait = new Option<Wait>("--wait") { Description = "How the thread that sends waits for the next message to be due.", DefaultValueFactory = _ => Wait.Yield };
        var json = ModeOptions.Json();
        ModeOptions.Require(rates, values => values.All(rate => rate > 0), "a rate is not positive");
        ModeOptions.Require(sizes, values => values.All(size => size >= 0), "a size is negative");
        var command = new Command("latency", "Measures the time from publish to Ack and to outcome at constant rates, beside bare round trips.")
        {
            rates, sizes, seconds, rounds, streams, wait, json,
        };
        command.SetAction(async (arguments, _) =>
        {
            var series = await LatencyRun.RunAsync(new LatencyPlan
            {
                Rates = arguments.GetValue(rates)!,
                Sizes = arguments.GetValue(sizes)!,
                Seconds = arguments.GetValue(seconds),
                Rounds = arguments.GetValue(rounds),
                Streams = arguments.GetValue(streams),
                Wait = arguments.GetValue(wait),
            });
            await new Report("latency", [TableOf(series)]).WriteAsync(output, arguments.GetValue(json));
            return 0;
        });
        return command;
    }

    private static ReportTable TableOf(IReadOnlyList<LatencySeries> series) => new(
        "Microseconds from the moment at which a message was due",
        ["messages/s", "bytes", "from and to", "p50", "p99", "p99.9", "max", "p50 of bare", "p99 of bare", "p50 least to most", "p99 least to most"],
        [.. series.Select(IReadOnlyList<object?> (row) => [row.Rate, row.Size, row.Name,
            Median(row, each => each.P50), Median(row, each => each.P99), Median(row, each => each.P999), row.Rounds.Max(each => each.Max),
            Ratio(series, row, each => each.P50), Ratio(series, row, each => each.P99), Spread(row, each => each.P50), Spread(row, each => each.P99)])])
    {
        Note = "Percentiles and ratios are medians of the rounds; the maximum is that of all rounds.",
    };

    private static double Median(LatencySeries series, Func<Latencies, double> figure) => Results.Median(series.Rounds.Select(figure));

    /// <summary>The median of the ratios of each round.</summary>
    private static double? Ratio(IReadOnlyList<LatencySeries> all, LatencySeries series, Func<Latencies, double> figure)
    {
        var bare = all.FirstOrDefault(other => (other.Name, other.Rate, other.Size) == (series.Yardstick, series.Rate, series.Size));
        return bare is null ? null : Results.Median(series.Rounds.Zip(bare.Rounds, (round, measure) => figure(round) / figure(measure)));
    }

    private static string Spread(LatencySeries series, Func<Latencies, double> figure) =>
        FormattableString.Invariant($"{series.Rounds.Min(figure):N0} to {series.Rounds.Max(figure):N0}");
}
