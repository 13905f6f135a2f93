using NatsActors.Testing;

namespace NatsActors.Faults;

/// <summary>
/// Three servers, with a stream of three replicas for each publisher. A fault is over when all replicas keep up again: a majority
/// lives at every moment, so every PubAck must hold. Half of the publishers know one server only and discover the others.
/// </summary>
internal sealed class ClusterStage : Stage
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(10);
    private readonly NatsCluster _cluster;
    private readonly StreamApi[] _streams;

    private ClusterStage(NatsCluster cluster, int publishers)
    {
        _cluster = cluster;
        _streams = [.. Enumerable.Range(0, publishers).Select(i => new StreamApi(
            () => _cluster.Nodes.Select(node => node.Server).Where(server => server.IsRunning), replicas: 3, $"FAULTS-{i}", SubjectOf(i)))];
    }

    public override IReadOnlyList<FaultKind> ServerKinds { get; } =
    [
        FaultKind.LeaderStepDown, FaultKind.NodeKill, FaultKind.Rst, FaultKind.LeaderKill, FaultKind.NodeLameDuck, FaultKind.NodeStop,
        FaultKind.Refusal,
    ];

    public override double ServerShare => 0.5;

    public static async Task<ClusterStage> StartAsync(int publishers)
    {
        var stage = new ClusterStage(await NatsCluster.StartAsync(), publishers);
        foreach (var stream in stage._streams)
        {
            await stream.CreateAsync(Patience);
        }

        await stage.AwaitHealthAsync();
        return stage;
    }

    /// <summary>The proxies are shared: of its own, a publisher has only its actors.</summary>
    public override IReadOnlyList<FaultKind> LinkKinds(int publisher) =>
        [FaultKind.ForceReconnect, FaultKind.CrashBufferActor, FaultKind.CrashConnectionActor, FaultKind.CrashBothActors];

    public override IReadOnlyList<CuttingProxy> ProxiesOf(int publisher) => [.. _cluster.Nodes.Select(node => node.Proxy)];

    public override PublisherSettings SettingsFor(int publisher, PublisherSettings common) => common with
    {
        Connection = common.Connection with
        {
            DiscoverServers = true,
            Servers = publisher % 2 == 0
                ? [.. _cluster.Nodes.Select(node => node.Proxy.Url)]
                : [_cluster.Nodes[publisher / 2 % _cluster.Nodes.Count].Proxy.Url],
        },
    };

    public override async Task InjectAsync(FaultKind kind, int publisher, IPublisherUnderTest target, Random random)
    {
        var node = _cluster.Nodes[random.Next(_cluster.Nodes.Count)];
        if (LinkKinds(publisher).Contains(kind))
        {
            await LinkFaults.InjectAsync(kind, node.Proxy, target, random);
            return;
        }

        var stream = _streams[random.Next(_streams.Length)];
        switch (kind)
        {
            case FaultKind.LeaderStepDown:
                await stream.StepDownAsync();
                break;
            case FaultKind.LeaderKill:
                await KillAsync(await LeaderAsync(stream) ?? node, random);
                break;
            case FaultKind.NodeKill:
                await KillAsync(node, random);
                break;
            case FaultKind.NodeStop:
                node.Server.Suspend();
                await LinkFaults.PauseAsync(random, 700, 2500);
                node.Server.Resume();
                break;
            case FaultKind.NodeLameDuck:
                node.Server.Signal(Signals.User2);
                await Until.TrueAsync(() => node.Proxy.OpenConnections == 0, LeaveTimeout);
                await node.Server.KillAsync();
                await node.Server.RestartAsync();
                break;
            case FaultKind.Rst:
                node.Proxy.CutWithRst();
                break;
            case FaultKind.Refusal:
                node.Proxy.Refuse();
                node.Proxy.CutWithRst();
                await LinkFaults.PauseAsync(random, 200, 1000);
                node.Proxy.Accept();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind));
        }

        await AwaitHealthAsync();
    }

    public override async Task HealAsync()
    {
        foreach (var node in _cluster.Nodes)
        {
            LinkFaults.Heal(node.Proxy);
        }

        await AwaitHealthAsync();
    }

    public override async Task<IReadOnlyList<Arrivals>> CollectAsync(int publishers)
    {
        var arrivals = _streams.Select(_ => new Arrivals()).ToArray();
        foreach (var stream in _streams)
        {
            await StreamStage.ReadBackAsync((await LeaderAsync(stream) ?? _cluster.Nodes[0]).Server, stream.Name, arrivals);
        }

        return arrivals;
    }

    public override async Task<string> DescribeAsync()
    {
        var streams = await Task.WhenAll(_streams.Select(async stream => $"{stream.Name} {await stream.HealthAsync()}"));
        return $"{string.Join(", ", streams)}; clients: "
            + string.Join(", ", _cluster.Nodes.Select(node => $"{node.Name} {node.Proxy.OpenConnections}"));
    }

    public override ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private static async Task KillAsync(ClusterNode node, Random random)
    {
        await node.Server.KillAsync();
        await LinkFaults.PauseAsync(random, 100, 1500);
        await node.Server.RestartAsync();
    }

    private async Task<ClusterNode?> LeaderAsync(StreamApi stream)
    {
        var leader = (await stream.HealthAsync())?.Leader;
        return _cluster.Nodes.FirstOrDefault(node => node.Name == leader);
    }

    private Task AwaitHealthAsync() =>
        Task.WhenAll(_streams.Select(stream => Until.TrueAsync(
            async () => await stream.HealthAsync() is { AllCurrent: true }, Patience, $"all replicas of {stream.Name} keep up")));
}
