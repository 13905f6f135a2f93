using NatsActors.Connection;
using NatsActors.Door;
using NatsActors.Links;

namespace NatsActors.Actors;

/// <summary>How the connection ends: with the publisher, or because it gives up. No link is made after that.</summary>
internal sealed partial class ConnectionActor
{
    private void GiveUp(string cause)
    {
        _memory.Ended = true;
        StopListening();
        _buffer.Tell(new ConnectionEnded(cause), Self);
        Become(Ended);
    }

    private void End()
    {
        _memory.Ended = true;
        _memory.Link?.Close();
        Timers.CancelAll();
        StopListening();
        Move(ConnectionInput.Close);
        Become(Ended);
    }

    private void Ended(object message)
    {
        switch (message)
        {
            case LinkLost:
                _memory.Link = null;
                break;
            case LinkReport or PublisherMessage or Reconnect or Connected or Reconnected:
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
