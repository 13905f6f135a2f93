namespace NatsActors.Embedded;

/// <summary>The sender of one message: takes its reply and its outcome.</summary>
internal sealed class OutcomePromise : InternalActorRef
{
    private readonly TaskCompletionSource<PublishReply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Outcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override ActorPath Path { get; } = new("nats-actors", null, "outcome");

    public Task<PublishReply> Reply => _reply.Task;

    public Task<Outcome> Outcome => _outcome.Task;

    public override void Tell(object message, IActorRef? sender)
    {
        switch (message)
        {
            case PublishReply reply:
                _reply.TrySetResult(reply);
                break;
            case Outcome outcome:
                _outcome.TrySetResult(outcome);
                break;
        }
    }
}
