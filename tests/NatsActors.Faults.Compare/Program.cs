using System.Globalization;
using NatsActors.Faults;
using NatsActors.Faults.Compare;

// Arguments: the number of faults (default 80), and the seed (default 1). Only faults of the link: the client has no actors.
var options = RunOptions.ForCi(RunMode.Fence) with
{
    Faults = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 80,
    Seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1,
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
