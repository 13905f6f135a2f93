using Akka.Actor;
using Akka.Event;

namespace NatsActors.Hosting;

/// <summary>Watches the publishers of a system and reports those that have ended.</summary>
/// <param name="forget">Called with a publisher that has ended.</param>
internal sealed class PublisherWatch(Action<IActorRef> forget) : UntypedActor
{
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Watch watch:
                Context.Watch(watch.Publisher);
                break;
            case Terminated terminated:
                forget(terminated.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>A publisher has been started.</summary>
    internal sealed record Watch(IActorRef Publisher) : INoSerializationVerificationNeeded, IDeadLetterSuppression;
}
