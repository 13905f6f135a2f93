using System.CommandLine;
using NatsActors.Benchmarks.JetStream;

namespace NatsActors.Benchmarks;

/// <summary>The mode <c>jetstream</c>: messages a second until every one is stored, by window.</summary>
internal static class JetStreamMode
{
    /// <summary>The command.</summary>
    public static Command Create(TextWriter output)
    {
        var servers = ModeOptions.Several("--servers", "1, or 3 with a stream of three replicas.", 1, 3);
        var sizes = ModeOptions.Several("--sizes", "Payload bytes.", 128);
        var windows = ModeOptions.Several("--windows", "Messages that may await their PubAck (jetstream.max-in-flight-messages).", 256, 1_000, 4_000, 16_000);
        var messages = ModeOptions.Count("--messages", "Messages of a turn.", 100_000);
        var rounds = ModeOptions.Rounds(3);
        var peers = new Option<string[]>("--peer")
        {
            Description = "A publisher of another kind, as in throughput; WINDOW in its environment is the window.",
            DefaultValueFactory = _ => [],
        };
        var json = ModeOptions.Json();
        ModeOptions.Require(servers, values => values.All(count => count is 1 or 3), "--servers is 1 or 3");
        ModeOptions.Require(sizes, values => values.All(size => size >= 0), "a size is negative");
        ModeOptions.Require(windows, values => values.All(window => window > 0), "a window is not positive");
        var command = new Command("jetstream", "Measures storing in a stream on disk, beside a bare socket and NATS.Client.JetStream.")
        {
            servers, sizes, windows, messages, rounds, peers, json,
        };
        command.SetAction(async (arguments, _) =>
        {
            var series = await StreamRun.RunAsync(new StreamPlan
            {
                Servers = arguments.GetValue(servers)!,
                Sizes = arguments.GetValue(sizes)!,
                Windows = arguments.GetValue(windows)!,
                Messages = arguments.GetValue(messages),
                Peers = arguments.GetValue(peers)!,
                Rounds = arguments.GetValue(rounds),
            });
            await new Report("jetstream", [TableOf(series)]).WriteAsync(output, arguments.GetValue(json));
            return 0;
        });
        return command;
    }

    private static ReportTable TableOf(IReadOnlyList<StreamSeries> all) => new(
        "Messages a second until all are stored",
        ["servers", "bytes", "window", "way", "messages/s", "least", "most", "of raw", "of raw with ids", "of NATS.Client.JetStream"],
        [.. all.Select(IReadOnlyList<object?> (series) => [series.Servers, series.Load.Size, series.Load.Window, series.Way,
            Results.Median(series.Rates), series.Rates.Min(), series.Rates.Max(),
            Ratio(all, series, "raw socket, no ids"), Ratio(all, series, "raw socket, ids"), Ratio(all, series, "NATS.Client.JetStream, ids")])])
    {
        Note = "Rates and ratios are medians of the rounds. NatsActors gives every message an id.",
    };

    private static double Ratio(IReadOnlyList<StreamSeries> all, StreamSeries series, string yardstick)
    {
        var measure = all.First(other => (other.Servers, other.Load, other.Way) == (series.Servers, series.Load, yardstick));
        return Results.Median(series.Rates.Zip(measure.Rates, (rate, of) => rate / of));
    }
}
