namespace NatsActors.Kernel;

/// <summary>What a parent knows of a child: whether it told it to stop, and its restarts. Touched on the parent's run only.</summary>
internal sealed class ChildStats(LocalActorRef child)
{
    private int _restarts;
    private long? _windowStart;

    public LocalActorRef Child { get; } = child;

    /// <summary>A restart or stop of the parent waits for the children that have this.</summary>
    public bool Stopping { get; set; }

    public int Count() => ++_restarts;

    public int CountInWindow(TimeProvider time, TimeSpan window)
    {
        var now = time.GetTimestamp();
        if (_windowStart is not { } start || time.GetElapsedTime(start, now) > window)
        {
            _windowStart = now;
            _restarts = 0;
        }

        return ++_restarts;
    }
}
