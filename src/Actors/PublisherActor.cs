namespace NatsActors.Actors;

/// <summary>
/// Supervises the buffer actor and the connection actor, one for one, and passes on what is for them. It owns
/// <see cref="PublisherState"/>, so that a crash of either child loses nothing.
/// </summary>
internal sealed class PublisherActor : UntypedActor
{
    private readonly PublisherState _state;
    private IActorRef _buffer = ActorRefs.Nobody;
    private IActorRef _connection = ActorRefs.Nobody;

    public PublisherActor(PublisherState state)
    {
        _state = state;
    }

    protected override void PreStart()
    {
        _buffer = Context.ActorOf(Props.Create(() => new BufferActor(_state)), "buffer");
        _connection = Context.ActorOf(Props.Create(() => new ConnectionActor(_state, _buffer)), "connection");
    }

    /// <summary>The children's own failures are not bad state: that is here. They go on with it, however often.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Restart);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Publish or PublishBatch or GetStatus or Flush or Purge or Drain:
                _buffer.Forward(message);
                break;
            case ForceReconnect or DrainBegun or PublisherEnded or BufferRestarted:
                _connection.Forward(message);
                break;
            case GetBufferActor:
                Sender.Tell(new BufferActorRef(_buffer), Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
