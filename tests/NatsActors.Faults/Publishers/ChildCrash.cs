using Akka.Actor;

namespace NatsActors.Faults;

/// <summary>Crashes the children of a publisher's head actor, which restarts them.</summary>
internal sealed class ChildCrash(IActorRef publisher)
{
    /// <summary>The child fails with the next message of its mailbox.</summary>
    /// <param name="buffer">The buffer actor; otherwise the connection actor.</param>
    public void Fail(bool buffer) =>
        ((ActorRefWithCell)publisher).GetSingleChild(buffer ? "buffer" : "connection").Tell(Kill.Instance, ActorRefs.NoSender);
}
