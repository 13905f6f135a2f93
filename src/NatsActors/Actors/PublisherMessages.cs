using Akka.Actor;
using Akka.Event;
using NatsActors.Door;
using NatsActors.Links;
using NatsActors.Protocol;

namespace NatsActors.Actors;

/// <summary>What the actors of one publisher tell each other. It never leaves the process.</summary>
internal abstract record PublisherMessage : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>
/// From the connection actor: there is a link, and it takes batches. The event is the buffer actor's to publish, since it says
/// what the buffer kept.
/// </summary>
internal sealed record LinkAvailable(ILink Link, ServerInfo Info, NatsEvent Event, ConnectionReport Report) : PublisherMessage;

/// <summary>From the connection actor: the link of this epoch is no more.</summary>
internal sealed record LinkGone(long Epoch, LinkLossKind Kind, string Detail) : PublisherMessage;

/// <summary>From the connection actor: send nothing more on this link, and say when it is quiet.</summary>
internal sealed record RetireLink(long Epoch) : PublisherMessage;

/// <summary>
/// From the connection actor: what a status shows of the connection from now on, and what happened. The buffer actor publishes
/// the event, like the one in <see cref="LinkAvailable"/>: subscribers get all events in the order in which they happened, none
/// after the end, and a status that is asked for then agrees with the event.
/// </summary>
internal sealed record ConnectionNews(ConnectionReport Report, NatsEvent? Event) : PublisherMessage;

/// <summary>From the connection actor: it has given up for good.</summary>
internal sealed record ConnectionEnded(string Cause) : PublisherMessage;

/// <summary>From the buffer actor: nothing is in flight any more on the link that retires.</summary>
internal sealed record LinkQuiet(long Epoch) : PublisherMessage;

/// <summary>From the buffer actor: the link has confirmed something for the first time.</summary>
internal sealed record LinkProved(long Epoch) : PublisherMessage;

/// <summary>From the buffer actor: it has started anew and knows no link; the one that there is has to be made anew.</summary>
internal sealed record LinkForgotten : PublisherMessage;

/// <summary>From the buffer actor: a drain has begun.</summary>
internal sealed record DrainBegun : PublisherMessage;

/// <summary>From the head actor to the buffer actor: another child has used up its restarts, and the publisher cannot go on.</summary>
internal sealed record ActorLost(string Cause) : PublisherMessage;

/// <summary>From the actor that ended the publisher: the publisher has ended.</summary>
internal sealed record PublisherEnded : PublisherMessage;
