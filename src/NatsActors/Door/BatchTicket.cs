using Akka.Actor;
using Akka.Event;
using NatsActors.Buffer;

namespace NatsActors.Door;

/// <summary>
/// From a stream of this system: a batch whose outcomes are all claimed, by one ticket. Its messages need no
/// <see cref="Publish.WantsOutcome"/>, and their outcomes have no correlation id.
/// </summary>
/// <param name="Batch">At most 256 messages, in an array that nobody changes, with headers and payloads that run nobody's code.</param>
internal sealed record ClaimedBatch(PublishBatch Batch) : INoSerializationVerificationNeeded;

/// <summary>The outcome <see cref="Delivered"/> of messages of one <see cref="ClaimedBatch"/> that follow one another.</summary>
/// <param name="First">The sequence of the first.</param>
/// <param name="Count">How many.</param>
internal sealed record DeliveredRun(long First, int Count) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// The claim of one sender on the outcomes of all messages of a batch. As with <see cref="OutcomeTicket"/>, no outcome overtakes the reply:
/// what comes before is kept until <see cref="Answered"/>.
/// </summary>
/// <param name="sender">Who wants the outcomes.</param>
internal sealed class BatchTicket(IActorRef sender) : ITicket
{
    private readonly Lock _gate = new();
    private List<object>? _early = [];

    public bool IsClaim => true;

    public bool TakesRuns => true;

    public string? CorrelationId => null;

    /// <summary>The sender has its reply.</summary>
    public void Answered(PublishDoor door)
    {
        List<object> early;
        lock (_gate)
        {
            (early, _early) = (_early ?? [], null);
        }

        early.ForEach(outcome => door.Tell(sender, outcome));
    }

    /// <summary>Messages have ended.</summary>
    /// <param name="outcome">An <see cref="Outcome"/> or a <see cref="DeliveredRun"/>.</param>
    /// <param name="door">The door.</param>
    public void Tell(object outcome, PublishDoor door)
    {
        lock (_gate)
        {
            if (_early is { } early)
            {
                early.Add(outcome);
                return;
            }
        }

        door.Tell(sender, outcome);
    }
}
