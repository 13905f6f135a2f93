using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace NatsActors.Embedded;

/// <summary>Takes the publisher's events off the event stream: logs each, then hands it to each of the user's handlers.</summary>
internal sealed class EventRelay(ILogger logger, Func<Action<NatsEvent>?> handlers) : UntypedActor
{
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NatsEvent occurrence:
                PublisherLog.Write(logger, occurrence);
                Raise(occurrence);
                break;
            case RelayEmpty:
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
                logger.EventHandlerFailed(occurrence.GetType().Name, cause);
            }
        }
    }
}

/// <summary>Comes back when every event before it was handed out.</summary>
internal sealed record RelayEmpty
{
    public static RelayEmpty Instance { get; } = new();
}
