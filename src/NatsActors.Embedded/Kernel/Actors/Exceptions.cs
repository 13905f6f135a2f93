namespace NatsActors.Kernel;

/// <summary>What the kernel throws.</summary>
internal abstract class KernelException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The constructor or PreStart threw; the default strategy stops such an actor.</summary>
internal class ActorInitializationException(IActorRef? actor, string message, Exception? cause = null)
    : KernelException(actor is null ? message : $"{actor}: {message}", cause)
{
    public IActorRef? Actor { get; } = actor;
}

/// <summary>The new instance of a restart could not be made; <see cref="OriginalCause"/> is why it was made.</summary>
internal sealed class PostRestartException(IActorRef actor, Exception cause, Exception originalCause)
    : ActorInitializationException(actor, "Exception post restart", cause)
{
    public Exception OriginalCause { get; } = originalCause;
}

/// <summary>The name is empty, not allowed, or taken.</summary>
internal sealed class InvalidActorNameException(string message) : KernelException(message);

/// <summary>Null is no message.</summary>
internal sealed class InvalidMessageException(string message) : KernelException(message);

/// <summary>A <see cref="Terminated"/> was not handled.</summary>
internal sealed class DeathPactException(IActorRef deadActor) : KernelException($"Monitored actor [{deadActor}] terminated")
{
    public IActorRef DeadActor { get; } = deadActor;
}

/// <summary>No answer came in time.</summary>
internal sealed class AskTimeoutException(string message) : KernelException(message);
