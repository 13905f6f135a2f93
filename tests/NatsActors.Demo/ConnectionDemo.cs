using NatsActors.Testing;
using static NatsActors.Demo.DemoInput;

namespace NatsActors.Demo;

/// <summary>Fences, a server that lives, and a connection to it that is broken in five ways.</summary>
internal static class ConnectionDemo
{
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Refusal = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task<bool> RunAsync(DemoInput input)
    {
        Say($"--- 2. {input.Lines.Count:N0} lines to a subscriber; the connection is cut, hung and refused ---");
        await using var server = await NatsServer.StartAsync();
        await using var proxy = CuttingProxy.Start(server.Port);
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync(Subject);
        await using var pipe = PipeProcess.Start(input, proxy.Url, "--confirm", "fence", "--confirm-timeout", "1");

        await ArrivedAsync(reader, input.Share(0.1), "RST");
        proxy.CutWithRst();
        await ArrivedAsync(reader, input.Share(0.25), "FIN");
        proxy.CutWithFin();
        await ArrivedAsync(reader, input.Share(0.4), "half write: 1,001 bytes more, then RST");
        await proxy.CutAfterBytes(1001).WaitAsync(Limit);
        await ArrivedAsync(reader, input.Share(0.55), $"hang for {Hang.TotalSeconds} s");
        await proxy.Hang(Hang);
        await ArrivedAsync(reader, input.Share(0.75), $"RST, and connects refused for {Refusal.TotalSeconds} s");
        proxy.Refuse();
        proxy.CutWithRst();
        await Task.Delay(Refusal, TimeProvider.System);
        proxy.Accept();

        var (ledger, text, status) = await pipe.EndAsync(Limit);
        // The server has read all of it (that is what a fence says); the PONG follows what it had for this subscriber.
        await reader.PingAsync();
        var messages = reader.Messages;
        var comparison = Comparison.Of(input.Lines, messages.Select(message => message.Text));
        var resent = ledger.GetProperty("resent").GetInt64();
        Console.WriteLine($"ledger:      {text}");
        Console.WriteLine($"subscriber:  {messages.Count} messages arrived; of {resent} that were sent again, {comparison.Duplicated} had arrived before");
        Console.WriteLine(comparison);
        return status == 0 && ledger.GetProperty("delivered").GetInt64() == input.Lines.Count && ledger.GetProperty("reconnects").GetInt64() >= 4
            && comparison is { Lost: 0, OutOfOrder: 0, Foreign: 0 } && comparison.Duplicated <= resent;
    }

    private static async Task ArrivedAsync(NatsReader reader, int count, string fault)
    {
        await Until.TrueAsync(() => reader.Count >= count, Limit);
        Say($"{count:N0} lines have arrived: {fault}");
    }
}
