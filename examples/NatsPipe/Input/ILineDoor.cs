namespace NatsActors.Pipe;

/// <summary>Gets lines into a publisher, in order, and counts the lines that the publisher does not take.</summary>
internal interface ILineDoor
{
    /// <summary>Takes the next line. Its bytes are valid until the call has completed.</summary>
    /// <param name="line">The line; empty when it is too long.</param>
    /// <param name="tooLong">The line is longer than NatsPipe takes and is refused.</param>
    /// <param name="stop">Cancels waiting for a journal that has failed.</param>
    /// <returns>False when the publisher takes nothing more.</returns>
    ValueTask<bool> TakeAsync(ReadOnlyMemory<byte> line, bool tooLong, CancellationToken stop);

    /// <summary>The pump is about to wait: lines that were taken and are not under way must not wait with it.</summary>
    /// <returns>False when the publisher takes nothing more.</returns>
    ValueTask<bool> PassOnAsync(CancellationToken stop);

    /// <summary>There are no further lines: completes when every line that was taken is accepted or counted.</summary>
    /// <returns>False when the publisher takes nothing more.</returns>
    ValueTask<bool> CompleteAsync(CancellationToken stop);
}
