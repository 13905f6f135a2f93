namespace NatsActors.Actors;

/// <summary>
/// From the connection actor: there is a link, and it takes batches. The event is the buffer actor's to publish, since it says
/// what the buffer kept.
/// </summary>
internal sealed record LinkAvailable(ILink Link, ServerInfo Info, NatsEvent Event);

/// <summary>
/// From the connection actor: an event. The buffer actor publishes it, like the one in <see cref="LinkAvailable"/>, so that
/// subscribers get all of them in the order in which they happened, and none after the end.
/// </summary>
internal sealed record Announce(NatsEvent Event);

/// <summary>From the connection actor: the link of this epoch is no more.</summary>
internal sealed record LinkGone(long Epoch, LinkLossKind Kind, string Detail);

/// <summary>From the connection actor: send nothing more on this link, and say when it is quiet.</summary>
internal sealed record RetireLink(long Epoch);

/// <summary>From the buffer actor: nothing is in flight any more on the link that retires.</summary>
internal sealed record LinkQuiet(long Epoch);

/// <summary>From the connection actor: what a status shows of the connection.</summary>
internal sealed record ConnectionReport(ConnectionState State, string? Server, long Reconnects, string? LastError);

/// <summary>From the buffer actor: the link has confirmed something for the first time.</summary>
internal sealed record LinkProved(long Epoch);

/// <summary>From the connection actor: it has given up for good.</summary>
internal sealed record ConnectionEnded(string Cause);

/// <summary>From the buffer actor: it was restarted and may have missed reports; the link is to be made anew.</summary>
internal sealed record BufferRestarted;

/// <summary>From the buffer actor to its parent and on to the connection actor: a drain has begun.</summary>
internal sealed record DrainBegun;

/// <summary>From the buffer actor to its parent and on to the connection actor: the publisher has ended.</summary>
internal sealed record PublisherEnded;

/// <summary>From the direct door: the buffer has something for a link that waits.</summary>
internal sealed record Wake
{
    public static Wake Instance { get; } = new();
}

/// <summary>Makes the actor that gets it fail, for tests of supervision.</summary>
internal sealed record Fail(string Reason);

/// <summary>Whom the outcome of a message goes to.</summary>
internal sealed record OutcomeTicket(IActorRef Sender, string? CorrelationId);

/// <summary>Asks the publisher for its buffer actor, which takes publishes without the step in between.</summary>
internal sealed record GetBufferActor;

/// <summary>The answer to <see cref="GetBufferActor"/>.</summary>
internal sealed record BufferActorRef(IActorRef Actor);
