using NatsActors.Testing;

namespace NatsActors.Faults;

/// <summary>
/// Three servers, with a stream of three replicas for each publisher. A fault is over when all replicas keep up again: a majority
/// lives at every moment, so every PubAck must hold. Half of the publishers know one server only and discover the others.
/// </summary>
internal sealed class ClusterStage : Stage
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReplicaPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(10);
    private readonly NatsCluster _cluster;
    private readonly StreamApi[] _streams;
    private readonly List<string> _behind = [];

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

    /// <summary>
    /// What a majority has: of the copies on the three servers the one in the middle. A PubAck promises no more, and servers
    /// (2.9.10) that were killed under load came back with a range missing that the other two had.
    /// </summary>
    public override async Task<IReadOnlyList<Arrivals>> CollectAsync(int publishers)
    {
        var arrivals = new List<Arrivals>();
        foreach (var stream in _streams)
        {
            var copies = (await CopiesAsync(stream)).OrderBy(copy => copy.Arrivals.Distinct).ToList();
            arrivals.Add(copies[1].Arrivals);
            _behind.AddRange(copies.Where(copy => copy.Arrivals.Distinct < copies[1].Arrivals.Distinct)
                .Select(copy => $"{copy.Node} has {copies[1].Arrivals.Distinct - copy.Arrivals.Distinct} messages of {stream.Name} less than the other two"));
        }

        return arrivals;
    }

    public override IReadOnlyList<string> Remarks => _behind;

    public override async Task<string> DescribeAsync()
    {
        var streams = await Task.WhenAll(_streams.Select(async stream => $"{stream.Name} {await stream.HealthAsync()}"));
        return $"{string.Join(", ", streams)}; clients: "
            + string.Join(", ", _cluster.Nodes.Select(node => $"{node.Name} {node.Proxy.OpenConnections}"));
    }

    public override ValueTask DisposeAsync() => _cluster.DisposeAsync();

    /// <summary>
    /// The servers choose which copy a consumer reads, so consumers are made until each copy has been read, and for a while longer
    /// when they differ: a replica applies what it has a moment later.
    /// </summary>
    private async Task<IReadOnlyList<(string Node, Arrivals Arrivals)>> CopiesAsync(StreamApi stream)
    {
        var copies = new Dictionary<string, Arrivals>();
        var (started, nodes) = (TimeProvider.System.GetTimestamp(), _cluster.Nodes.Count);
        await Until.TrueAsync(async () =>
        {
            await using var reader = await NatsReader.ConnectAsync(_cluster.Nodes[0].Server.Port);
            try
            {
                var copy = await new StreamAdmin(reader).OpenAsync(stream.Name);
                if (!copies.TryGetValue(copy.Node!, out var known) || known.Distinct != copy.Count)
                {
                    copies[copy.Node!] = await ReadAsync(copy);
                }
            }
            catch (TimeoutException)
            {
                // A cluster that elects a leader leaves a request without an answer: it is asked again.
                return false;
            }

            return copies.Count == nodes && (copies.Values.DistinctBy(each => each.Distinct).Count() == 1
                || TimeProvider.System.GetElapsedTime(started) > ReplicaPatience);
        }, Patience, $"every copy of {stream.Name} is read");
        return [.. copies.Select(copy => (copy.Key, copy.Value))];
    }

    private static async Task<Arrivals> ReadAsync(StreamCopy copy)
    {
        var arrivals = new Arrivals();
        await foreach (var message in copy.Messages)
        {
            arrivals.Add(message.Payload);
        }

        return arrivals;
    }

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
