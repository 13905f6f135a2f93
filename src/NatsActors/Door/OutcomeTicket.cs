using System.Diagnostics;
using Akka.Actor;
using NatsActors.Buffer;

namespace NatsActors.Door;

/// <summary>
/// The claim of one sender on the outcome of one message, and the message's span. The teller's thread tells the reply while another
/// thread may already have the outcome: whichever of <see cref="Answered"/> and <see cref="Tell"/> comes second tells the outcome, so
/// that an outcome never overtakes its reply.
/// </summary>
/// <param name="sender">Who wants the outcome; null when the ticket only holds a span.</param>
/// <param name="correlationId">The sender's text.</param>
internal sealed class OutcomeTicket(IActorRef? sender, string? correlationId) : ITicket
{
    private static readonly object ReplyTold = new();

    // Null, then either the mark that the reply was told, or the outcome that waits for it.
    private object? _first;

    public bool IsClaim => sender is not null;

    public string? CorrelationId => correlationId;

    /// <summary>The producer span of the message; null when nobody traces.</summary>
    public Activity? Span { get; set; }

    /// <summary>The spans of an atomic batch's messages, which end with it; null for none.</summary>
    public List<OutcomeTicket>? Parts { get; set; }

    /// <summary>The sender has its reply.</summary>
    /// <param name="door">The door.</param>
    /// <param name="through">A later sequence was rejected after all, since the journal did not take it: it has no outcome.</param>
    public void Answered(PublishDoor door, long through = long.MaxValue)
    {
        if (sender is not null && Interlocked.Exchange(ref _first, ReplyTold) is Outcome early && early.Sequence <= through)
        {
            door.Tell(sender, early);
        }
    }

    /// <summary>The message was not accepted.</summary>
    /// <param name="refusal">
    /// The refusal; null when there was none for this message, which is offered again or stood behind the one that was refused.
    /// </param>
    public void NotAccepted(PublishReply? refusal)
    {
        Parts?.ForEach(part => part.NotAccepted(refusal));
        if (Span is not { } span)
        {
            return;
        }

        if (refusal is null)
        {
            MessageSpans.Discard(span);
        }
        else
        {
            MessageSpans.End(span, refusal);
        }
    }

    /// <summary>The message has ended.</summary>
    public void Tell(Outcome outcome, PublishDoor door)
    {
        Parts?.ForEach(part => part.Tell(outcome, door));
        if (Span is { } span)
        {
            MessageSpans.End(span, outcome);
        }

        if (sender is null)
        {
            return;
        }

        outcome = correlationId is null ? outcome : outcome with { CorrelationId = correlationId };
        if (Interlocked.CompareExchange(ref _first, outcome, null) is not null)
        {
            door.Tell(sender, outcome);
        }
    }
}
