
namespace NatsActors.Pipe;

/// <summary>One run: start the publisher, pump the lines, drain, account.</summary>
internal sealed class PipeRun(PipeOptions options, PipeConsole console)
{
    private readonly LineCounts _counts = new();
    private readonly IProgressDisplay _display = console.IsTerminal
        ? new TerminalProgress(console.Error, console.Time)
        : new PlainProgress(console.Error, console.Time);

    private readonly long _started = console.Time.GetTimestamp();
    private readonly RateMeter _rate = new(console.Time);
    private volatile string? _lastEvent;
    private bool _overflowed;

    /// <summary>Publishes all lines of <paramref name="input"/>; returns the exit status.</summary>
    public async Task<int> RunAsync(Stream input)
    {
        using var signals = new StopSignals();
        var publisher = await NatsPublisher.StartAsync(options.Settings, time: console.Time);
        publisher.EventRaised += OnEvent;
        using var finished = new CancellationTokenSource();
        var displaying = _display.RunAsync(() => Snapshot(publisher), finished.Token);
        PipeLedger ledger;
        try
        {
            ledger = await PumpAndDrainAsync(input, publisher, signals);
        }
        finally
        {
            await finished.CancelAsync();
            await displaying;
        }

        console.Output.WriteLine(options.Json ? ledger.ToJson() : ledger.ToText());
        if (!signals.End.IsCancellationRequested)
        {
            await publisher.DisposeAsync();
        }

        return ledger.ExitStatus;
    }

    private async Task<PipeLedger> PumpAndDrainAsync(Stream input, NatsPublisher publisher, StopSignals signals)
    {
        var pacer = options.Rate is { } rate ? new Pacer(rate, console.Time) : null;
        var pump = new LinePump(new LineReader(input), new PublisherSink(publisher, options.Subject), _counts, Note)
        {
            Pacer = pacer,
            WaitsForRoom = options.WaitsForRoom,
            InputIsPipe = options.ReadsStandardInput,
        };
        // Off this thread: a fast file would otherwise be read to its end before the first await.
        var pumping = Task.Run(() => pump.RunAsync(signals.Drain));
        await EndOfAsync(pumping, signals.Drain);
        if (signals.Drain.IsCancellationRequested)
        {
            Note($"stopped reading; {publisher.Status.BufferedMessages:N0} lines are left to send; Ctrl-C again ends at once");
        }

        // A line that waits for room is answered by the drain: the pump ends with it.
        var draining = publisher.DrainAsync(options.DrainTimeout);
        await EndOfAsync(Task.WhenAll(pumping, draining), signals.End);
        if (!draining.IsCompletedSuccessfully)
        {
            var status = publisher.Status;
            return Ledger(status.Totals, status.InFlightMessages, status.Reconnects);
        }

        await pumping;
        var drained = await draining;
        return Ledger(drained.Totals, 0, publisher.Status.Reconnects);
    }

    /// <summary>Completes with <paramref name="task"/> (and throws what it threw), or quietly when cancelled before.</summary>
    private static async Task EndOfAsync(Task task, CancellationToken cancellation)
    {
        try
        {
            await task.WaitAsync(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }

    private PipeLedger Ledger(LedgerTotals totals, long inFlight, long reconnects) =>
        PipeLedger.Of(totals, inFlight, reconnects, _counts, console.Time.GetElapsedTime(_started));

    private PipeSnapshot Snapshot(NatsPublisher publisher)
    {
        var status = publisher.Status;
        var perSecond = _rate.Update(status.Totals.Delivered + status.Totals.Stored);
        return new PipeSnapshot(status, _counts.Read, _counts.Refused, perSecond, _lastEvent);
    }

    private void OnEvent(NatsEvent happened)
    {
        // A source that is faster than the server fills the buffer many times a second: once is news.
        if (happened is OverflowStarted && Interlocked.Exchange(ref _overflowed, true))
        {
            return;
        }

        if (EventText.Of(happened) is { } text)
        {
            Note(text);
        }
    }

    /// <summary>On a terminal the display has a place for the last note; a log gets a line for each.</summary>
    private void Note(string text)
    {
        _lastEvent = text;
        if (!console.IsTerminal)
        {
            _display.Note(text);
        }
    }
}
