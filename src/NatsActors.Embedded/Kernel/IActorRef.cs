namespace NatsActors.Kernel;

/// <summary>An address of an actor.</summary>
internal interface IActorRef
{
    void Tell(object message, IActorRef? sender);
}
