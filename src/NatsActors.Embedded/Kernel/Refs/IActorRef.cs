namespace NatsActors.Kernel;

/// <summary>Takes messages. What only replies or forwards needs no more than this.</summary>
internal interface ICanTell
{
    /// <summary>Hands a message over and returns at once.</summary>
    void Tell(object message, IActorRef? sender);
}

/// <summary>An address of an actor; it stays valid across restarts, and two are equal when they name the same cell.</summary>
internal interface IActorRef : ICanTell
{
    ActorPath Path { get; }
}

/// <summary>A reference that the kernel can also send system messages to.</summary>
internal abstract class InternalActorRef : IActorRef
{
    public abstract ActorPath Path { get; }

    public abstract void Tell(object message, IActorRef? sender);

    /// <summary>What is not alive answers a watch at once; everything else does not concern it.</summary>
    public virtual void SendSystem(SystemMessage message)
    {
        if (message is SystemMessage.Watch watch)
        {
            watch.Watcher.SendSystem(new SystemMessage.WatchedTerminated(this));
        }
    }

    public override string ToString() => Path.ToString();
}
