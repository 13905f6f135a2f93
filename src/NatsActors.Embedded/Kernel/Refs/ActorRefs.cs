namespace NatsActors.Kernel;

/// <summary>The references that stand for no actor.</summary>
internal static class ActorRefs
{
    /// <summary>No reference: what a Tell from outside of an actor names as its sender.</summary>
    public static readonly IActorRef? NoSender = null;

    /// <summary>A reference that swallows what it is told.</summary>
    public static readonly IActorRef Nobody = new NobodyRef();

    private sealed class NobodyRef : InternalActorRef
    {
        public override ActorPath Path { get; } = new("all-systems", null, "Nobody");

        public override void Tell(object message, IActorRef? sender)
        {
        }
    }
}

/// <summary>The recipient of what has none, and the <c>Sender</c> of a message that came without one.</summary>
internal sealed class DeadLetterActorRef : InternalActorRef
{
    private readonly ActorSystem _system;

    public DeadLetterActorRef(ActorSystem system)
    {
        _system = system;
        Path = new ActorPath(system.Name, null, "deadLetters");
    }

    public override ActorPath Path { get; }

    public override void Tell(object message, IActorRef? sender) => _system.PublishDeadLetter(message, sender, this);
}

/// <summary>Tell with the running actor, or no one, as the sender.</summary>
internal static class ActorRefImplicitSenderExtensions
{
    public static void Tell(this IActorRef receiver, object message) => receiver.Tell(message, ActorCell.Current?.Self);

    /// <summary>Passes a message on under the sender that it came with.</summary>
    public static void Forward(this IActorRef receiver, object message) => receiver.Tell(message, ActorCell.Current?.RawSender);
}

/// <summary>Questions about a reference.</summary>
internal static class ActorRefExtensions
{
    public static bool IsNobody(this IActorRef? actorRef) =>
        actorRef is null or DeadLetterActorRef || ReferenceEquals(actorRef, ActorRefs.Nobody);
}
