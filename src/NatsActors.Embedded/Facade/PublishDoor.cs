using NatsActors.Actors;

namespace NatsActors.Embedded;

/// <summary>
/// The direct door: accepts on the caller's thread, under the buffer actor's gate, without a message in between. What it finds
/// out that others have to hear of (overflow, a link that waits) it leaves to the actor, which it wakes once.
/// </summary>
internal sealed class PublishDoor(PublisherState state, LocalActorRef buffer)
{
    private readonly bool _waits = state.Settings.Buffer.Overflow == OverflowPolicy.Wait;

    public PublisherStatus Status()
    {
        lock (buffer.Gate)
        {
            return state.Status();
        }
    }

    /// <summary>The reply; null when the message has to wait for room, which is the actor's business.</summary>
    public PublishReply? Offer(Publish message, object? ticket)
    {
        bool wake;
        PublishReply reply;
        lock (buffer.Gate)
        {
            reply = state.Intake.Offer(message, ticket, state.Waiting.Count > 0, state.Now());
            wake = Note(_waits ? null : reply as BufferFull);
        }

        if (wake)
        {
            buffer.Tell(Wake.Instance, ActorRefs.NoSender);
        }

        return reply is BufferFull && _waits ? null : reply;
    }

    public bool TryOffer(string subject, ReadOnlySpan<byte> payload, out PublishReply? refusal)
    {
        bool wake;
        lock (buffer.Gate)
        {
            if (state.Waiting.Count > 0)
            {
                refusal = state.Intake.Full(BufferLimit.Waiters, state.Now());
            }
            else
            {
                state.Intake.Offer(subject, payload, state.Now(), out refusal);
            }

            wake = Note(refusal as BufferFull);
        }

        if (wake)
        {
            buffer.Tell(Wake.Instance, ActorRefs.NoSender);
        }

        return refusal is null;
    }

    /// <summary>Counts a refusal; true when the actor has to be woken: once, until it has been.</summary>
    private bool Note(BufferFull? refusal)
    {
        if (refusal is { } full)
        {
            state.Outbox.Ledger.Refused++;
            state.DoorOverflow = (full.Limit, state.DoorOverflow.Refused + 1);
        }

        if (state.WakeSent || !state.NeedsWake)
        {
            return false;
        }

        return state.WakeSent = true;
    }
}
