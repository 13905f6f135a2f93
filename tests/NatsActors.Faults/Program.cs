using System.CommandLine;
using NatsActors.Faults;

var faults = new Option<int?>("--faults") { Description = "How many faults; default: about 25 seconds for each mode." };
var seed = new Option<int>("--seed") { Description = "Decides all that is left to chance.", DefaultValueFactory = _ => 1 };
var mode = new Option<RunMode?>("--mode") { Description = "fence, jetstream or cluster; default: one after another." };
var publishers = new Option<int?>("--publishers") { Description = "How many publishers." };
var rate = new Option<int?>("--rate") { Description = "Messages a second and publisher." };
var window = new Option<int?>("--window") { Description = "jetstream.max-in-flight-messages; default: 4000." };
var strictOrder = new Option<bool?>("--strict-order") { Description = "jetstream.strict-order; default: true. Without it only a window of 1 keeps the order when a stream refuses messages for a moment." };
var bounds = new Option<double?>("--bounds") { Description = "Instead: press on a publisher without a server for this many minutes." };
var verbose = new Option<bool>("--verbose") { Description = "A line for each fault." };
var root = new RootCommand("Breaks links, servers and actors under running publishers, and checks what became of every message.")
{
    faults, seed, mode, publishers, rate, window, strictOrder, bounds, verbose,
};
root.SetAction(async (arguments, _) =>
{
    if (arguments.GetValue(bounds) is { } minutes)
    {
        var pressed = await BoundsRun.RunAsync(TimeSpan.FromMinutes(minutes));
        Console.Write(pressed);
        return pressed.Broken.Count == 0 ? 0 : 1;
    }

    var broken = 0;
    foreach (var each in Sizes(arguments.GetValue(mode), arguments.GetValue(faults)))
    {
        var options = each with
        {
            Seed = arguments.GetValue(seed),
            Rate = arguments.GetValue(rate) ?? each.Rate,
            Publishers = arguments.GetValue(publishers) ?? each.Publishers,
            Window = arguments.GetValue(window) ?? each.Window,
            StrictOrder = each.StrictOrder && (arguments.GetValue(strictOrder) ?? true),
        };
        var report = await FaultRun.RunAsync(options, arguments.GetValue(verbose) ? Console.Error.WriteLine : null);
        Console.WriteLine(report);
        broken += report.Broken.Count;
    }

    return broken == 0 ? 0 : 1;
});
return await root.Parse(args).InvokeAsync();

// A cluster needs seconds to choose a new leader: most faults go where they are quick.
static IEnumerable<RunOptions> Sizes(RunMode? only, int? faults)
{
    foreach (var mode in only is { } one ? [one] : Enum.GetValues<RunMode>())
    {
        var share = only is not null ? 1 : mode switch { RunMode.Fence => 0.55, RunMode.JetStream => 0.35, _ => 0.1 };
        var size = RunOptions.ForCi(mode);
        yield return faults is { } all ? size with { Faults = (int)Math.Ceiling(all * share) } : size;
    }
}
