namespace NatsActors.Kernel;

/// <summary>A tree of actors under one guardian, which supervises with the default strategy, and their event stream.</summary>
internal sealed class ActorSystem : IActorRefFactory
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ActorCell _guardian;

    private ActorSystem(string name, KernelOptions options)
    {
        Name = name;
        Time = options.Time;
        Dispatcher = options.Dispatcher ?? ThreadPoolDispatcher.Instance;
        DeadLetters = new DeadLetterActorRef(this);
        _guardian = new ActorCell(this, Props.Create(() => new Guardian()), null, "user");
        _guardian.Start();
    }

    public string Name { get; }

    public EventStream EventStream { get; } = new();

    public IActorRef DeadLetters { get; }

    /// <summary>Completes when every actor has ended.</summary>
    public Task WhenTerminated => _ended.Task;

    internal TimeProvider Time { get; }

    internal IKernelDispatcher Dispatcher { get; }

    public static ActorSystem Create(string name, KernelOptions? options = null) => new(name, options ?? new KernelOptions());

    public IActorRef ActorOf(Props props, string? name = null) => _guardian.ActorOf(props, name);

    public void Stop(IActorRef actor)
    {
        if (actor is LocalActorRef local)
        {
            local.SendSystem(new SystemMessage.Terminate());
        }
    }

    /// <summary>Stops every actor, children before parents.</summary>
    public Task TerminateAsync()
    {
        _guardian.SendSystem(new SystemMessage.Terminate());
        return WhenTerminated;
    }

    /// <inheritdoc cref="TerminateAsync"/>
    public Task Terminate() => TerminateAsync();

    internal void GuardianEnded() => _ended.TrySetResult();

    internal void PublishDeadLetter(object message, IActorRef? sender, IActorRef recipient)
    {
        // A dead letter that cannot be delivered would make the next one; the kernel's own messages are no one's loss.
        if (message is not DeadLetter && !Mailbox.IsKernels(message))
        {
            EventStream.Publish(new DeadLetter(message, sender, recipient));
        }
    }

    private sealed class Guardian : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }
}
