using System.CommandLine;

namespace NatsActors.Benchmarks;

/// <summary>The mode <c>throughput</c>: each way into a publisher beside its yardsticks, and programs that the user names.</summary>
internal static class ThroughputMode
{
    // The server's max_payload, which stays at its default.
    private const int LargestPayload = 1024 * 1024;

    public static Command Create(TextWriter output)
    {
        string[] all = [.. AllWays.Kinds.Select(kind => kind.Name)];
        var ways = ModeOptions.Several("--ways", "The ways to measure, in the order of each round.", all);
        ways.AcceptOnlyFromAmong(all);
        var sizes = ModeOptions.Several("--sizes", "Payload bytes.", 16, 128, 1024);
        var messages = new Option<int?>("--messages")
        {
            Description = $"Messages of a round. The default is {Load.DefaultMegabytes} MB on the wire, at most {Load.MostMessages:N0} messages.",
        };
        var rounds = ModeOptions.Rounds();
        var window = ModeOptions.Count("--window", "Messages that all producer actors together may have unanswered.", Turn.DefaultWindow);
        var peers = new Option<string[]>("--peer")
        {
            Description = $"A publisher of another kind, as a command for sh; may be given several times. Runs once a round and size with {string.Join(", ", PeerProcess.Variables)} in its environment, publishes, and prints its messages a second as the last number.",
            DefaultValueFactory = _ => [],
        };
        var peerLimit = ModeOptions.Count("--peer-limit", "Seconds that a run of a peer may take.", (int)Stage.Limit.TotalSeconds);
        var details = new Option<bool>("--details") { Description = "Adds the rates and ratios of every size and way, with their spread." };
        var plot = ModeOptions.OutputFile("--plot", "Draws messages a second by payload size into this file, as SVG.");
        var json = ModeOptions.Json();
        ModeOptions.Require(sizes, values => values.All(size => size is >= 0 and <= LargestPayload), $"a size lies between 0 and {LargestPayload:N0}");
        ModeOptions.Require(messages, count => count is null or > 0, "--messages must be positive");
        var command = new Command("throughput", "Measures how fast messages reach a server without subscribers, by each way into a publisher.")
        {
            ways, sizes, messages, rounds, window, peers, peerLimit, details, plot, json,
        };
        command.SetAction(async (arguments, _) =>
        {
            var asked = arguments.GetValue(ways)!;
            var limit = TimeSpan.FromSeconds(arguments.GetValue(peerLimit));
            var results = await BenchmarkRun.RunAsync(new RunPlan
            {
                Ways = [.. AllWays.Kinds.Where(kind => asked.Contains(kind.Name)), .. arguments.GetValue(peers)!.Select((peer, i) => PeerWay.Kind(i + 1, peer, limit))],
                Loads = [.. arguments.GetValue(sizes)!.Distinct().Select(size => Load.Of(size, arguments.GetValue(messages)))],
                Rounds = arguments.GetValue(rounds),
                Window = arguments.GetValue(window),
            });
            var file = arguments.GetValue(json);
            var report = new Report("throughput", [.. ResultTables.Of(results, arguments.GetValue(details) || file is not null)]);
            await report.WriteAsync(output, file);
            if (arguments.GetValue(plot) is { } svg)
            {
                await ResultPlot.WriteAsync(results, svg);
            }

            return 0;
        });
        return command;
    }
}
