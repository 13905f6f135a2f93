using NatsActors.Testing;

namespace NatsActors.Faults;

/// <summary>
/// One server with a stream, killed and stopped under the publishers while their links are cut as well. A PubAck says that the
/// message is stored: the stream is read back at the end.
/// </summary>
internal sealed class StreamStage : Stage
{
    private static readonly TimeSpan ApiTimeout = TimeSpan.FromSeconds(30);
    private const long Room = 10_000;
    private const int FillAtOnce = 500;
    private const string Filler = "faults.filler";
    private static readonly TimeSpan RaiseInterval = TimeSpan.FromMilliseconds(100);

    // Without it, a server (2.9.10) that was killed while its stream's limit changed came back with "stream not found".
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _raising;
    private readonly NatsServer _server;
    private readonly CuttingProxy[] _proxies;
    private readonly StreamApi _api;
    private long _limit = Room;
    private volatile bool _full;

    private StreamStage(NatsServer server, int publishers)
    {
        _server = server;
        _api = new StreamApi(() => [_server], replicas: 1, "FAULTS", "faults.*");
        _proxies = [.. Enumerable.Range(0, publishers).Select(_ => CuttingProxy.Start(server.Port))];
        _raising = KeepRoomAsync();
    }

    public override IReadOnlyList<FaultKind> ServerKinds { get; } =
        [FaultKind.ServerKill, FaultKind.ServerStopContinue, FaultKind.ServerStopKill, FaultKind.StreamFull];

    public override double ServerShare => 0.2;

    public static async Task<StreamStage> StartAsync(int publishers)
    {
        var stage = new StreamStage(await NatsServer.StartAsync(new NatsServerOptions { JetStream = true }), publishers);
        await stage._api.CreateAsync(ApiTimeout, Room);
        return stage;
    }

    public override IReadOnlyList<FaultKind> LinkKinds(int publisher) =>
    [
        FaultKind.Rst, FaultKind.Fin, FaultKind.HalfWrite, FaultKind.Refusal, FaultKind.Hang, FaultKind.BlackHole, FaultKind.SlowLink,
        FaultKind.PongWithheld, FaultKind.ForceReconnect, FaultKind.CrashBufferActor, FaultKind.CrashConnectionActor,
        FaultKind.CrashBothActors,
    ];

    public override IReadOnlyList<CuttingProxy> ProxiesOf(int publisher) => [_proxies[publisher]];

    public override PublisherSettings SettingsFor(int publisher, PublisherSettings common) =>
        common with { Connection = common.Connection with { Servers = [_proxies[publisher].Url] } };

    public override async Task InjectAsync(FaultKind kind, int publisher, IPublisherUnderTest target, Random random)
    {
        switch (kind)
        {
            case FaultKind.ServerKill or FaultKind.ServerStopContinue or FaultKind.ServerStopKill:
                await _changing.WaitAsync();
                try
                {
                    await StrikeAsync(kind, random);
                }
                finally
                {
                    _changing.Release();
                }

                break;
            case FaultKind.StreamFull:
                _full = true;
                await FillAsync();
                await LinkFaults.PauseAsync(random, 300, 800);
                _full = false;
                break;
            default:
                await LinkFaults.InjectAsync(kind, _proxies[publisher], target, random);
                break;
        }
    }

    public override Task HealAsync()
    {
        Array.ForEach(_proxies, LinkFaults.Heal);
        return Task.CompletedTask;
    }

    public override async Task<IReadOnlyList<Arrivals>> CollectAsync(int publishers)
    {
        var arrivals = Enumerable.Range(0, publishers).Select(_ => new Arrivals()).ToArray();
        await using var reader = await NatsReader.ConnectAsync(_server.Port);
        await foreach (var message in new StreamAdmin(reader).ReadAllAsync(_api.Name))
        {
            // The stream's order; what filled it up is nobody's.
            if (message.Subject != Filler)
            {
                arrivals[PublisherOf(message.Subject)].Add(message.Payload);
            }
        }

        return arrivals;
    }

    public override async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _raising;
        _changing.Dispose();
        foreach (var proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    private async Task StrikeAsync(FaultKind kind, Random random)
    {
        switch (kind)
        {
            case FaultKind.ServerKill:
                await _server.KillAsync();
                await LinkFaults.PauseAsync(random, 0, 500);
                await _server.RestartAsync();
                break;
            case FaultKind.ServerStopContinue:
                _server.Suspend();
                await LinkFaults.PauseAsync(random, 700, 1500);
                _server.Resume();
                break;
            default:
                _server.Suspend();
                await LinkFaults.PauseAsync(random, 100, 1000);
                await _server.KillAsync();
                await _server.RestartAsync();
                break;
        }
    }

    /// <summary>Keeps the stream's limit above what it holds, unless it is to be full.</summary>
    private async Task KeepRoomAsync()
    {
        using var timer = new PeriodicTimer(RaiseInterval, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                if (!_full)
                {
                    await RaiseAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task RaiseAsync()
    {
        await _changing.WaitAsync(_ended.Token);
        try
        {
            if (await _api.HealthAsync() is { } health && health.Messages + Room > _limit + (Room / 4)
                && await _api.RaiseAsync(health.Messages + Room))
            {
                Volatile.Write(ref _limit, health.Messages + Room);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Fills the stream up to its limit with messages of our own.</summary>
    private async Task FillAsync()
    {
        await using var reader = await NatsReader.ConnectAsync(_server.Port);
        var admin = new StreamAdmin(reader);
        var limit = Volatile.Read(ref _limit);
        await Until.TrueAsync(async () =>
        {
            for (var i = 0; i < FillAtOnce; i++)
            {
                await reader.PublishAsync(Filler, ReadOnlyMemory<byte>.Empty);
            }

            await reader.PingAsync();
            return (await admin.InfoAsync(_api.Name)).Messages >= Volatile.Read(ref _limit);
        }, ApiTimeout, $"the stream holds {limit} messages");
    }
}
