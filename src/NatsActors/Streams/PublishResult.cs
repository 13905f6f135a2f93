namespace NatsActors;

/// <summary>What became of one element of a stream: its outcome, or the refusal with which the publisher did not accept it.</summary>
public readonly record struct PublishResult
{
    /// <summary>The publisher accepted the element, and the element has ended.</summary>
    public PublishResult(Outcome outcome) => Outcome = outcome ?? throw new ArgumentNullException(nameof(outcome));

    /// <summary>The publisher refused the element for good.</summary>
    public PublishResult(Rejected refusal) => Refusal = refusal ?? throw new ArgumentNullException(nameof(refusal));

    /// <summary>
    /// How the accepted element ended, with its sequence and its <see cref="Publish.CorrelationId"/>; null when the publisher did not accept
    /// the element.
    /// </summary>
    public Outcome? Outcome { get; }

    /// <summary>
    /// Why the publisher never accepted the element; null when the publisher did. Never <see cref="RejectReason.NotDurable"/>, after which
    /// the stage offers the element again.
    /// </summary>
    public Rejected? Refusal { get; }

    /// <summary>True for <see cref="Delivered"/> and <see cref="Stored"/>.</summary>
    public bool IsDelivered => Outcome is Delivered or Stored;

    /// <summary>The outcome or the refusal as a text.</summary>
    public override string ToString() => $"{nameof(PublishResult)} {{ {(object?)Outcome ?? Refusal} }}";
}

/// <summary>What became of the elements of one materialised sink.</summary>
public sealed record PublishCounts
{
    /// <summary>Elements that ended as <see cref="NatsActors.Delivered"/>.</summary>
    public long Delivered { get; init; }

    /// <summary>Elements that ended as <see cref="NatsActors.Stored"/>.</summary>
    public long Stored { get; init; }

    /// <summary>Elements that ended as <see cref="NatsActors.Undelivered"/>.</summary>
    public long Undelivered { get; init; }

    /// <summary>Elements that the publisher refused for good.</summary>
    public long Refused { get; init; }
}
