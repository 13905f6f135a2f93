using System.CommandLine;
using NatsActors.Benchmarks.Journal;

namespace NatsActors.Benchmarks;

/// <summary>The mode <c>journal</c>: how fast pages get into a journal of Akka.Persistence, and what deletes and a start cost.</summary>
internal static class JournalMode
{
    /// <summary>The command.</summary>
    public static Command Create(TextWriter output)
    {
        var engines = ModeOptions.Several(
            "--engines", "Databases: sqlite, postgres; with settings as sqlite:synchronous=NORMAL,batch-size=10.", "sqlite", "postgres");
        var underWay = ModeOptions.Several("--under-way", "Pages given to the journal before it has answered.", 1, 4, 16);
        var deletes = ModeOptions.Several("--deletes", "When the oldest 64 pages are deleted; for the most pages under way.", Deletes.None, Deletes.Beside, Deletes.Between);
        var pages = ModeOptions.Count("--pages", "Pages of a turn.", 512);
        var bytes = ModeOptions.Count("--page-bytes", "The bytes of a page.", 128 * 1024);
        var content = new Option<Content>("--content") { Description = "What is in a page.", DefaultValueFactory = _ => Content.Text };
        var rate = ModeOptions.Count("--rate", "Pages a second of 1 KiB, for the time of one write.", 100);
        var seconds = new Option<int>("--seconds") { Description = "For how long; 0 leaves it out.", DefaultValueFactory = _ => 3 };
        var recovery = new Option<int>("--recovery") { Description = "Pages that are read at a start; 0 leaves it out.", DefaultValueFactory = _ => 2_000 };
        var rounds = ModeOptions.Rounds(3);
        var json = ModeOptions.Json();
        ModeOptions.Require(engines, names => names.All(name => JournalEngine.Parse(name) is not null), "--engines: sqlite or postgres, then :key=value,key=value");
        ModeOptions.Require(underWay, values => values.Length > 0 && values.All(value => value > 0), "--under-way must be positive");
        ModeOptions.Require(deletes, values => values.Length > 0, "--deletes is empty");
        ModeOptions.Require(seconds, value => value >= 0, "--seconds is negative");
        ModeOptions.Require(recovery, value => value >= 0, "--recovery is negative");
        var command = new Command("journal", "Measures writing, deleting and reading pages of a journal of Akka.Persistence.Sql.")
        {
            engines, underWay, deletes, pages, bytes, content, rate, seconds, recovery, rounds, json,
        };
        command.SetAction(async (arguments, _) =>
        {
            var most = arguments.GetValue(underWay)!.Max();
            var load = new PageLoad(arguments.GetValue(pages), arguments.GetValue(bytes), most, Deletes.None)
            {
                Contents = PageLoad.Make(arguments.GetValue(content), arguments.GetValue(bytes)),
            };
            var times = arguments.GetValue(deletes)!;
            var results = await JournalRun.RunAsync(new JournalPlan
            {
                Engines = [.. arguments.GetValue(engines)!.Select(name => JournalEngine.Parse(name)!)],
                Loads =
                [
                    .. times.Contains(Deletes.None) ? arguments.GetValue(underWay)!.Select(depth => load with { UnderWay = depth }) : [],
                    .. times.Where(time => time != Deletes.None).Select(time => load with { Deletes = time }),
                ],
                Paced = arguments.GetValue(seconds) == 0 ? null : new(arguments.GetValue(rate), arguments.GetValue(seconds), 1024),
                Recovery = arguments.GetValue(recovery) == 0 ? null : load with { Pages = arguments.GetValue(recovery) },
                Rounds = arguments.GetValue(rounds),
            });
            await new Report("journal", [.. JournalTables.Of(results)]).WriteAsync(output, arguments.GetValue(json));
            return 0;
        });
        return command;
    }
}
