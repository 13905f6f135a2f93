using System.CommandLine;
using NatsActors.Benchmarks.Micro;

namespace NatsActors.Benchmarks;

/// <summary>The mode <c>micro</c>: the parts of a publisher without a server.</summary>
internal static class MicroMode
{
    public static Command Create(TextWriter output)
    {
        var rounds = ModeOptions.Rounds();
        var buffered = ModeOptions.Count("--buffered", "Messages in the larger buffer.", MicroRun.ManyBuffered);
        var json = ModeOptions.Json();
        var micro = new Command("micro", "Measures the encoder and the buffer, without a server.") { rounds, buffered, json };
        micro.SetAction(async (arguments, _) =>
        {
            var table = MicroRun.Measure(arguments.GetValue(rounds), arguments.GetValue(buffered));
            await new Report("micro", [table]).WriteAsync(output, arguments.GetValue(json));
            return 0;
        });
        return micro;
    }
}
