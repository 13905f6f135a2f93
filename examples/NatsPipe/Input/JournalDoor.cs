namespace NatsActors.Pipe;

/// <summary>
/// Publishes lines in batches, because a reply comes when the journal has the lines. One batch is under way while the next one is
/// filled: a batch goes to the publisher only when every line before it has been answered, so a refusal never changes the order.
/// Holds at most two batches.
/// </summary>
internal sealed class JournalDoor(
    Func<IReadOnlyList<Publish>, Task<BatchReply>> publish, string subject, LineCounts counts, Warnings warnings, TimeProvider time) : ILineDoor
{
    private const int MostLines = 4096;
    private const int MostBytes = 1024 * 1024;
    private static readonly TimeSpan JournalPause = TimeSpan.FromMilliseconds(200);

    private readonly List<Publish> _next = [];
    private int _nextBytes;
    private Task<bool> _underWay = Task.FromResult(true);
    private long _taken;

    /// <summary>A full buffer and a failed journal are waited for; otherwise the line is refused.</summary>
    public required bool WaitsForRoom { get; init; }

    /// <summary>Where the number of lines is kept that need not be read again; null for nowhere.</summary>
    public Checkpoint? Checkpoint { get; init; }

    /// <summary>The ids of lines are this, a dash and the number of the line in the input; null leaves ids to the publisher.</summary>
    public string? IdPrefix { get; init; }

    private long LineNumber => (Checkpoint?.AtStart ?? 0) + _taken;

    public async ValueTask<bool> TakeAsync(ReadOnlyMemory<byte> line, bool tooLong, CancellationToken stop)
    {
        _taken++;
        if (tooLong)
        {
            warnings.Once(Warnings.TooLong);
            if (!await CompleteAsync(stop))
            {
                Abandon(1);
                return false;
            }

            CountRefused(1);
            return true;
        }

        _next.Add(new Publish(subject, line.ToArray()) { Id = IdPrefix is null ? null : FormattableString.Invariant($"{IdPrefix}-{LineNumber}") });
        _nextBytes += line.Length;
        return (_next.Count < MostLines && _nextBytes < MostBytes) || await PassOnAsync(stop);
    }

    public async ValueTask<bool> PassOnAsync(CancellationToken stop)
    {
        if (_next.Count == 0)
        {
            return true;
        }

        if (!await _underWay)
        {
            return false;
        }

        var batch = _next.ToArray();
        _next.Clear();
        _nextBytes = 0;
        _underWay = SendAsync(batch, stop);
        return true;
    }

    public async ValueTask<bool> CompleteAsync(CancellationToken stop)
    {
        var goesOn = await PassOnAsync(stop) && await _underWay;
        Abandon(_next.Count);
        _next.Clear();
        return goesOn;
    }

    /// <summary>Sends until every line is accepted or refused; false when the publisher takes nothing more.</summary>
    private async Task<bool> SendAsync(ArraySegment<Publish> lines, CancellationToken stop)
    {
        while (lines.Count > 0)
        {
            var reply = await publish(lines).ConfigureAwait(false);
            lines = lines[reply.Accepted..];
            counts.CountAccepted(reply.Accepted);
            Checkpoint?.Advance(reply.Accepted);
            switch (reply.Refusal)
            {
                case null:
                    continue;
                case BufferFull when WaitsForRoom:
                    continue;
                case Rejected { Reason: RejectReason.NotDurable } when WaitsForRoom && !stop.IsCancellationRequested:
                    await Task.Delay(JournalPause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    continue;
                case { } refusal when warnings.SayRefusal(refusal) || stop.IsCancellationRequested:
                    Abandon(lines.Count);
                    return false;
                default:
                    CountRefused(1);
                    lines = lines[1..];
                    continue;
            }
        }

        return true;
    }

    private void CountRefused(long lines)
    {
        counts.CountRefused(lines);
        Checkpoint?.Advance(lines);
    }

    /// <summary>The end came before these lines. With a checkpoint the next start reads them again.</summary>
    private void Abandon(long lines)
    {
        if (Checkpoint is null)
        {
            counts.CountRefused(lines);
        }
        else
        {
            counts.TakeBack(lines);
        }
    }
}
