using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using NatsActors.Diagnostics;

namespace NatsActors.Hosting;

/// <summary>Subscribes to the publisher's events and calls each of the user's handlers.</summary>
internal sealed class EventRelay(ILogger logger, Func<Action<NatsEvent>?> handlers) : UntypedActor
{
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NatsEvent occurrence:
                Raise(occurrence);
                break;
            case Drained:
                // The answer follows the events that came before this message.
                Sender.Tell(message, Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "What a user's handler throws must not keep the event from the others.")]
    private void Raise(NatsEvent occurrence)
    {
        foreach (var handler in Delegate.EnumerateInvocationList(handlers()))
        {
            try
            {
                handler(occurrence);
            }
            catch (Exception cause)
            {
                Log(occurrence, cause);
            }
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "What a user's logger throws must not keep the event from the other handlers.")]
    private void Log(NatsEvent occurrence, Exception cause)
    {
        try
        {
            logger.EventHandlerFailed(occurrence.GetType().Name, cause);
        }
        catch (Exception)
        {
            // There is no other place to tell of it.
        }
    }
}
