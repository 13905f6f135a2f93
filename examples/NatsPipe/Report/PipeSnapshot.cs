namespace NatsActors.Pipe;

/// <summary>What a progress display shows.</summary>
internal sealed record PipeSnapshot(PublisherStatus Status, long Read, long Refused, double PerSecond, string? LastEvent)
{
    public long Confirmed => Status.Totals.Delivered + Status.Totals.Stored;

    /// <summary>How full the buffer is by the limit that is nearer, 0 to 1.</summary>
    public double Fill => Math.Clamp(
        Math.Max((double)Status.BufferedBytes / Status.MaxBytes, (double)Status.BufferedMessages / Status.MaxMessages), 0, 1);
}
