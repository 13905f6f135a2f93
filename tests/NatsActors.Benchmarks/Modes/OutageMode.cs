using System.CommandLine;
using NatsActors.Benchmarks.Outage;

namespace NatsActors.Benchmarks;

/// <summary>The mode <c>outage</c>: how fast a publisher accepts without a link and drains afterwards, and the memory of it.</summary>
internal static class OutageMode
{
    // The server's max_payload, which stays at its default.
    private const int LargestPayload = 1024 * 1024;

    public static Command Create(TextWriter output)
    {
        var messages = ModeOptions.Several("--messages", "Messages of each outage.", 1_000, 10_000, 100_000, 1_000_000, 10_000_000);
        ModeOptions.Require(messages, values => values.All(count => count > 0), "--messages must be positive");
        var size = new Option<int>("--size") { Description = "Payload bytes.", DefaultValueFactory = _ => 128 };
        ModeOptions.Require(size, value => value is >= 0 and <= LargestPayload, $"--size lies between 0 and {LargestPayload:N0}");
        var rounds = ModeOptions.Rounds(3);
        var plot = ModeOptions.OutputFile("--plot", "Runs one more outage, with a server that is killed, and draws depth and rate over time into this file, as SVG.");
        var rate = ModeOptions.Count("--rate", "With --plot: messages a second of the producer.", 20_000);
        var seconds = ModeOptions.Count("--seconds", "With --plot: seconds that the server is down.", 5);
        var json = ModeOptions.Json();
        var command = new Command("outage", "Measures accepting without a link, draining after it, and the memory of what is buffered.")
        {
            messages, size, rounds, plot, rate, seconds, json,
        };
        command.SetAction(async (arguments, _) =>
        {
            var tables = await OutageRun.RunAsync(arguments.GetValue(messages)!, arguments.GetValue(size), arguments.GetValue(rounds));
            if (arguments.GetValue(plot) is { } svg)
            {
                var timeline = new OutageTimeline(arguments.GetValue(size), arguments.GetValue(rate), TimeSpan.FromSeconds(arguments.GetValue(seconds)));
                tables = [.. tables, await timeline.RunAsync(svg)];
            }

            await new Report("outage", tables).WriteAsync(output, arguments.GetValue(json));
            return 0;
        });
        return command;
    }
}
