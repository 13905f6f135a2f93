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
internal sealed class LinePump(
    LineReader lines, ILineSink sink, LineCounts counts, Pacer? pacer, bool waitsForRoom, Action<string> warn)
{
    private const int MostWarnings = 20;
    private readonly HashSet<string> _warned = [];

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

        // What was read ahead is gone from a pipe: it belongs into the account.
        while (lines.TryTake(out _, out _))
        {
            counts.CountRead();
            counts.CountRefused();
        }

        return end;
    }

    private async Task<PumpEnd> PumpAsync(CancellationToken stop)
    {
        do
        {
            while (lines.TryTake(out var line, out var tooLong))
            {
                counts.CountRead();
                if (!await AcceptAsync(line, tooLong, stop))
                {
                    return PumpEnd.PublisherClosed;
                }

                stop.ThrowIfCancellationRequested();
            }
        }
        while (await lines.ReadMoreAsync(stop));

        return PumpEnd.InputEnded;
    }

    /// <summary>False when the publisher takes nothing more.</summary>
    private async ValueTask<bool> AcceptAsync(ReadOnlyMemory<byte> line, bool tooLong, CancellationToken stop)
    {
        var accepted = false;
        try
        {
            if (tooLong)
            {
                WarnOnce("a line is longer than NatsPipe takes");
                return true;
            }

            while (pacer is not null && !pacer.TryTake())
            {
                await pacer.WaitAsync(stop);
            }

            accepted = sink.TryPublish(line.Span, out var reply);
            while (!accepted && waitsForRoom && reply is BufferFull)
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
