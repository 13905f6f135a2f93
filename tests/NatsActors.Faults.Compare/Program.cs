using System.CommandLine;
using NatsActors;
using NatsActors.Faults;
using NatsActors.Faults.Compare;

var faults = new Argument<int?>("faults") { Description = "How many faults; default 80.", DefaultValueFactory = _ => null };
var seed = new Argument<int?>("seed") { Description = "Decides all that is left to chance; default 1.", DefaultValueFactory = _ => null };
var host = new Option<string>("--host") { Description = "akka: the Akka.NET host alone, with crashes of its actors." };
host.AcceptOnlyFromAmong("akka");
var client = new Option<string>("--client") { Description = "nats-net or wire: what makes the host's links.", DefaultValueFactory = _ => "nats-net" };
client.AcceptOnlyFromAmong("nats-net", "wire");
var mode = new Option<RunMode>("--mode") { Description = "The host's run: fence, jetstream or cluster.", DefaultValueFactory = _ => RunMode.Fence };
var faultsOption = new Option<int?>("--faults") { Description = "As the argument." };
var seedOption = new Option<int?>("--seed") { Description = "As the argument." };
var bounds = new Option<double?>("--bounds") { Description = "Instead: press on the host without a server for this many minutes." };
var only = new Option<FaultKind[]>("--only") { Description = "The host's faults to choose from; all when left out." };
var verbose = new Option<bool>("--verbose") { Description = "A line for each fault." };
var root = new RootCommand("NATS.Client.Core and NatsActors through the same faults of the link; or the Akka.NET host through all faults.")
{
    faults, seed, host, client, mode, faultsOption, seedOption, bounds, only, verbose,
};
root.SetAction(async (arguments, _) =>
{
    var count = arguments.GetValue(faultsOption) ?? arguments.GetValue(faults) ?? 80;
    var chance = arguments.GetValue(seedOption) ?? arguments.GetValue(seed) ?? 1;
    if (arguments.GetValue(host) is null)
    {
        return await CompareAsync(count, chance);
    }

    var link = arguments.GetValue(client)!;
    Console.WriteLine($"Akka.NET, {link}");
    await using var akka = new AkkaHost(link == "wire" ? LinkClient.Wire : LinkClient.NatsNet);
    if (arguments.GetValue(bounds) is { } minutes)
    {
        var pressed = await BoundsRun.RunAsync(TimeSpan.FromMinutes(minutes), akka.PressAsync);
        Console.WriteLine(pressed);
        return pressed.Broken.Count == 0 ? 0 : 1;
    }

    var options = RunOptions.ForCi(arguments.GetValue(mode)) with
    {
        Faults = count,
        Seed = chance,
        Only = arguments.GetValue(only) is { Length: > 0 } chosen ? chosen : null,
    };
    var report = await FaultRun.RunAsync(options, arguments.GetValue(verbose) ? Console.Error.WriteLine : null, akka.StartAsync);
    Console.WriteLine(report);
    return report.Broken.Count == 0 ? 0 : 1;
});
return await root.Parse(args).InvokeAsync();

// Only faults of the link: the client has no actors.
static async Task<int> CompareAsync(int faults, int seed)
{
    var options = RunOptions.ForCi(RunMode.Fence) with
    {
        Faults = faults,
        Seed = seed,
        Only =
        [
            FaultKind.Rst, FaultKind.Fin, FaultKind.HalfWrite, FaultKind.Refusal, FaultKind.Hang, FaultKind.BlackHole, FaultKind.SlowLink,
            FaultKind.TlsHandshakeCut, FaultKind.TlsStreamCut,
        ],
    };

    Console.WriteLine("NATS.Client.Core");
    Console.WriteLine(await FaultRun.RunAsync(options, start: (settings, _, subject) => PlainPublisher.StartAsync(settings, subject)));

    Console.WriteLine("NatsActors");
    var report = await FaultRun.RunAsync(options);
    Console.WriteLine(report);
    return report.Broken.Count == 0 ? 0 : 1;
}
