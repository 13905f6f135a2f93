using NatsActors.Testing;

namespace NatsActors.Faults;

/// <summary>
/// One server with a stream, killed and stopped under the publishers while their links are cut as well. A PubAck says that the
/// message is stored: the stream is read back at the end.
/// </summary>
internal sealed class StreamStage : Stage
{
    private static readonly TimeSpan ApiTimeout = TimeSpan.FromSeconds(30);
    private const long Headroom = 1000;
    private readonly NatsServer _server;
    private readonly CuttingProxy[] _proxies;
    private readonly StreamApi _api;

    private StreamStage(NatsServer server, int publishers)
    {
        _server = server;
        _api = new StreamApi(() => [_server], replicas: 1);
        _proxies = [.. Enumerable.Range(0, publishers).Select(_ => CuttingProxy.Start(server.Port))];
    }

    public override IReadOnlyList<FaultKind> ServerKinds { get; } =
        [FaultKind.ServerKill, FaultKind.ServerStopContinue, FaultKind.ServerStopKill, FaultKind.StreamFull];

    public override double ServerShare => 0.2;

    public static async Task<StreamStage> StartAsync(int publishers)
    {
        var stage = new StreamStage(await NatsServer.StartAsync(new NatsServerOptions { JetStream = true }), publishers);
        await stage._api.CreateAsync(ApiTimeout);
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
            case FaultKind.ServerStopKill:
                _server.Suspend();
                await LinkFaults.PauseAsync(random, 100, 1000);
                await _server.KillAsync();
                await _server.RestartAsync();
                break;
            case FaultKind.StreamFull:
                // A limit below what the stream holds would make the server delete the oldest.
                var stored = (await _api.HealthAsync())?.Messages ?? 0;
                await _api.LimitAsync(stored + Headroom, ApiTimeout);
                await LinkFaults.PauseAsync(random, 500, 1500);
                await _api.LimitAsync(-1, ApiTimeout);
                break;
            default:
                await LinkFaults.InjectAsync(kind, _proxies[publisher], target, random);
                break;
        }
    }

    public override async Task HealAsync()
    {
        Array.ForEach(_proxies, LinkFaults.Heal);
        await _api.LimitAsync(-1, ApiTimeout);
    }

    public override Task<IReadOnlyList<Arrivals>> CollectAsync(int publishers) => ReadBackAsync(_server, publishers);

    /// <summary>The stream's messages in the stream's order.</summary>
    public static async Task<IReadOnlyList<Arrivals>> ReadBackAsync(NatsServer server, int publishers)
    {
        var arrivals = Enumerable.Range(0, publishers).Select(_ => new Arrivals()).ToArray();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await foreach (var message in new StreamAdmin(reader).ReadAllAsync(StreamApi.Name))
        {
            arrivals[PublisherOf(message.Subject)].Add(message.Payload);
        }

        return arrivals;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }

        await _server.DisposeAsync();
    }
}
