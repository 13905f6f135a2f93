using System.Diagnostics;
using System.Globalization;
using NatsActors.Testing;

namespace NatsActors.Cluster.Nodes;

/// <summary>
/// One run: three nodes publish, and one after another is killed or cut off, and started again; guests join and leave. At the end senders
/// stop, the buffers drain, and the account is made.
/// </summary>
public sealed class ClusterRun
{
    private static readonly TimeSpan UpTimeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan DownTimeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan TellTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan QuietTimeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(90);

    private readonly ClusterOptions _options;
    private readonly ClusterStage _stage;
    private readonly string _folder;
    private readonly Action<string> _log;
    private readonly Random _random;
    private readonly List<NodeProcess> _nodes = [];
    private readonly SortedDictionary<string, int> _faults = new(StringComparer.Ordinal);

    private ClusterRun(ClusterOptions options, ClusterStage stage, string folder, Action<string> log)
    {
        (_options, _stage, _folder, _log, _random) = (options, stage, folder, log, new Random(options.Seed));
    }

    /// <summary>Runs; the report says whether every promise held.</summary>
    /// <param name="options">The size.</param>
    /// <param name="log">Takes a line for each fault.</param>
    public static async Task<ClusterReport> RunAsync(ClusterOptions options, Action<string>? log = null)
    {
        var started = Stopwatch.GetTimestamp();
        var folder = Directory.CreateTempSubdirectory("cluster-").FullName;
        var broken = new List<string>();
        await using var stage = await ClusterStage.StartAsync(options.Mode, options.Plain);
        var run = new ClusterRun(options, stage, folder, line => log?.Invoke($"{Stopwatch.GetElapsedTime(started).TotalSeconds:0}s {line}"));
        try
        {
            await run.FaultsAsync();
            await run.QuietAsync();
        }
        catch (Exception error) when (error is TimeoutException or InvalidOperationException or OperationCanceledException)
        {
            broken.Add($"{error.Message}\n{string.Join('\n', run._nodes.Select(static node => node.Output))}");
        }

        try
        {
            var account = await run.DrainedAsync();
            broken.AddRange(account.Broken);
            return new ClusterReport(options, account, run._faults, broken, Stopwatch.GetElapsedTime(started));
        }
        finally
        {
            foreach (var node in run._nodes)
            {
                await node.DisposeAsync();
            }

            if (broken.Count == 0)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private async Task FaultsAsync()
    {
        int[] ports = [LoopbackPorts.Next(), LoopbackPorts.Next(), LoopbackPorts.Next()];
        // The first founds the cluster, so it is its own first seed, once. A node that is started again only joins.
        await StartAsync(Options("n1", 1, ports[0], ports, hasRole: true));
        await StartAsync(Options("n2", 1, ports[1], ports, hasRole: true));
        await StartAsync(Options("s1", 1, ports[2], ports, hasRole: false));
        await LoadAsync();

        var faults = Enumerable.Repeat(KillAsync, _options.Kills).Concat(Enumerable.Repeat(PartitionAsync, _options.Partitions))
            .Concat(Enumerable.Repeat(GuestAsync, _options.Kills / _options.KillsForOneGuest)).ToArray();
        _random.Shuffle(faults);
        foreach (var fault in faults)
        {
            await fault();
            await LoadAsync();
        }
    }

    /// <summary>SIGKILL, and after a moment the same node again.</summary>
    private async Task KillAsync()
    {
        var node = _nodes[_random.Next(_nodes.Count)];
        Fault("kill", node.Options.Sender);
        await node.KillAsync();
        if (_random.Next(2) == 0)
        {
            _stage.Cut(_random.Next());
        }

        await PauseAsync(0, 3000);
        await AgainAsync(node);
    }

    /// <summary>A node sees none of the others, until it ends itself.</summary>
    private async Task PartitionAsync()
    {
        var node = _nodes[_random.Next(_nodes.Count)];
        var others = _nodes.Where(other => other != node).ToList();
        Fault("partition", node.Options.Sender);
        var port = Text(node.Options.Port);
        await Task.WhenAll(
            others.Select(other => other.TellAsync($"{NodeRun.Partition} {port}", TellTimeout))
                .Append(node.TellAsync($"{NodeRun.Partition} {string.Join(',', others.Select(static other => Text(other.Options.Port)))}", TellTimeout)));
        await node.ExitAsync(DownTimeout);
        _log($"{node.Options.Sender} has ended itself");
        await Task.WhenAll(others.Select(other => other.TellAsync($"{NodeRun.Heal} {port}", TellTimeout)));
        await AgainAsync(node);
    }

    /// <summary>A node joins, takes its share of the shards, and leaves.</summary>
    private async Task GuestAsync()
    {
        var port = LoopbackPorts.Next();
        Fault("guest", "g");
        var guest = await StartAsync(Options("g", _faults["guest"], port, [.. _nodes.Select(static node => node.Options.Port)], hasRole: true));
        await PauseAsync(10_000, 12_000);
        await guest.TellAsync(NodeRun.Leave, TellTimeout);
        await guest.ExitAsync(DownTimeout);
        _nodes.Remove(guest);
        await guest.DisposeAsync();
        _log("the guest has left");
    }

    private async Task AgainAsync(NodeProcess node)
    {
        _nodes.Remove(node);
        await node.DisposeAsync();
        // Its own address comes last, so that it never founds a cluster of its own.
        int[] seeds = [.. _nodes.Select(static other => other.Options.Port), node.Options.Port];
        await StartAsync(node.Options with { Life = node.Options.Life + 1, Seeds = string.Join(',', seeds.Select(Text)) });
    }

    private async Task<NodeProcess> StartAsync(NodeOptions options)
    {
        var node = NodeProcess.Start(options);
        _nodes.Add(node);
        if (!await node.Up.WaitAsync(UpTimeout, TimeProvider.System))
        {
            throw new InvalidOperationException($"{options.Sender} ended before it was a member.");
        }

        _log($"{options.Sender} is up");
        return node;
    }

    /// <summary>Senders end their last message, which needs an Ack.</summary>
    private async Task QuietAsync()
    {
        _log("quiet");
        await Task.WhenAll(_nodes.Select(static node => node.TellAsync(NodeRun.Quiet, QuietTimeout)));
    }

    /// <summary>The account, as soon as nothing is missing, or when nothing more has arrived for a while.</summary>
    private async Task<Account> DrainedAsync()
    {
        var (progressed, stored) = (Stopwatch.GetTimestamp(), 0);
        while (true)
        {
            var account = Account.Of(NodeRecord.ReadAll(_folder), await _stage.StoredAsync(), _options.Plain);
            if (account.Lost == 0 || (account.Stored == stored && Stopwatch.GetElapsedTime(progressed) > DrainTimeout))
            {
                return account;
            }

            (progressed, stored) = account.Stored > stored ? (Stopwatch.GetTimestamp(), account.Stored) : (progressed, stored);

            await PauseAsync(500, 501);
        }
    }

    private NodeOptions Options(string name, int life, int port, int[] seeds, bool hasRole) => new()
    {
        Name = name, Life = life, Port = port, Seeds = string.Join(',', seeds.Select(Text)), HasRole = hasRole, Mode = _options.Mode,
        Servers = _stage.Servers, Folder = _folder, Database = _stage.Database, Plain = _options.Plain,
    };

    private void Fault(string kind, string node)
    {
        _faults[kind] = _faults.GetValueOrDefault(kind) + 1;
        _log($"{kind} {node}");
    }

    private Task LoadAsync() => PauseAsync(1000, 4000);

    private Task PauseAsync(int fromMilliseconds, int toMilliseconds) =>
        Task.Delay(TimeSpan.FromMilliseconds(_random.Next(fromMilliseconds, toMilliseconds)), TimeProvider.System);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
