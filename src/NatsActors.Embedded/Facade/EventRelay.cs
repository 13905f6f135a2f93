using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace NatsActors.Embedded;

/// <summary>Takes the publisher's events off the event stream: logs each, then hands it to the user's handlers.</summary>
internal sealed class EventRelay(ILogger logger, Action<NatsEvent> raise) : UntypedActor
{
    [SuppressMessage("Design", "CA1031", Justification = "What a user's handler throws must not end the relay.")]
    protected override void OnReceive(object message)
    {
        if (message is not NatsEvent occurrence)
        {
            Unhandled(message);
            return;
        }

        PublisherLog.Write(logger, occurrence);
        try
        {
            raise(occurrence);
        }
        catch (Exception cause)
        {
            logger.EventHandlerFailed(occurrence.GetType().Name, cause);
        }
    }
}
