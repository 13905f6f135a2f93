using System.CommandLine;
using NatsActors.Benchmarks.Recovery;

namespace NatsActors.Benchmarks;

/// <summary>The mode <c>recovery</c>: how soon publishers are back when a killed server listens again.</summary>
internal static class RecoveryMode
{
    /// <summary>The command.</summary>
    public static Command Create(TextWriter output)
    {
        var outages = ModeOptions.Several("--outages", "Seconds that the server is away.", 1.0, 3.0, 10.0, 30.0, 60.0);
        var times = ModeOptions.Count("--times", "Outages of each length.", 10);
        var publishers = ModeOptions.Count("--publishers", "Publishers that publish, and as many that are idle; the same of NATS.Client.Core.", 10);
        var rate = ModeOptions.Count("--rate", "Messages a second of each that publishes.", 1_000);
        var size = ModeOptions.Count("--size", "Payload bytes.", 128);
        var json = ModeOptions.Json();
        ModeOptions.Require(outages, values => values.All(seconds => seconds >= 0), "an outage is negative");
        var command = new Command("recovery", "Measures how soon publishers are back after the server was killed, beside NATS.Client.Core.")
        {
            outages, times, publishers, rate, size, json,
        };
        command.SetAction(async (arguments, _) =>
        {
            var series = await RecoveryRun.RunAsync(new RecoveryPlan
            {
                Outages = [.. arguments.GetValue(outages)!.Select(TimeSpan.FromSeconds)],
                Times = arguments.GetValue(times),
                Publishers = arguments.GetValue(publishers),
                Rate = arguments.GetValue(rate),
                Size = arguments.GetValue(size),
            });
            await new Report("recovery", [TableOf(series)]).WriteAsync(output, arguments.GetValue(json));
            return 0;
        });
        return command;
    }

    private static ReportTable TableOf(IReadOnlyList<RecoverySeries> all) => new(
        "Seconds from the server listening again",
        ["outage s", "connection", "publishing", "samples", "to link p50", "to link least", "to link max",
            "to link p50, of NATS.Client.Core", "backlog confirmed p50", "backlog confirmed max"],
        [.. all.Select(IReadOnlyList<object?> (series) => [series.Outage.TotalSeconds, series.Name, series.Busy ? "yes" : "no", series.ToLink.Count,
            Median(series.ToLink), series.ToLink.Min().TotalSeconds, series.ToLink.Max().TotalSeconds, Ratio(all, series),
            Median(series.ToConfirmed), series.ToConfirmed.Count == 0 ? null : series.ToConfirmed.Max().TotalSeconds])])
    {
        Note = "The backlog is what had been accepted when the server listened again. NATS.Client.Core confirms nothing.",
    };

    private static double? Median(IReadOnlyCollection<TimeSpan> times) =>
        times.Count == 0 ? null : Results.Median(times.Select(time => time.TotalSeconds));

    private static double? Ratio(IReadOnlyList<RecoverySeries> all, RecoverySeries series)
    {
        var client = all.First(other => other.Name == "NATS.Client.Core" && (other.Busy, other.Outage) == (series.Busy, series.Outage));
        return series == client ? null : Median(series.ToLink) / Median(client.ToLink);
    }
}
