using Microsoft.Data.Sqlite;
using NatsActors.Persistence;

namespace NatsActors.Pipe;

/// <summary>One run: start the publisher, pump the lines, drain, account.</summary>
internal sealed class PipeRun(PipeOptions options, PipeConsole console, Checkpoint? checkpoint)
{
    // A batch for the journal is what one read gives.
    private const int JournalReadBytes = 1024 * 1024;

    private readonly LineCounts _counts = new();
    private readonly IProgressDisplay _display = console.IsTerminal
        ? new TerminalProgress(console.Error, console.Time)
        : new PlainProgress(console.Error, console.Time);

    private readonly bool _hasJournal = options.Journal is not null;
    private readonly long _started = console.Time.GetTimestamp();
    private readonly RateMeter _rate = new(console.Time);
    private volatile string? _lastEvent;
    private volatile bool _journalIsRead = options.Journal is null;
    private bool _overflowed;

    /// <summary>Publishes all lines of <paramref name="input"/>; returns the exit status.</summary>
    public async Task<int> RunAsync(Stream input)
    {
        using var signals = new StopSignals();
        var publisher = Start();
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
        var lines = _hasJournal ? new LineReader(input, bufferBytes: JournalReadBytes) : new LineReader(input);
        var pump = new LinePump(lines, DoorOf(publisher), _counts)
        {
            Pacer = pacer,
            Skip = checkpoint?.AtStart ?? 0,
            InputIsPipe = options.ReadsStandardInput && checkpoint is null,
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

        if (await pumping == PumpEnd.InputEnded && _counts.Skipped < pump.Skip)
        {
            Note($"the input has {_counts.Skipped:N0} lines, and by the checkpoint {pump.Skip:N0} were settled: is it another input?");
        }

        var drained = await draining;
        return Ledger(drained.Totals, 0, publisher.Status.Reconnects);
    }

    private NatsPublisher Start()
    {
        try
        {
            return options.Journal is { } file
                ? PersistentNatsPublisher.Start(options.Settings, file, time: console.Time, onEvent: OnEvent)
                : NatsPublisher.Start(options.Settings, time: console.Time, onEvent: OnEvent);
        }
        catch (Exception failure) when (failure is SqliteException or IOException)
        {
            throw new UsageException($"--journal: {failure.Message}");
        }
    }

    private ILineDoor DoorOf(NatsPublisher publisher)
    {
        var warnings = new Warnings(Note);
        return _hasJournal
            ? new JournalDoor(lines => publisher.PublishAsync(lines), options.Subject, _counts, warnings, console.Time)
            {
                WaitsForRoom = options.WaitsForRoom,
                Checkpoint = checkpoint,
                IdPrefix = options.IdPrefix,
            }
            : new DirectDoor(new PublisherSink(publisher, options.Subject), _counts, warnings) { WaitsForRoom = options.WaitsForRoom };
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
        PipeLedger.Of(totals, inFlight, reconnects, _counts, _hasJournal, console.Time.GetElapsedTime(_started));

    private PipeSnapshot Snapshot(NatsPublisher publisher)
    {
        var status = publisher.Status;
        var perSecond = _rate.Update(status.Totals.Delivered + status.Totals.Stored);
        return new PipeSnapshot(status, _counts.Read, _counts.Refused, perSecond, _lastEvent);
    }

    private void OnEvent(NatsEvent happened)
    {
        // Until the journal has been read, lines wait for that and not for room.
        _journalIsRead |= happened is JournalRecovered;
        // A source that is faster than the server fills the buffer many times a second: once is news.
        if (happened is OverflowStarted && (!_journalIsRead || Interlocked.Exchange(ref _overflowed, true)))
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
