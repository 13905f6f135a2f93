using NatsActors.Testing;

namespace NatsActors.Demo;

/// <summary>The stream of the demo's lines.</summary>
internal static class DemoStream
{
    private const string Name = "DEMO";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public static async Task CreateAsync(NatsServer server)
    {
        await using var admin = await NatsReader.ConnectAsync(server.Port);
        await new StreamAdmin(admin).CreateAsync(Name, [DemoInput.Subject], duplicateWindow: TimeSpan.FromMinutes(2));
    }

    /// <summary>Completes when the stream has so many lines.</summary>
    public static async Task StoredAsync(NatsServer server, PipeProcess pipe, long count)
    {
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        var admin = new StreamAdmin(reader);
        using var timer = new PeriodicTimer(Look);
        using var deadline = new CancellationTokenSource(Limit, TimeProvider.System);
        while ((await admin.InfoAsync(Name)).Messages < count)
        {
            if (pipe.HasEnded)
            {
                throw new InvalidOperationException($"NatsPipe ended before {count} lines were stored.");
            }

            await timer.WaitForNextTickAsync(deadline.Token);
        }

        DemoInput.Say($"{count:N0} lines are stored");
    }

    public static async Task<IReadOnlyList<string>> ReadBackAsync(NatsServer server)
    {
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        var stored = new List<string>();
        await foreach (var message in new StreamAdmin(reader).ReadAllAsync(Name))
        {
            stored.Add(message.Text);
        }

        return stored;
    }
}
