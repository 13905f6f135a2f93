using System.CommandLine;

namespace NatsActors.Benchmarks;

/// <summary>The command line of a benchmark program; each brings its own ways.</summary>
public static class BenchmarkCommand
{
    /// <summary>Runs what the arguments ask for and writes the table.</summary>
    /// <returns>The exit status.</returns>
    public static Task<int> RunAsync(string[] args, string description, IReadOnlyList<WayKind> kinds, TextWriter output)
    {
        string[] all = [.. kinds.Select(kind => kind.Name)];
        var ways = Several("--ways", "The ways to measure, in the order of each round.", all);
        ways.AcceptOnlyFromAmong(all);
        var sizes = Several("--sizes", "Payload bytes.", 16, 128, 1024);
        var messages = new Option<int?>("--messages") { Description = $"Messages of a round; default: {Load.DefaultMegabytes} MB on the wire, at most {Load.MostMessages:N0}." };
        var rounds = new Option<int>("--rounds") { Description = "Rounds that count; one more comes before them and is dropped.", DefaultValueFactory = _ => 7 };
        sizes.Validators.Add(sizes => Require(sizes, sizes.GetValueOrDefault<int[]>().All(size => size >= 0), "a size is negative"));
        messages.Validators.Add(messages => Require(messages, messages.GetValueOrDefault<int?>() is null or > 0, "--messages must be positive"));
        rounds.Validators.Add(rounds => Require(rounds, rounds.GetValueOrDefault<int>() > 0, "--rounds must be positive"));
        var root = new RootCommand(description) { ways, sizes, messages, rounds };
        root.SetAction(async (arguments, _) =>
        {
            var asked = arguments.GetValue(ways)!;
            var table = await BenchmarkRun.RunAsync(new RunPlan
            {
                Ways = [.. kinds.Where(kind => asked.Contains(kind.Name))],
                Loads = [.. arguments.GetValue(sizes)!.Select(size => Load.Of(size, arguments.GetValue(messages)))],
                Rounds = arguments.GetValue(rounds),
            });
            await output.WriteLineAsync(table.ToString());
            return 0;
        });
        return root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    private static Option<T[]> Several<T>(string name, string description, params T[] defaults) => new(name)
    {
        Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => defaults,
    };

    private static void Require(System.CommandLine.Parsing.OptionResult result, bool holds, string otherwise)
    {
        if (!holds)
        {
            result.AddError(otherwise);
        }
    }
}
