namespace NatsActors.Tests;

/// <summary>
/// Takes what it is told on the teller's thread. Not an actor: what is said while the system ends is kept too.
/// </summary>
internal sealed class Recorder(ActorSystem system, Action<object> keep) : MinimalActorRef
{
    public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "recorder";

    public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;

    protected override void TellInternal(object message, IActorRef sender) => keep(message);
}
