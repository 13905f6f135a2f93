using NatsActors.Testing;

namespace NatsActors.Faults;

/// <summary>
/// One server with a stream for each publisher, killed and stopped under the publishers while their links are cut as well. A PubAck
/// says that the message is stored: the streams are read back at the end.
/// </summary>
internal sealed class StreamStage : Stage
{
    private static readonly TimeSpan ApiTimeout = TimeSpan.FromSeconds(30);
    private const long Room = 10_000;
    private const int FillAtOnce = 500;
    private static readonly TimeSpan RaiseInterval = TimeSpan.FromMilliseconds(500);

    // Without it, a server (2.9.10) that was killed while its stream's limit changed came back with "stream not found".
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly CancellationTokenSource _ended = new();
    private Task _raising = Task.CompletedTask;
    private readonly NatsServer _server;
    private readonly CuttingProxy[] _proxies;
    private readonly StreamApi[] _streams;
    private readonly long[] _limits;
    private volatile int _full = -1;

    private StreamStage(NatsServer server, int publishers)
    {
        _server = server;
        _streams = [.. Enumerable.Range(0, publishers).Select(i => new StreamApi(() => [_server], replicas: 1, $"FAULTS-{i}", SubjectOf(i), FillerOf(i)))];
        _limits = [.. Enumerable.Repeat(Room, publishers)];
        _proxies = [.. Enumerable.Range(0, publishers).Select(_ => CuttingProxy.Start(server.Port))];
    }

    public override IReadOnlyList<FaultKind> ServerKinds { get; } =
        [FaultKind.ServerKill, FaultKind.ServerStopContinue, FaultKind.ServerStopKill, FaultKind.StreamFull];

    public override double ServerShare => 0.2;

    public static async Task<StreamStage> StartAsync(int publishers)
    {
        var stage = new StreamStage(await NatsServer.StartAsync(new NatsServerOptions { JetStream = true }), publishers);
        foreach (var stream in stage._streams)
        {
            await stream.CreateAsync(ApiTimeout, Room);
        }

        stage._raising = stage.KeepRoomAsync();
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
                _full = random.Next(_streams.Length);
                await FillAsync(_full);
                await LinkFaults.PauseAsync(random, 300, 800);
                _full = -1;
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
        var all = new List<Arrivals>();
        await using var reader = await NatsReader.ConnectAsync(_server.Port);
        for (var i = 0; i < publishers; i++)
        {
            var arrivals = new Arrivals();
            await foreach (var message in new StreamAdmin(reader).ReadAllAsync(_streams[i].Name))
            {
                // The stream's order; what filled it up is nobody's.
                if (message.Subject == SubjectOf(i))
                {
                    arrivals.Add(message.Payload);
                }
            }

            all.Add(arrivals);
        }

        return all;
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

    private static string FillerOf(int publisher) => $"filler.{publisher}";

    /// <summary>Keeps each stream's limit above what it holds, unless it is to be full.</summary>
    private async Task KeepRoomAsync()
    {
        using var timer = new PeriodicTimer(RaiseInterval, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                for (var i = 0; i < _streams.Length; i++)
                {
                    if (i != _full)
                    {
                        await RaiseAsync(i);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task RaiseAsync(int stream)
    {
        await _changing.WaitAsync(_ended.Token);
        try
        {
            if (await _streams[stream].HealthAsync() is { } health && health.Messages + Room > _limits[stream] + (Room / 4)
                && await _streams[stream].RaiseAsync(health.Messages + Room))
            {
                Volatile.Write(ref _limits[stream], health.Messages + Room);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Fills a stream up to its limit with messages of another writer.</summary>
    private async Task FillAsync(int stream)
    {
        await using var reader = await NatsReader.ConnectAsync(_server.Port);
        var admin = new StreamAdmin(reader);
        var limit = Volatile.Read(ref _limits[stream]);
        await Until.TrueAsync(async () =>
        {
            for (var i = 0; i < FillAtOnce; i++)
            {
                await reader.PublishAsync(FillerOf(stream), ReadOnlyMemory<byte>.Empty);
            }

            await reader.PingAsync();
            return (await admin.InfoAsync(_streams[stream].Name)).Messages >= Volatile.Read(ref _limits[stream]);
        }, ApiTimeout, $"{_streams[stream].Name} holds {limit} messages");
    }
}
