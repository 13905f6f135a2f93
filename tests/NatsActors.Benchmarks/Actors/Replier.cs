using Akka.Actor;

namespace NatsActors.Benchmarks;

/// <summary>Stands in for a publisher: answers every message, and does nothing with it.</summary>
internal sealed class Replier : UntypedActor
{
    private long _sequence;

    protected override void OnReceive(object message)
    {
        if (message is Publish)
        {
            Sender.Tell(new Ack(++_sequence), Self);
        }
        else
        {
            Unhandled(message);
        }
    }
}
