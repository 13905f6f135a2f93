using System.CommandLine;

namespace NatsActors.Faults;

/// <summary>Where the publishers under test run.</summary>
public enum RunHost
{
    /// <summary>The facade <see cref="NatsPublisher"/>, each with an actor system of its own.</summary>
    Facade,

    /// <summary>One actor system of Akka.NET for all.</summary>
    Akka,

    /// <summary>The same, with a stream of Akka.Streams into each publisher.</summary>
    Stream,
}

/// <summary>The command line: runs of faults on either host, the comparison with a plain client, and the runs under pressure.</summary>
internal static class FaultCommand
{
    private const int ComparedFaults = 80;

    // The faults of the link: a plain client has no actors.
    private static readonly FaultKind[] Comparable =
    [
        FaultKind.Rst, FaultKind.Fin, FaultKind.HalfWrite, FaultKind.Refusal, FaultKind.Hang, FaultKind.BlackHole, FaultKind.SlowLink,
        FaultKind.TlsHandshakeCut, FaultKind.TlsStreamCut,
    ];

    public static RootCommand Root()
    {
        var faults = new Option<int?>("--faults") { Description = "How many faults; default: about 25 seconds for each mode." };
        var seed = new Option<int>("--seed") { Description = "Decides all that is left to chance.", DefaultValueFactory = _ => 1 };
        var mode = new Option<RunMode?>("--mode") { Description = "fence, jetstream or cluster; default: one after another." };
        var host = new Option<RunHost?>("--host") { Description = "facade, akka (one actor system for all) or stream (the same, with streams of Akka.Streams); default: facade." };
        var compare = new Option<bool>("--compare") { Description = "Instead: NATS.Client.Core and NatsActors through the same faults of the link." };
        var publishers = new Option<int?>("--publishers") { Description = "How many publishers." };
        var rate = new Option<int?>("--rate") { Description = "Messages a second and publisher." };
        var window = new Option<int?>("--window") { Description = "jetstream.max-in-flight-messages; default: 4000." };
        var strictOrder = new Option<bool?>("--strict-order") { Description = "jetstream.strict-order; default: true. Without it only a window of 1 keeps the order when a stream refuses messages for a moment." };
        var only = new Option<FaultKind[]>("--only") { Description = "The faults to choose from; all when left out.", AllowMultipleArgumentsPerToken = true };
        var bounds = new Option<double?>("--bounds") { Description = "Instead: press on a publisher without a server for this many minutes; with --host stream the server is away for that time." };
        var verbose = new Option<bool>("--verbose") { Description = "A line for each fault." };
        var root = new RootCommand("Breaks links, servers and actors under running publishers, and checks what became of every message.")
        {
            faults, seed, mode, host, compare, publishers, rate, window, strictOrder, only, bounds, verbose,
        };
        root.SetAction(async (arguments, _) =>
        {
            var on = arguments.GetValue(host) ?? RunHost.Facade;
            var log = arguments.GetValue(verbose) ? Console.Error.WriteLine : (Action<string>?)null;
            RunOptions Chosen(RunOptions size) => size with
            {
                Seed = arguments.GetValue(seed),
                Rate = arguments.GetValue(rate) ?? size.Rate,
                Publishers = arguments.GetValue(publishers) ?? size.Publishers,
                Window = arguments.GetValue(window) ?? size.Window,
                StrictOrder = size.StrictOrder && (arguments.GetValue(strictOrder) ?? true),
                Only = arguments.GetValue(only) is { Length: > 0 } kinds ? kinds : size.Only,
            };

            if (arguments.GetValue(bounds) is { } minutes)
            {
                return await PressAsync(TimeSpan.FromMinutes(minutes), on);
            }

            return arguments.GetValue(compare)
                ? await CompareAsync(Chosen(RunOptions.ForCi(RunMode.Fence) with { Only = Comparable, Faults = arguments.GetValue(faults) ?? ComparedFaults }), on, log)
                : await RunAsync([.. Sizes(arguments.GetValue(mode), arguments.GetValue(faults)).Select(Chosen)], on, log);
        });
        return root;
    }

    private static async Task<int> RunAsync(IReadOnlyList<RunOptions> runs, RunHost host, Action<string>? log)
    {
        var broken = 0;
        foreach (var options in runs)
        {
            broken += await RunAsync(options, host, log);
        }

        return broken == 0 ? 0 : 1;
    }

    private static async Task<int> RunAsync(RunOptions options, RunHost host, Action<string>? log)
    {
        Console.Write($"NatsActors, {host.ToString().ToLowerInvariant()}, ");
        await using var akka = host == RunHost.Facade ? null : new AkkaHost();
        var report = await FaultRun.RunAsync(options, log, akka is null ? null : host == RunHost.Stream ? akka.StartStreamAsync : akka.StartAsync);
        Console.WriteLine(report);
        return report.Broken.Count;
    }

    private static async Task<int> CompareAsync(RunOptions options, RunHost host, Action<string>? log)
    {
        Console.Write("compare: NATS.Client.Core, ");
        Console.WriteLine(await FaultRun.RunAsync(options, log, (settings, _, subject) => PlainPublisher.StartAsync(settings, subject)));
        return await RunAsync([options], host, log);
    }

    private static async Task<int> PressAsync(TimeSpan duration, RunHost host)
    {
        if (host == RunHost.Stream)
        {
            var away = await StreamBoundsRun.RunAsync(duration);
            Console.Write(away);
            return away.Broken.Count == 0 ? 0 : 1;
        }

        await using var akka = host == RunHost.Akka ? new AkkaHost() : null;
        Console.Write($"NatsActors, {host.ToString().ToLowerInvariant()}, ");
        var pressed = await BoundsRun.RunAsync(duration, akka is null ? null : akka.PressAsync);
        Console.Write(pressed);
        return pressed.Broken.Count == 0 ? 0 : 1;
    }

    // A cluster needs seconds to choose a new leader: most faults go where they are quick.
    private static IEnumerable<RunOptions> Sizes(RunMode? only, int? faults)
    {
        foreach (var mode in only is { } one ? [one] : Enum.GetValues<RunMode>())
        {
            var share = only is not null ? 1 : mode switch { RunMode.Fence => 0.55, RunMode.JetStream => 0.35, _ => 0.1 };
            var size = RunOptions.ForCi(mode);
            yield return faults is { } all ? size with { Faults = (int)Math.Ceiling(all * share) } : size;
        }
    }
}
