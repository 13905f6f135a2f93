using System.CommandLine;
using NatsActors.Benchmarks.Latency;
using NatsActors.Benchmarks.Micro;
using NatsActors.Benchmarks.Recovery;

namespace NatsActors.Benchmarks;

/// <summary>The command line: the ways into a publisher, and below <c>micro</c> the parts of a publisher without a server.</summary>
public static class BenchmarkCommand
{
    /// <summary>Runs what the arguments ask for and writes the tables.</summary>
    /// <returns>The exit status.</returns>
    public static Task<int> RunAsync(string[] args, TextWriter output)
    {
        var root = new RootCommand("Measures how fast messages reach a server without subscribers, by each way into a publisher.") { Micro(output), LatencyCommand.Create(output), RecoveryCommand.Create(output) };
        AddWays(root, output);
        return root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    private static void AddWays(RootCommand root, TextWriter output)
    {
        string[] all = [.. AllWays.Kinds.Select(kind => kind.Name)];
        var ways = ModeOptions.Several("--ways", "The ways to measure, in the order of each round.", all);
        ways.AcceptOnlyFromAmong(all);
        var sizes = ModeOptions.Several("--sizes", "Payload bytes.", 16, 128, 1024);
        var messages = new Option<int?>("--messages")
        {
            Description = $"Messages of a round. The default is {Load.DefaultMegabytes} MB on the wire, at most {Load.MostMessages:N0} messages.",
        };
        var rounds = ModeOptions.Count("--rounds", "Rounds that count; one more comes before them and is dropped.", 7);
        var window = ModeOptions.Count("--window", "Messages that all producer actors together may have unanswered.", Turn.DefaultWindow);
        var details = new Option<bool>("--details") { Description = "Adds a table with the rates of every size and way, and their spread." };
        ModeOptions.Require(sizes, values => values.All(size => size >= 0), "a size is negative");
        ModeOptions.Require(messages, count => count is null or > 0, "--messages must be positive");
        foreach (Option option in (Option[])[ways, sizes, messages, rounds, window, details])
        {
            root.Add(option);
        }

        root.SetAction(async (arguments, _) =>
        {
            var asked = arguments.GetValue(ways)!;
            var results = await BenchmarkRun.RunAsync(new RunPlan
            {
                Ways = [.. AllWays.Kinds.Where(kind => asked.Contains(kind.Name))],
                Loads = [.. arguments.GetValue(sizes)!.Select(size => Load.Of(size, arguments.GetValue(messages)))],
                Rounds = arguments.GetValue(rounds),
                Window = arguments.GetValue(window),
            });
            await output.WriteLineAsync(ResultTables.Text(results, arguments.GetValue(details)));
            return 0;
        });
    }

    private static Command Micro(TextWriter output)
    {
        var rounds = ModeOptions.Count("--rounds", "Rounds that count; one more comes before them and is dropped.", 7);
        var buffered = ModeOptions.Count("--buffered", "Messages in the larger buffer.", MicroRun.ManyBuffered);
        var micro = new Command("micro", "Measures the encoder and the buffer, without a server.") { rounds, buffered };
        micro.SetAction(arguments =>
        {
            output.WriteLine(MicroRun.Measure(arguments.GetValue(rounds), arguments.GetValue(buffered)));
            return 0;
        });
        return micro;
    }
}
