using System.CommandLine;
using NatsActors.Benchmarks.Gate;

namespace NatsActors.Benchmarks;

/// <summary>The mode <c>gate</c>: fails when a way has become much slower, as a ratio of raw in the same run.</summary>
internal static class GateMode
{
    public static Command Create(TextWriter output)
    {
        var floors = new Option<FileInfo>("--floors")
        {
            Description = "The file with the usual ratios. The default is the committed one.", DefaultValueFactory = _ => Floors.Committed,
        };
        var messages = ModeOptions.Count("--messages", "Messages of a round.", 500_000);
        var rounds = ModeOptions.Rounds(5);
        var json = ModeOptions.Json();
        var command = new Command("gate", "Compares the ratios of raw with committed ones; the status is 1 when one is below two thirds of its usual value.")
        {
            floors, messages, rounds, json,
        };
        command.SetAction(async (arguments, _) =>
        {
            var usual = Floors.Read(arguments.GetValue(floors)!);
            var results = await GateRun.RunAsync(usual, arguments.GetValue(messages), arguments.GetValue(rounds));
            var table = GateRun.Table(results, usual, arguments.GetValue(rounds));
            await new Report("gate", [table]).WriteAsync(output, arguments.GetValue(json));
            return results.All(result => result.Passes(usual)) ? 0 : 1;
        });
        return command;
    }
}
