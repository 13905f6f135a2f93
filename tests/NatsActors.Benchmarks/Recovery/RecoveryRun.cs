using System.Diagnostics;
using NatsActors.Testing;

namespace NatsActors.Benchmarks.Recovery;

/// <summary>What to measure.</summary>
internal sealed record RecoveryPlan
{
    /// <summary>How long the server is away.</summary>
    public required IReadOnlyList<TimeSpan> Outages { get; init; }

    /// <summary>Outages of each length.</summary>
    public required int Times { get; init; }

    /// <summary>Publishers, and clients, that publish; as many more are idle.</summary>
    public required int Publishers { get; init; }

    /// <summary>Messages a second of each that publishes.</summary>
    public required int Rate { get; init; }

    /// <summary>Payload bytes.</summary>
    public required int Size { get; init; }
}

/// <summary>How a kind of connection came back after outages of one length.</summary>
/// <param name="Name">The kind.</param>
/// <param name="Busy">Whether it publishes.</param>
/// <param name="Outage">How long the server was away.</param>
internal sealed record RecoverySeries(string Name, bool Busy, TimeSpan Outage)
{
    /// <summary>From the server listening to the link, one for each connection and outage.</summary>
    public List<TimeSpan> ToLink { get; } = [];

    /// <summary>From the server listening to the last of the messages that had been accepted by then.</summary>
    public List<TimeSpan> ToConfirmed { get; } = [];
}

/// <summary>
/// Kills a server and starts it again on its port, under publishers and clients that are all connected to it at once: every outage
/// gives one figure for each of them. Those that are idle publish nothing at all.
/// </summary>
internal static class RecoveryRun
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    // A link that has lasted for less than a second is taken for one of a server that accepts and drops.
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);

    private sealed record Group(string Name, bool Busy, IReadOnlyList<IRecovering> Members);

    /// <summary>Measures.</summary>
    public static async Task<IReadOnlyList<RecoverySeries>> RunAsync(RecoveryPlan plan)
    {
        await using var server = await NatsServer.StartAsync();
        var payload = new byte[plan.Size];
        Group[] groups =
        [
            Make("NatsActors", busy: false, () => new RecoveringPublisher(server.Url, payload)),
            Make("NatsActors", busy: true, () => new RecoveringPublisher(server.Url, payload)),
            Make("NATS.Client.Core", busy: false, () => new RecoveringClient(server.Url, payload)),
            Make("NATS.Client.Core", busy: true, () => new RecoveringClient(server.Url, payload)),
        ];
        IReadOnlyList<IRecovering> all = [.. groups.SelectMany(group => group.Members)];
        using var ended = new CancellationTokenSource();
        try
        {
            await Task.WhenAll(all.Select(each => each.StartAsync())).WaitAsync(Stage.Limit, TimeProvider.System);
            var publishing = PublishAsync([.. groups.Where(group => group.Busy).SelectMany(group => group.Members)], plan.Rate, ended.Token);
            var series = await MeasureAsync(plan, server, groups, publishing);
            await ended.CancelAsync();
            await publishing;
            return series;
        }
        finally
        {
            await Task.WhenAll(all.Select(each => each.DisposeAsync().AsTask()));
        }

        Group Make(string name, bool busy, Func<IRecovering> make) =>
            new(name, busy, [.. Enumerable.Range(0, plan.Publishers).Select(_ => make())]);
    }

    private static async Task<IReadOnlyList<RecoverySeries>> MeasureAsync(
        RecoveryPlan plan, NatsServer server, IReadOnlyList<Group> groups, Task publishing)
    {
        var all = new List<RecoverySeries>();
        foreach (var length in plan.Outages)
        {
            var rows = groups.Select(group => new RecoverySeries(group.Name, group.Busy, length)).ToArray();
            all.AddRange(rows);
            for (var time = 0; time < plan.Times; time++)
            {
                await Task.Delay(Between, TimeProvider.System);
                foreach (var member in groups.SelectMany(group => group.Members))
                {
                    member.Await();
                }

                var outage = new ServerOutage();
                var outages = outage.RunAsync(server, length);
                var measured = Task.WhenAll(groups.Zip(rows, (group, row) => AddAsync(group, row, outage)));
                var done = Task.WhenAll(outages, measured).WaitAsync(length + Stage.Limit, TimeProvider.System);
                if (await Task.WhenAny(done, publishing) == publishing)
                {
                    // It ends before the measurement only by a refusal.
                    await publishing;
                }

                await done;
            }
        }

        return all;
    }

    private static async Task AddAsync(Group group, RecoverySeries series, ServerOutage outage)
    {
        var listening = await outage.Listening;
        var times = await Task.WhenAll(group.Members.Select(async member =>
        {
            var confirming = group.Busy && member.KeepsBacklog ? ConfirmedAsync(member) : Task.FromResult<long?>(null);
            var linked = await member.Linked;
            return (Linked: linked, Confirmed: await confirming);
        }));
        foreach (var (linked, confirmed) in times)
        {
            series.ToLink.Add(Since(linked));
            if (confirmed is { } last)
            {
                series.ToConfirmed.Add(Since(last));
            }
        }

        // A link may be up before the probe has met the server.
        TimeSpan Since(long moment) => moment > listening ? Stopwatch.GetElapsedTime(listening, moment) : TimeSpan.Zero;
    }

    private static async Task<long?> ConfirmedAsync(IRecovering member)
    {
        await member.ConfirmAsync();
        return Stopwatch.GetTimestamp();
    }

    /// <summary>Each member publishes at the rate, whether there is a server or not.</summary>
    private static async Task PublishAsync(IReadOnlyList<IRecovering> members, int rate, CancellationToken ended)
    {
        var (started, sent) = (Stopwatch.GetTimestamp(), 0L);
        using var timer = new PeriodicTimer(Tick);
        try
        {
            while (await timer.WaitForNextTickAsync(ended))
            {
                for (var due = (long)(Stopwatch.GetElapsedTime(started).TotalSeconds * rate); sent < due; sent++)
                {
                    foreach (var member in members)
                    {
                        member.Publish();
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
