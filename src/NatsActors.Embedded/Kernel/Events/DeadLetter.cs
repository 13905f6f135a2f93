namespace NatsActors.Kernel;

/// <summary>A message that reached no actor. Its text names the message's type and never shows its content.</summary>
internal sealed class DeadLetter(object message, IActorRef? sender, IActorRef recipient)
{
    public object Message { get; } = message;

    public IActorRef? Sender { get; } = sender;

    public IActorRef Recipient { get; } = recipient;

    public override string ToString() => $"DeadLetter {{ {Message.GetType().Name}, to {Recipient} }}";
}

/// <summary>A message that an actor did not handle. Its text names the message's type and never shows its content.</summary>
internal sealed class UnhandledMessage(object message, IActorRef sender, IActorRef recipient)
{
    public object Message { get; } = message;

    public IActorRef Sender { get; } = sender;

    public IActorRef Recipient { get; } = recipient;

    public override string ToString() => $"UnhandledMessage {{ {Message.GetType().Name}, to {Recipient} }}";
}

/// <summary>
/// An actor's code threw: what the kernel has in place of a log line. Its text leaves the exception's own out, which may quote
/// a message.
/// </summary>
internal sealed class ActorError(IActorRef source, Exception cause, string what)
{
    public IActorRef Source { get; } = source;

    public Exception Cause { get; } = cause;

    /// <summary>The hook that threw, or what the supervisor decided.</summary>
    public string What { get; } = what;

    public override string ToString() => $"ActorError {{ {Source}, {What}, {Cause.GetType().Name} }}";
}
