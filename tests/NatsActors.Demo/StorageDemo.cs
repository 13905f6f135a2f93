using NatsActors.Testing;
using static NatsActors.Demo.DemoInput;

namespace NatsActors.Demo;

/// <summary>A stream, PubAcks, and a server that is killed under it three times.</summary>
internal static class StorageDemo
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task<bool> RunAsync(DemoInput input)
    {
        Say($"--- 1. {input.Lines.Count:N0} lines into a stream; the server is killed three times, once while it is suspended ---");
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await DemoStream.CreateAsync(server);

        await using var pipe = PipeProcess.Start(input, server.Url, "--confirm", "jetstream", "--confirm-timeout", "2");
        await DemoStream.StoredAsync(server, pipe, input.Share(0.2));
        await KillAsync(server);
        await DemoStream.StoredAsync(server, pipe, input.Share(0.45));
        Say($"kill -STOP {server.Pid}");
        server.Suspend();
        await PauseAsync();
        await KillAsync(server);
        await DemoStream.StoredAsync(server, pipe, input.Share(0.7));
        await KillAsync(server);

        var (ledger, text, status) = await pipe.EndAsync(Limit);
        var stored = await DemoStream.ReadBackAsync(server);
        var comparison = Comparison.Of(input.Lines, stored);
        Console.WriteLine($"ledger:  {text}");
        Console.WriteLine($"stream:  {stored.Count} messages stored");
        Console.WriteLine(comparison);
        return status == 0 && ledger.GetProperty("stored").GetInt64() == input.Lines.Count && ledger.GetProperty("reconnects").GetInt64() >= 3
            && comparison is { Lost: 0, Duplicated: 0, OutOfOrder: 0, Foreign: 0 };
    }

    private static async Task KillAsync(NatsServer server)
    {
        Say($"kill -KILL {server.Pid}");
        await server.KillAsync();
        await PauseAsync();
        await server.RestartAsync();
        Say($"nats-server is back on the same store, process {server.Pid}");
    }

    /// <summary>An outage has to last a while to be one.</summary>
    private static Task PauseAsync() => Task.Delay(Outage, TimeProvider.System);
}
