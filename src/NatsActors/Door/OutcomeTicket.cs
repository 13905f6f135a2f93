using Akka.Actor;

namespace NatsActors.Door;

/// <summary>
/// The claim of one sender on the outcome of one message. The teller's thread tells the reply while another thread may already
/// have the outcome: whichever of <see cref="Answered"/> and <see cref="Tell"/> comes second tells the outcome, so that an outcome
/// never overtakes its reply.
/// </summary>
internal sealed class OutcomeTicket(IActorRef sender, string? correlationId)
{
    private static readonly object ReplyTold = new();

    // Null, then either the mark that the reply was told, or the outcome that waits for it.
    private object? _first;

    /// <summary>The sender has its reply.</summary>
    public void Answered(PublishDoor door)
    {
        if (Interlocked.Exchange(ref _first, ReplyTold) is Outcome early)
        {
            door.Tell(sender, early);
        }
    }

    /// <summary>The message has ended.</summary>
    public void Tell(Outcome outcome, PublishDoor door)
    {
        outcome = correlationId is null ? outcome : outcome with { CorrelationId = correlationId };
        if (Interlocked.CompareExchange(ref _first, outcome, null) is not null)
        {
            door.Tell(sender, outcome);
        }
    }
}
