namespace NatsActors.Pipe;

/// <summary>How a pump ended.</summary>
internal enum PumpEnd
{
    /// <summary>The input has ended.</summary>
    InputEnded,

    /// <summary>It was told to stop.</summary>
    Stopped,

    /// <summary>The publisher takes nothing more.</summary>
    PublisherClosed,
}

/// <summary>
/// Takes line after line to a door of the publisher, in order. A line that was read is accepted or counted as refused.
/// </summary>
internal sealed class LinePump(LineReader lines, ILineDoor door, LineCounts counts)
{
    /// <summary>The pace; null is as fast as it goes.</summary>
    public Pacer? Pacer { get; init; }

    /// <summary>Lines at the beginning of the input that are left out.</summary>
    public long Skip { get; init; }

    /// <summary>What was read ahead and not published is gone from a pipe, and so counts as refused; in a file it still is.</summary>
    public required bool InputIsPipe { get; init; }

    /// <summary>Runs until the input ends, <paramref name="stop"/> is cancelled, or the publisher has ended.</summary>
    public async Task<PumpEnd> RunAsync(CancellationToken stop)
    {
        var end = PumpEnd.Stopped;
        try
        {
            end = await PumpAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }

        if (!await door.CompleteAsync(stop) && end == PumpEnd.InputEnded)
        {
            end = PumpEnd.PublisherClosed;
        }

        while (lines.TryTake(out _, out _))
        {
            CountUnused();
        }

        return end;
    }

    private async Task<PumpEnd> PumpAsync(CancellationToken stop)
    {
        do
        {
            while (lines.TryTake(out var line, out var tooLong))
            {
                if (counts.Skipped < Skip)
                {
                    counts.CountSkipped();
                    continue;
                }

                if (await PaceAsync(stop) is { } end)
                {
                    CountUnused();
                    return end;
                }

                counts.CountRead();
                if (!await door.TakeAsync(line, tooLong, stop))
                {
                    return PumpEnd.PublisherClosed;
                }

                stop.ThrowIfCancellationRequested();
            }

            if (!await door.PassOnAsync(stop))
            {
                return PumpEnd.PublisherClosed;
            }
        }
        while (await lines.ReadMoreAsync(stop));

        return PumpEnd.InputEnded;
    }

    /// <summary>Null when the line's time has come; why it does not come otherwise.</summary>
    private async ValueTask<PumpEnd?> PaceAsync(CancellationToken stop)
    {
        while (Pacer is { } pacer && !pacer.TryTake())
        {
            if (!await door.PassOnAsync(stop))
            {
                return PumpEnd.PublisherClosed;
            }

            await pacer.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
            {
                return PumpEnd.Stopped;
            }
        }

        return null;
    }

    private void CountUnused()
    {
        if (InputIsPipe)
        {
            counts.CountRead();
            counts.CountRefused(1);
        }
    }
}
