namespace NatsActors.Actors;

/// <summary>
/// Supervises the buffer actor and the connection actor, one for one, and passes on what is for them. It owns
/// <see cref="PublisherState"/>, so that a crash of either child loses nothing.
/// </summary>
internal sealed class PublisherActor : UntypedActor
{
    private readonly PublisherState _state;
    private readonly Func<Props, Props> _withMailbox;
    private readonly Func<Props, Props> _withDispatcher;
    private IActorRef _buffer = ActorRefs.Nobody;
    private IActorRef _connection = ActorRefs.Nobody;
    private IDisposable? _metrics;

    /// <param name="state">What the publisher owns.</param>
    /// <param name="withMailbox">Gives the buffer actor the runtime's form of a bounded mailbox, with the state's limit.</param>
    public PublisherActor(PublisherState state, Func<Props, Props> withMailbox)
        : this(state, withMailbox, static props => props)
    {
    }

    /// <param name="state">What the publisher owns.</param>
    /// <param name="withMailbox">Gives the buffer actor the runtime's form of a bounded mailbox, with the state's limit.</param>
    /// <param name="withDispatcher">Gives both children the runtime's form of a place to run.</param>
    public PublisherActor(PublisherState state, Func<Props, Props> withMailbox, Func<Props, Props> withDispatcher)
    {
        _state = state;
        _withMailbox = withMailbox;
        _withDispatcher = withDispatcher;
    }

    protected override void PreStart()
    {
        _metrics = PublisherMetrics.Measure(
            _state.Settings.Name, _state.Outbox.Ledger, _state.Buffer, () => _state.Intake.LinkDownSince is null, () => _state.Report.Reconnects);
        _buffer = Context.ActorOf(_withDispatcher(_withMailbox(Props.Create(() => new BufferActor(_state)))), "buffer");
        _connection = Context.ActorOf(_withDispatcher(Props.Create(() => new ConnectionActor(_state, _buffer))), "connection");
    }

    protected override void PostStop() => _metrics?.Dispose();

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
