namespace NatsActors.Actors;

/// <summary>How the connection ends: with the publisher, or because it gives up. No link is made after that.</summary>
internal sealed partial class ConnectionActor
{
    private void GiveUp(ConnectionInput input, string cause)
    {
        Move(input);
        _memory.Ended = true;
        _buffer.Tell(new ConnectionEnded(cause), Self);
        Become(Ended);
    }

    private void End()
    {
        _memory.Ended = true;
        _memory.Link?.Close();
        Timers.CancelAll();
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
            case LinkReport or BackoffElapsed or LinkQuiet or LinkProved or ForceReconnect or BufferRestarted or DrainBegun or PublisherEnded:
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
