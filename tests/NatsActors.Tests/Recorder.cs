using Akka.Actor;

namespace NatsActors.Tests;

/// <summary>
/// Takes what it is told on the teller's thread. Not an actor: what is said while the system ends is kept too. Each has a path of its
/// own, since references with one path are one subscriber of an event stream.
/// </summary>
internal sealed class Recorder(ActorSystem system, Action<object> keep) : MinimalActorRef
{
    public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "recorder" / Guid.NewGuid().ToString("N");

    public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;

    protected override void TellInternal(object message, IActorRef sender) => keep(message);
}
