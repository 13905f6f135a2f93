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
/// Publishes line after line, in order. The publisher's direct door is enough while there is room; when there is none, the pump
/// stands at the waiting door with the same line, and so reads nothing more. A line that was read is accepted or counted as refused.
/// </summary>
internal sealed class LinePump(LineReader lines, ILineSink sink, LineCounts counts, Action<string> warn)
{
    private const int MostWarnings = 20;
    private readonly HashSet<string> _warned = [];

    /// <summary>The pace; null is as fast as it goes.</summary>
    public Pacer? Pacer { get; init; }

    /// <summary>A full buffer is waited for; otherwise the line is refused.</summary>
    public required bool WaitsForRoom { get; init; }

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
                if (!await PaceAsync(stop))
                {
                    CountUnused();
                    return PumpEnd.Stopped;
                }

                counts.CountRead();
                if (!await AcceptAsync(line, tooLong))
                {
                    return PumpEnd.PublisherClosed;
                }

                stop.ThrowIfCancellationRequested();
            }
        }
        while (await lines.ReadMoreAsync(stop));

        return PumpEnd.InputEnded;
    }

    /// <summary>False when it was told to stop before the line's time came.</summary>
    private async ValueTask<bool> PaceAsync(CancellationToken stop)
    {
        while (Pacer is { } pacer && !pacer.TryTake())
        {
            await pacer.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
            {
                return false;
            }
        }

        return true;
    }

    private void CountUnused()
    {
        if (InputIsPipe)
        {
            counts.CountRead();
            counts.CountRefused();
        }
    }

    /// <summary>False when the publisher takes nothing more.</summary>
    private async ValueTask<bool> AcceptAsync(ReadOnlyMemory<byte> line, bool tooLong)
    {
        var accepted = false;
        try
        {
            if (tooLong)
            {
                WarnOnce("a line is longer than NatsPipe takes");
                return true;
            }

            accepted = sink.TryPublish(line.Span, out var reply);
            while (!accepted && WaitsForRoom && reply is BufferFull)
            {
                // Not cancelled by a stop: the drain that follows it answers, and only an answer tells whether the line was taken.
                reply = await sink.PublishAsync(line);
                accepted = reply is Ack;
            }

            return accepted || !IsEnd(reply);
        }
        finally
        {
            if (!accepted)
            {
                counts.CountRefused();
            }
        }
    }

    private bool IsEnd(PublishReply? refusal)
    {
        switch (refusal)
        {
            case Rejected { Reason: RejectReason.Closed or RejectReason.Draining }:
                return true;
            case Rejected rejected:
                WarnOnce($"a line was rejected: {rejected.Detail}");
                return false;
            default:
                return false;
        }
    }

    private void WarnOnce(string text)
    {
        if (_warned.Count < MostWarnings && _warned.Add(text))
        {
            warn(text);
        }
    }
}
