using System.CommandLine;
using NatsActors.Benchmarks.Extremes;

namespace NatsActors.Benchmarks;

/// <summary>The mode <c>extremes</c>: sizes and links at the edge of what a publisher is for, and what became of the messages.</summary>
internal static class ExtremesMode
{
    public static Command Create(TextWriter output)
    {
        var messages = ModeOptions.Count("--messages", "Messages without a payload.", 1_000_000);
        var large = ModeOptions.Count("--large", "Messages of 1 MiB, and of 8 MiB.", 32);
        var seconds = ModeOptions.Count("--seconds", "How long the reader stalls, and how long the producer is faster than its link.", 3);
        var json = ModeOptions.Json();
        var command = new Command("extremes", "Tries empty and largest payloads, a reader that stalls and a producer that is faster than its link.")
        {
            messages, large, seconds, json,
        };
        command.SetAction(async (arguments, _) =>
        {
            var extremes = AllExtremes.Of(arguments.GetValue(messages), arguments.GetValue(large), TimeSpan.FromSeconds(arguments.GetValue(seconds)));
            await new Report("extremes", [await ExtremesRun.RunAsync(extremes)]).WriteAsync(output, arguments.GetValue(json));
            return 0;
        });
        return command;
    }
}
