using System.CommandLine;

namespace NatsActors.Crash;

/// <summary>The command line: runs of kills, and the process that they kill.</summary>
internal static class CrashCommand
{
    private const int LongForm = 200;

    public static RootCommand Root()
    {
        var kills = new Option<int>("--kills") { Description = "How many kills for each mode.", DefaultValueFactory = _ => LongForm };
        var seed = new Option<int>("--seed") { Description = "Decides all that is left to chance.", DefaultValueFactory = _ => 1 };
        var mode = new Option<CrashMode?>("--mode") { Description = "fence or jetstream; default: one after another." };
        var postgres = new Option<string?>("--postgres") { Description = "A connection string: the journal is in PostgreSQL; default: a SQLite file." };
        var verbose = new Option<bool>("--verbose") { Description = "A line for each kill and each change of the server." };
        var root = new RootCommand("Kills a process with a persistent publisher again and again, and checks what became of every message.")
        {
            kills, seed, mode, postgres, verbose, Life(),
        };
        root.SetAction(async (arguments, _) =>
        {
            var broken = 0;
            foreach (var one in arguments.GetValue(mode) is { } only ? [only] : Enum.GetValues<CrashMode>())
            {
                var report = await KillRun.RunAsync(
                    new CrashOptions
                    {
                        Mode = one,
                        Kills = arguments.GetValue(kills),
                        Seed = arguments.GetValue(seed),
                        Postgres = arguments.GetValue(postgres),
                    },
                    arguments.GetValue(verbose) ? Console.Error.WriteLine : null);
                Console.WriteLine(report);
                broken += report.Broken.Count;
            }

            return broken == 0 ? 0 : 1;
        });
        return root;
    }

    private static Command Life()
    {
        var folder = new Option<string>("--folder") { Required = true };
        var life = new Option<int>("--life") { Required = true };
        var seed = new Option<int>("--seed") { Required = true };
        var mode = new Option<CrashMode>("--mode") { Required = true };
        var server = new Option<string>("--server") { Required = true };
        var markBytes = new Option<long>("--mark-bytes") { Required = true };
        var postgres = new Option<string?>("--postgres");
        var onlySends = new Option<bool>("--only-sends");
        var command = new Command("life", "The process that is killed.") { folder, life, seed, mode, server, markBytes, postgres, onlySends };
        command.Hidden = true;
        command.SetAction((arguments, _) => LifeRun.RunAsync(new LifeOptions(
            arguments.GetValue(folder)!, arguments.GetValue(life), arguments.GetValue(seed), arguments.GetValue(mode),
            arguments.GetValue(server)!, arguments.GetValue(markBytes), arguments.GetValue(postgres))
        {
            OnlySends = arguments.GetValue(onlySends),
        }));
        return command;
    }
}
