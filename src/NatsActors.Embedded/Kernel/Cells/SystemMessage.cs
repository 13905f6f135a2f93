namespace NatsActors.Kernel;

/// <summary>
/// What cells tell each other about life and death; goes ahead of every user message. A node of one
/// <see cref="SystemQueue"/>: an instance is sent once.
/// </summary>
internal abstract class SystemMessage
{
    internal SystemMessage? Next { get; set; }

    /// <summary>From which state of the cell on the message has to wait.</summary>
    internal virtual CellState WaitsIn => CellState.Never;

    /// <summary>Make the actor.</summary>
    internal sealed class Create : SystemMessage;

    /// <summary>The parent failed: handle nothing until it is decided on.</summary>
    internal sealed class Suspend : SystemMessage
    {
        internal override CellState WaitsIn => CellState.WaitingForChildren;
    }

    /// <summary>Go on with the same instance.</summary>
    internal sealed class Resume(bool afterOwnFailure) : SystemMessage
    {
        public bool AfterOwnFailure { get; } = afterOwnFailure;

        internal override CellState WaitsIn => CellState.WaitingForChildren;
    }

    /// <summary>Go on with a new instance.</summary>
    internal sealed class Recreate(Exception cause) : SystemMessage
    {
        public Exception Cause { get; } = cause;

        internal override CellState WaitsIn => CellState.WaitingForChildren;
    }

    /// <summary>End.</summary>
    internal sealed class Terminate : SystemMessage;

    /// <summary>A child failed and waits for a decision, which a failed actor cannot take.</summary>
    internal sealed class Failed(LocalActorRef child, Exception cause) : SystemMessage
    {
        public LocalActorRef Child { get; } = child;

        public Exception Cause { get; } = cause;

        internal override CellState WaitsIn => CellState.Suspended;
    }

    /// <summary>Tell the watcher when you have ended.</summary>
    internal sealed class Watch(InternalActorRef watcher) : SystemMessage
    {
        public InternalActorRef Watcher { get; } = watcher;
    }

    /// <summary>The watcher does not want to know any more.</summary>
    internal sealed class Unwatch(InternalActorRef watcher) : SystemMessage
    {
        public InternalActorRef Watcher { get; } = watcher;
    }

    /// <summary>A child or a watched actor has ended; the last that is heard of it.</summary>
    internal sealed class WatchedTerminated(InternalActorRef actor) : SystemMessage
    {
        public InternalActorRef Actor { get; } = actor;
    }
}

/// <summary>How much a cell can deal with; each state can do less than the one before.</summary>
internal enum CellState
{
    Running,
    Suspended,
    WaitingForChildren,
    Never,
}

/// <summary>Many push, the cell's run takes all, in order. Lock-free; empty most of the time, which costs one read to see.</summary>
internal sealed class SystemQueue
{
    private SystemMessage? _newest;

    public bool HasMessages => Volatile.Read(ref _newest) is not null;

    public void Put(SystemMessage message)
    {
        SystemMessage? newest;
        do
        {
            newest = Volatile.Read(ref _newest);
            message.Next = newest;
        }
        while (Interlocked.CompareExchange(ref _newest, message, newest) != newest);
    }

    /// <summary>The oldest, linked to the newer ones.</summary>
    public SystemMessage? TakeAll()
    {
        var message = Interlocked.Exchange(ref _newest, null);
        SystemMessage? oldest = null;
        while (message is not null)
        {
            (message.Next, oldest, message) = (oldest, message, message.Next);
        }

        return oldest;
    }
}
