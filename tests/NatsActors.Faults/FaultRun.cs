using System.Collections.Concurrent;
using System.Diagnostics;
using NatsActors.Testing;

namespace NatsActors.Faults;

/// <summary>
/// One run: publishers publish, the lanes of the schedule break things side by side, and at the end what arrived is held against
/// what the publishers said. Each fault is followed by a recovery: the publishers that it concerned must confirm again.
/// </summary>
public sealed class FaultRun : IAsyncDisposable
{
    private static readonly TimeSpan RecoveryTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestGap = TimeSpan.FromMilliseconds(300);

    private readonly RunOptions _options;
    private readonly Stage _stage;
    private readonly IPublisherUnderTest[] _publishers;
    private readonly CrashPace[] _crashes;
    private readonly ConcurrentDictionary<FaultKind, int> _faults = new();
    private readonly ConcurrentQueue<string> _broken = new();
    private readonly Action<string> _log;

    private FaultRun(RunOptions options, Stage stage, IPublisherUnderTest[] publishers, Action<string> log)
    {
        (_options, _stage, _publishers, _log) = (options, stage, publishers, log);
        _crashes = [.. publishers.Select(_ => new CrashPace())];
    }

    /// <summary>Runs; the report says whether every promise held.</summary>
    /// <param name="options">The size.</param>
    /// <param name="log">Takes a line for each fault.</param>
    /// <param name="start">Starts a publisher with settings, for a door, on a subject; null starts the facade.</param>
    public static async Task<RunReport> RunAsync(
        RunOptions options, Action<string>? log = null, Func<PublisherSettings, Door, string, Task<IPublisherUnderTest>>? start = null)
    {
        start ??= (settings, door, subject) => Task.FromResult(FacadePublisher.Start(settings, door, subject));
        var started = Stopwatch.GetTimestamp();
        Stage stage = options.Mode switch
        {
            RunMode.Fence => await FenceStage.StartAsync(options.Publishers),
            RunMode.JetStream => await StreamStage.StartAsync(options.Publishers),
            _ => await ClusterStage.StartAsync(options.Publishers),
        };
        await using var _ = stage;
        var publishers = new IPublisherUnderTest[options.Publishers];
        for (var i = 0; i < publishers.Length; i++)
        {
            var door = (Door)(i % 4);
            var settings = stage.SettingsFor(i, options.Settings($"{door}-{i}", door));
            publishers[i] = await start(settings, door, Stage.SubjectOf(i));
        }

        await using var run = new FaultRun(options, stage, publishers, log ?? (_ => { }));
        return await run.RunAsync(started).WaitAsync(options.Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var publisher in _publishers)
        {
            await publisher.DisposeAsync();
        }
    }

    private async Task<RunReport> RunAsync(long started)
    {
        await using var watch = new StallWatch(_publishers);
        var producers = _publishers.Select(publisher => new Producer(publisher, _options.Rate)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, _publishers.Length).Select(publisher => RecoveredAsync(publisher, "the start")));
        await Task.WhenAll(Lanes());
        await _stage.HealAsync();
        await watch.DisposeAsync();
        await Task.WhenAll(Enumerable.Range(0, _publishers.Length).Select(FinishAsync));
        foreach (var producer in producers)
        {
            await producer.DisposeAsync();
        }

        await Task.WhenAll(_publishers.Select(AllToldAsync));
        foreach (var ended in _publishers.Where(publisher => publisher.EndCause is not null))
        {
            _broken.Enqueue($"{ended.Name} ended: {ended.EndCause}");
        }

        var arrivals = await _stage.CollectAsync(_publishers.Length);
        var verdicts = _publishers.Select((publisher, i) => Verdict.Of(publisher, arrivals[i], Ordered, _stage.Once)).ToArray();
        List<string> broken = [.. _broken, .. verdicts.SelectMany(verdict => verdict.Broken)];
        if (broken.Count > 0 && await _stage.DescribeAsync() is { Length: > 0 } description)
        {
            broken.Add(description);
        }

        return new RunReport
        {
            Options = _options,
            Faults = _faults,
            Verdicts = verdicts,
            Broken = [.. broken],
            Remarks = _stage.Remarks,
            Details = _publishers.SelectMany(publisher => publisher.Book.Details)
                .DistinctBy(detail => detail.Key).ToDictionary(detail => detail.Key, detail => detail.Value),
            LongestStall = watch.LongestStall,
            PeakWorkingSet = watch.PeakWorkingSet,
            PeakHeap = watch.PeakHeap,
            Wall = Stopwatch.GetElapsedTime(started),
        };
    }

    /// <summary>
    /// A stream that refuses some messages and takes later ones of the same window (it was full for a moment, its leader changed)
    /// gets the former behind the latter when the refusals do not arrive: only strict order or a window of one keeps the order.
    /// </summary>
    private bool Ordered => _options.Mode == RunMode.Fence || _options.StrictOrder || _options.Window == 1;

    private IEnumerable<Task> Lanes()
    {
        var random = new Random(_options.Seed);
        var server = (int)(_options.Faults * _stage.ServerShare);
        yield return LaneAsync(FaultSchedule.Lane(server, Chosen(_stage.ServerKinds), new Random(random.Next()), LongestGap), null);
        for (var i = 0; i < _publishers.Length; i++)
        {
            var share = ((_options.Faults - server) / _publishers.Length) + (i < (_options.Faults - server) % _publishers.Length ? 1 : 0);
            yield return LaneAsync(FaultSchedule.Lane(share, Chosen(_stage.LinkKinds(i)), new Random(random.Next()), LongestGap), i);
        }
    }

    private FaultKind[] Chosen(IReadOnlyList<FaultKind> kinds) =>
        [.. kinds.Where(kind => _options.Only?.Contains(kind) ?? true)];

    private async Task LaneAsync(IReadOnlyList<PlannedFault> faults, int? publisher)
    {
        await Task.Yield();
        foreach (var fault in faults)
        {
            var target = publisher ?? 0;
            await Task.Delay(fault.Gap, TimeProvider.System);
            await _crashes[target].WaitAsync(fault.Kind);
            var before = Stopwatch.GetTimestamp();
            try
            {
                await _stage.InjectAsync(fault.Kind, target, _publishers[target], new Random(fault.Seed));
            }
            catch (TimeoutException late)
            {
                _broken.Enqueue($"{fault.Kind} at {_publishers[target].Name}: {late.Message}");
            }

            Count(fault.Kind);
            await Task.WhenAll((publisher is { } one ? [one] : Enumerable.Range(0, _publishers.Length)).Select(each => RecoveredAsync(each, fault.Kind.ToString())));
            _log($"{fault.Kind} of {(publisher is null ? "all" : _publishers[target].Name)}: {Stopwatch.GetElapsedTime(before).TotalSeconds:0.00} s");
        }
    }

    private void Count(FaultKind kind) => _faults.AddOrUpdate(kind, 1, static (_, count) => count + 1);

    /// <summary>The publisher ends messages again.</summary>
    private async Task RecoveredAsync(int publisher, string after)
    {
        var target = _publishers[publisher];
        var before = StallWatch.Ended(target.Totals);
        try
        {
            await Until.TrueAsync(() => StallWatch.Ended(target.Totals) > before, RecoveryTimeout);
        }
        catch (TimeoutException)
        {
            _broken.Enqueue($"{target.Name}: nothing was confirmed for {RecoveryTimeout} after {after}: {target.Totals}; {await _stage.DescribeAsync()}");
        }
    }

    /// <summary>Half of the publishers flush first; the others drain while link and actors fail.</summary>
    private async Task FinishAsync(int publisher)
    {
        var target = _publishers[publisher];
        var calm = publisher / 4 % 2 == 0 || _options.Only is not null;
        if (calm && !await target.FlushAsync(DrainTimeout))
        {
            _broken.Enqueue($"{target.Name}: the flush did not complete");
        }

        var left = calm
            ? await target.DrainAsync(DrainTimeout)
            : await DrainUnderFireAsync(publisher, target);
        if (left != 0)
        {
            _broken.Enqueue($"{target.Name}: the drain left {left} messages");
        }
    }

    private async Task<int> DrainUnderFireAsync(int publisher, IPublisherUnderTest target)
    {
        var proxies = _stage.ProxiesOf(publisher);
        var random = new Random(_options.Seed + publisher);
        foreach (var proxy in proxies)
        {
            proxy.Hang();
        }

        await LinkFaults.PauseAsync(random, 20, 200);
        var drain = target.DrainAsync(DrainTimeout);
        target.TryCrash(CrashPoint.Both);
        await LinkFaults.PauseAsync(random, 0, 100);
        target.TryCrash(CrashPoint.BufferAfterWritten);
        foreach (var proxy in proxies)
        {
            proxy.CutWithRst();
            proxy.Release();
        }

        await LinkFaults.PauseAsync(random, 0, 20);
        target.TryCrash(CrashPoint.BufferTwice);
        Count(FaultKind.DrainUnderFire);
        return await drain;
    }

    /// <summary>The last outcomes are on their way to the book when the drain is answered.</summary>
    private static async Task AllToldAsync(IPublisherUnderTest publisher)
    {
        try
        {
            await Until.TrueAsync(() => publisher.Book.Count(MessageState.Offered) == 0
                && (!publisher.GivesOutcomes || publisher.Book.Count(MessageState.Accepted) == 0));
        }
        catch (TimeoutException)
        {
            // The verdict names what is missing.
        }
    }
}
