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
    // A start finds nobody to join when the others end meanwhile.
    private const int MostStarts = 5;

    private static readonly TimeSpan UpTimeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan DownTimeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan TellTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ThroughTimeout = TimeSpan.FromSeconds(45);
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
            await run.DrainAsync();
        }
        catch (Exception error) when (error is TimeoutException or InvalidOperationException or OperationCanceledException)
        {
            broken.Add($"{error.Message}\n{string.Join('\n', run._nodes.Select(static node => node.Output))}");
        }

        try
        {
            var account = await run.AccountAsync();
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
        await StartAsync(Options("n1", ports[0], hasRole: true));
        await StartAsync(Options("n2", ports[1], hasRole: true));
        await StartAsync(Options("s1", ports[2], hasRole: false));
        await LoadAsync();

        var faults = Enumerable.Repeat(KillAsync, _options.Kills).Concat(Enumerable.Repeat(PartitionAsync, _options.Partitions))
            .Concat(Enumerable.Repeat(UpdateAsync, _options.Updates))
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
        // Of two nodes that are left, either may be the one that goes on.
        await Task.WhenAny(node.Exited, Task.WhenAll(others.Select(static other => other.Exited))).WaitAsync(DownTimeout, TimeProvider.System);
        _log($"{node.Options.Sender} has {(node.HasExited ? "ended itself" : "ended the others")}");
        await Task.WhenAll(others.Select(other => other.TellAsync($"{NodeRun.Heal} {port}", TellTimeout)));
        await AgainAsync(node);
    }

    /// <summary>
    /// A node of a rolling update: it leaves, and joins with the other version, so three of these are a whole update. What every node sends
    /// must get through before the next one.
    /// </summary>
    private async Task UpdateAsync()
    {
        var name = new[] { "s1", "n1", "n2" }[_faults.GetValueOrDefault("update") % 3];
        var node = _nodes.Single(each => each.Options.Name == name);
        Fault("update", $"{node.Options.Sender}, which is {(node.Options.Newer ? "the newer" : "the older")}");
        await LeaveAsync(node);
        await AgainAsync(node, newer: !node.Options.Newer);
        await Task.WhenAll(_nodes.Select(static each => each.TellAsync(NodeRun.Through, ThroughTimeout)));
    }

    /// <summary>A node joins, takes its share of the shards, and leaves.</summary>
    private async Task GuestAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"g{_faults.GetValueOrDefault("guest") + 1}");
        Fault("guest", name);
        var guest = await StartAsync(Options(name, LoopbackPorts.Next(), hasRole: true));
        await PauseAsync(10_000, 12_000);
        await LeaveAsync(guest);
        _nodes.Remove(guest);
        await guest.DisposeAsync();
        _log("the guest has left");
    }

    /// <summary>
    /// What a supervisor of processes does. On a machine that stalls the split-brain resolver may end any node, and all of them.
    /// </summary>
    private async Task SuperviseAsync()
    {
        while (_nodes.Find(static each => each.HasExited) is { } ended)
        {
            Fault("end unasked", ended.Options.Sender);
            await AgainAsync(ended);
        }
    }

    private async Task AgainAsync(NodeProcess node, bool? newer = null)
    {
        _nodes.Remove(node);
        await node.DisposeAsync();
        await StartAsync(node.Options with { Life = node.Options.Life + 1, Newer = newer ?? node.Options.Newer });
    }

    /// <summary>Starts a node that joins the others, or founds the cluster when there are none.</summary>
    private async Task<NodeProcess> StartAsync(NodeOptions options)
    {
        for (var start = 0; start < MostStarts; start++)
        {
            var others = _nodes.Where(static other => !other.HasExited).ToList();
            // Its own address comes last, so that it founds no cluster beside theirs.
            int[] seeds = [.. others.Select(static other => other.Options.Port), options.Port];
            var node = NodeProcess.Start(options with { Life = options.Life + start, Seeds = string.Join(',', seeds.Select(Text)) });
            _nodes.Add(node);
            var alone = others.Count == 0 ? node.Up : Task.WhenAll(others.Select(static other => other.Exited));
            await Task.WhenAny(node.Up, alone).WaitAsync(UpTimeout, TimeProvider.System);
            if (node.Up is { IsCompletedSuccessfully: true, Result: true })
            {
                _log($"{node.Options.Sender} is up");
                return node;
            }

            _log($"{node.Options.Sender} {(node.HasExited ? "ended before it was a member" : "has nobody to join")}\n{node.Output}");
            _nodes.Remove(node);
            await node.DisposeAsync();
        }

        throw new InvalidOperationException($"{options.Name} did not become a member in {MostStarts} starts.");
    }

    private static async Task LeaveAsync(NodeProcess node)
    {
        await node.TellAsync(NodeRun.Leave, TellTimeout);
        await node.Exited.WaitAsync(DownTimeout, TimeProvider.System);
    }

    /// <summary>Senders end their last message, which needs an Ack.</summary>
    private async Task QuietAsync()
    {
        _log("quiet");
        do
        {
            await SuperviseAsync();
            await Task.WhenAll(_nodes.Select(static node => node.TellAsync(NodeRun.Quiet, QuietTimeout)));
        }
        while (_nodes.Exists(static node => node.HasExited));
    }

    /// <summary>Completes as soon as nothing is missing, or when nothing more has arrived for a while.</summary>
    private async Task DrainAsync()
    {
        var (progressed, stored) = (Stopwatch.GetTimestamp(), 0);
        while (await AccountAsync() is { Lost: > 0 } account && (account.Stored > stored || Stopwatch.GetElapsedTime(progressed) < DrainTimeout))
        {
            (progressed, stored) = account.Stored > stored ? (Stopwatch.GetTimestamp(), account.Stored) : (progressed, stored);
            await PauseAsync(500, 501);
            if (_nodes.Exists(static node => node.HasExited))
            {
                await QuietAsync();
            }
        }
    }

    private async Task<Account> AccountAsync() => Account.Of(NodeRecord.ReadAll(_folder), await _stage.StoredAsync(), _options.Plain);

    private NodeOptions Options(string name, int port, bool hasRole) => new()
    {
        Name = name, Life = 1, Port = port, Seeds = "", HasRole = hasRole, Mode = _options.Mode, Servers = _stage.Servers, Folder = _folder,
        Database = _stage.Database, Plain = _options.Plain,
    };

    private void Fault(string kind, string node)
    {
        _faults[kind] = _faults.GetValueOrDefault(kind) + 1;
        _log($"{kind} {node}");
    }

    private async Task LoadAsync()
    {
        await PauseAsync(1000, 4000);
        await SuperviseAsync();
    }

    private Task PauseAsync(int fromMilliseconds, int toMilliseconds) =>
        Task.Delay(TimeSpan.FromMilliseconds(_random.Next(fromMilliseconds, toMilliseconds)), TimeProvider.System);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
