namespace NatsActors.Kernel;

/// <summary>A watched actor has ended.</summary>
internal sealed class Terminated
{
    public Terminated(IActorRef actorRef, bool existenceConfirmed, bool addressTerminated)
    {
        ActorRef = actorRef;
        ExistenceConfirmed = existenceConfirmed;
        AddressTerminated = addressTerminated;
    }

    public IActorRef ActorRef { get; }

    public bool ExistenceConfirmed { get; }

    public bool AddressTerminated { get; }

    public override string ToString() => $"<Terminated>: {ActorRef}";
}

/// <summary>Stops its recipient when its turn comes, behind what is in the mailbox already.</summary>
internal sealed class PoisonPill
{
    private PoisonPill()
    {
    }

    public static PoisonPill Instance { get; } = new();

    public override string ToString() => "<PoisonPill>";
}

/// <summary>An answer that only says how it went.</summary>
internal abstract class Status
{
    public sealed class Success(object? status) : Status
    {
        public object? Status { get; } = status;
    }

    public sealed class Failure : Status
    {
        public Failure(Exception cause, object? state = null)
        {
            Cause = cause;
            State = state;
        }

        public Exception Cause { get; }

        public object? State { get; }

        public override string ToString() => $"Failure: {Cause.GetType().Name}";
    }
}
