namespace NatsActors.Kernel;

/// <summary>The address of a cell, one for its whole life: restarts change the actor behind it and nothing else.</summary>
internal sealed class LocalActorRef : InternalActorRef
{
    private readonly ActorCell _cell;

    public LocalActorRef(ActorCell cell, ActorPath path)
    {
        _cell = cell;
        Path = path;
    }

    public override ActorPath Path { get; }

    /// <summary>
    /// Held while the actor runs. Whoever enters it may touch what the actor owns as if it were a message: no message is handled
    /// meanwhile, and no life-cycle hook runs. Stable across restarts; a run of the actor holds it for a bounded number of
    /// messages. Do not wait for anything inside, and enter no second gate.
    /// </summary>
    public Lock Gate => _cell.Gate;

    internal ActorCell Cell => _cell;

    internal ActorSystem System => _cell.System;

    public override void Tell(object message, IActorRef? sender) => _cell.Post(message, sender);

    public override void SendSystem(SystemMessage message) => _cell.SendSystem(message);
}
