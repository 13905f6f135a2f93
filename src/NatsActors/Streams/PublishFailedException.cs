namespace NatsActors;

/// <summary>
/// An element of a stream was not delivered, or the publisher refused the element for good. The text never shows a payload.
/// </summary>
public sealed class PublishFailedException : Exception
{
    internal PublishFailedException(PublishResult result, long element, PublishCounts counts)
        : base(TextOf(result, element))
    {
        (Result, Element, Counts) = (result, element, counts);
    }

    /// <summary>The refusal, or the outcome with its reason.</summary>
    public PublishResult Result { get; }

    /// <summary>The place of the element in the stream, from 1.</summary>
    public long Element { get; }

    /// <summary>What had become of the stream's elements when the sink failed, this one included.</summary>
    public PublishCounts Counts { get; }

    /// <summary>The <see cref="Outcome.Sequence"/> of the element; 0 when the publisher refused the element.</summary>
    public long Sequence => Result.Outcome?.Sequence ?? 0;

    /// <summary>The <see cref="Publish.CorrelationId"/> of the element.</summary>
    public string? CorrelationId => Result.Outcome?.CorrelationId ?? Result.Refusal?.CorrelationId;

    /// <summary>Why the accepted element was not delivered; null when the publisher refused the element.</summary>
    public UndeliveredReason? UndeliveredReason => (Result.Outcome as Undelivered)?.Reason;

    /// <summary>Why the publisher refused the element; null when the publisher accepted it.</summary>
    public RejectReason? RejectReason => Result.Refusal?.Reason;

    private static string TextOf(PublishResult result, long element)
    {
        var (what, detail, sequence, correlation) = result switch
        {
            { Outcome: Undelivered undelivered } =>
                ($"was not delivered: {undelivered.Reason}", undelivered.Detail, $", sequence {undelivered.Sequence}", undelivered.CorrelationId),
            { Refusal: { } refusal } => ($"was refused: {refusal.Reason}", refusal.Detail, "", refusal.CorrelationId),
            _ => throw new ArgumentException("The element was delivered.", nameof(result)),
        };
        return $"Element {element} of the stream{sequence}{(correlation is null ? "" : $", correlation id '{correlation}'")} {what}"
            + (detail is null ? "" : $" ({detail})");
    }
}
