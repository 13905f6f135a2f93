using Akka.Actor;

namespace NatsActors.Hosting;

/// <summary>A sender without an actor: takes the reply to one message, and its outcome.</summary>
internal sealed class ReplyPromise(IActorRefProvider provider) : MinimalActorRef
{
    private readonly TaskCompletionSource<object> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Outcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The path is below "temp", as the paths of Asks are, so that the door does not note this sender for CapacityAvailable.
    public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "temp" / "reply";

    public override IActorRefProvider Provider => provider;

    /// <summary>The reply: the first message that is not an <see cref="NatsActors.Outcome"/>.</summary>
    public Task<object> Reply => _reply.Task;

    public Task<Outcome> Outcome => _outcome.Task;

    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is Outcome outcome)
        {
            _outcome.TrySetResult(outcome);
        }
        else
        {
            _reply.TrySetResult(message);
        }
    }
}
