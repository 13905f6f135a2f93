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

    /// <summary>The reply; null when the message waits for room, and <paramref name="held"/> has the reply once there is one.</summary>
    public PublishReply? Offer(Publish message, CancellationToken cancellation, out Task<PublishReply>? held)
    {
        bool wake;
        PublishReply? reply;
        lock (buffer.Gate)
        {
            reply = state.Intake.Offer(message, null, state.Waiting.Count > 0, state.Now());
            held = _waits && reply is BufferFull full ? Join(message, full, cancellation) : null;
            if (held is not null)
            {
                reply = null;
            }
            else if (_waits && reply is BufferFull noRoom)
            {
                reply = noRoom with { Limit = BufferLimit.Waiters };
            }

            wake = Note(reply as BufferFull);
        }

        if (wake)
        {
            buffer.Tell(Wake.Instance, ActorRefs.NoSender);
        }

        return reply;
    }

    /// <summary>
    /// Joins the waiting line here, under the gate: on the way through the mailbox a later call could find room first, and two
    /// calls of one caller would leave in the wrong order. Null when too much waits already.
    /// </summary>
    private Task<PublishReply>? Join(Publish message, BufferFull full, CancellationToken cancellation)
    {
        var size = state.Intake.LastSize;
        if (!state.Waiting.HasRoom(state.Settings.Buffer, 1, size))
        {
            return null;
        }

        var promise = new PromiseActorRef<PublishReply>(buffer.System);
        promise.Arm(state.Time, null, cancellation);
        var deadline = state.Now() + (long)state.Settings.Buffer.WaitTimeout.TotalMilliseconds;
        state.Waiting.Join(new WaitingPublish(null, [message], promise, deadline) { Bytes = size });
        state.DoorJoined ??= full.Limit;
        return promise.Task;
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
