namespace NatsActors.Pipe;

/// <summary>
/// Publishes line by line. The publisher's direct door is enough while there is room; when there is none, the pump stands at the
/// waiting door with the same line, and so reads nothing more.
/// </summary>
internal sealed class DirectDoor(ILineSink sink, LineCounts counts, Warnings warnings) : ILineDoor
{
    /// <summary>A full buffer is waited for; otherwise the line is refused.</summary>
    public required bool WaitsForRoom { get; init; }

    public async ValueTask<bool> TakeAsync(ReadOnlyMemory<byte> line, bool tooLong, CancellationToken stop)
    {
        var accepted = false;
        try
        {
            if (tooLong)
            {
                warnings.Once(Warnings.TooLong);
                return true;
            }

            accepted = sink.TryPublish(line.Span, out var reply);
            while (!accepted && WaitsForRoom && reply is BufferFull)
            {
                // Not cancelled by a stop: the drain that follows it answers, and only an answer tells whether the line was taken.
                reply = await sink.PublishAsync(line);
                accepted = reply is Ack;
            }

            return accepted || !warnings.SayRefusal(reply);
        }
        finally
        {
            if (accepted)
            {
                counts.CountAccepted(1);
            }
            else
            {
                counts.CountRefused(1);
            }
        }
    }

    public ValueTask<bool> PassOnAsync(CancellationToken stop) => ValueTask.FromResult(true);

    public ValueTask<bool> CompleteAsync(CancellationToken stop) => ValueTask.FromResult(true);
}
