using Akka.Actor;

namespace NatsActors.Producers;

/// <summary>A sender without an actor: takes the reply to one message, and its outcome.</summary>
/// <remarks>
/// The path is below <c>temp</c>, as the paths of Asks are, so that the door does not note this sender for
/// <see cref="CapacityAvailable"/>. A registered promise can be reached from other systems until it is disposed.
/// </remarks>
internal sealed class ReplyPromise : MinimalActorRef, IDisposable
{
    private readonly TaskCompletionSource<object> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Outcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IActorRefProvider _provider;
    private readonly bool _registered;

    /// <summary>A sender that messages of this system alone reach.</summary>
    public ReplyPromise(IActorRefProvider provider)
        : this(provider, new RootActorPath(Address.AllSystems) / "temp" / "reply", registered: false)
    {
    }

    private ReplyPromise(IActorRefProvider provider, ActorPath path, bool registered)
    {
        _provider = provider;
        _registered = registered;
        Path = path;
    }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider => _provider;

    /// <summary>The reply: the first message that is not an <see cref="NatsActors.Outcome"/>.</summary>
    public Task<object> Reply => _reply.Task;

    public Task<Outcome> Outcome => _outcome.Task;

    /// <summary>A sender that other systems reach, too. Dispose it.</summary>
    public static ReplyPromise Register(IActorRefProvider provider)
    {
        var promise = new ReplyPromise(provider, provider.TempPath(), registered: true);
        provider.RegisterTempActor(promise, promise.Path);
        return promise;
    }

    public void Dispose()
    {
        if (_registered)
        {
            _provider.UnregisterTempActor(Path);
        }
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is Outcome outcome)
        {
            // Akka.Remote may lose the Ack and deliver the outcome, which proves the Ack.
            _reply.TrySetResult(new Ack(outcome.Sequence) { CorrelationId = outcome.CorrelationId });
            _outcome.TrySetResult(outcome);
        }
        else
        {
            _reply.TrySetResult(message);
        }
    }
}
