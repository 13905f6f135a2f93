namespace NatsActors.Pipe;

/// <summary>Shows how it goes until it is told to stop.</summary>
internal interface IProgressDisplay
{
    /// <summary>Runs until <paramref name="stop"/>; <paramref name="snapshot"/> may be called from any thread.</summary>
    Task RunAsync(Func<PipeSnapshot> snapshot, CancellationToken stop);

    /// <summary>Shows a line that stays.</summary>
    void Note(string text);
}
