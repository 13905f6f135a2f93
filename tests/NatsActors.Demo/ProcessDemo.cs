using System.Globalization;
using System.Text;
using NatsActors.Testing;
using static NatsActors.Demo.DemoInput;

namespace NatsActors.Demo;

/// <summary>The publisher's own process is killed three times, once while the server is suspended, and goes on from its journal.</summary>
internal sealed class ProcessDemo(DemoInput input, string folder)
{
    private const int Kills = 3;

    // durability.mark-bytes is what a crash sends again; a batch of NatsPipe is what it may give to the journal again.
    private const long MostAgain = (8L << 20) + (1L << 20);
    private static readonly TimeSpan Suspended = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _checkpoint = Path.Combine(folder, "lines.checkpoint");

    public async Task<bool> RunAsync()
    {
        Say($"--- 3. {input.Lines.Count:N0} lines through a journal into a stream; NatsPipe itself is killed three times ---");
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await DemoStream.CreateAsync(server);
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync(Subject);

        await RunUntilKilledAsync(server, 0.2);
        await RunUntilKilledAsync(server, 0.45, suspends: true);
        await RunUntilKilledAsync(server, 0.7);
        await using var pipe = Start(server);
        var (ledger, text, status) = await pipe.EndAsync(Limit);

        await reader.PingAsync();
        var arrived = reader.Messages.Select(message => message.Text).ToList();
        var (inStream, atReader) = (Comparison.Of(input.Lines, await DemoStream.ReadBackAsync(server)), Comparison.Of(input.Lines, arrived));
        var again = arrived.GroupBy(line => line).Sum(line => (line.Count() - 1L) * Encoding.UTF8.GetByteCount(line.Key));
        Console.WriteLine($"ledger:      {text}");
        Console.WriteLine($"subscriber:  {atReader.Arrived} messages arrived: {atReader}");
        Console.WriteLine(FormattableString.Invariant(
            $"sent again:  {again / 1024d / 1024:0.00} MiB after {Kills} kills; the bound is {Kills * MostAgain / 1024 / 1024} MiB"));
        Console.WriteLine($"stream:      {inStream.Arrived} messages stored");
        Console.WriteLine(inStream);
        return status == 0 && ledger.GetProperty("skipped").GetInt64() > 0
            && inStream is { Lost: 0, Duplicated: 0, OutOfOrder: 0, Foreign: 0 }
            && atReader is { Lost: 0, OutOfOrder: 0, Foreign: 0 } && again <= Kills * MostAgain;
    }

    private PipeProcess Start(NatsServer server) => PipeProcess.Start(
        input, server.Url, "--confirm", "jetstream", "--journal", Path.Combine(folder, "lines.journal"), "--checkpoint", _checkpoint,
        "--id-prefix", "demo");

    private async Task RunUntilKilledAsync(NatsServer server, double share, bool suspends = false)
    {
        await using var pipe = Start(server);
        await DemoStream.StoredAsync(server, pipe, input.Share(share));
        if (suspends)
        {
            Say($"kill -STOP {server.Pid} (nats-server)");
            server.Suspend();
            await Task.Delay(Suspended, TimeProvider.System);
        }

        Say($"kill -KILL {pipe.Id} (NatsPipe)");
        await pipe.KillAsync();
        if (suspends)
        {
            server.Resume();
        }

        var accepted = long.Parse(await File.ReadAllTextAsync(_checkpoint), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        Say($"{accepted:N0} lines were accepted by then");
    }
}
