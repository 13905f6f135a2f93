namespace NatsActors;

/// <summary>
/// Stands for a <see cref="Publish"/> or <see cref="PublishBatch"/> that could not leave the sender's system. The serializer of
/// the sender's system cannot tell the sender. The publisher that gets this stand-in tells the sender <see cref="ToReply"/>.
/// </summary>
/// <param name="CorrelationId">The correlation id of the message, or null when the id itself was too large.</param>
/// <param name="IsBatch">True for a <see cref="PublishBatch"/>.</param>
internal abstract record UnsentMessage(string? CorrelationId, bool IsBatch) : IContractMessage
{
    public abstract RejectReason Reason { get; }

    public abstract string Detail { get; }

    /// <summary>The one answer to the message: a <see cref="Rejected"/>, or a <see cref="BatchReply"/> with one.</summary>
    public object ToReply() => IsBatch
        ? new BatchReply(0, 0, new Rejected(Reason, Detail)) { CorrelationId = CorrelationId }
        : new Rejected(Reason, Detail) { CorrelationId = CorrelationId };
}

/// <summary>A message that does not fit into one frame of Akka.Remote.</summary>
/// <param name="CorrelationId">The correlation id of the message, or null when the id itself was too large.</param>
/// <param name="IsBatch">True for a <see cref="PublishBatch"/>.</param>
/// <param name="Bytes">The size of the message as the serializer writes it.</param>
/// <param name="Limit">The sender's <c>maximum-frame-size</c>.</param>
internal sealed record OversizedMessage(string? CorrelationId, bool IsBatch, long Bytes, long Limit) : UnsentMessage(CorrelationId, IsBatch)
{
    /// <summary>Bytes of a frame that are kept for addresses and for Akka's envelopes around the message.</summary>
    public const int EnvelopeBytes = 2048;

    public override RejectReason Reason => RejectReason.TooLargeForRemote;

    public override string Detail =>
        $"the {(IsBatch ? "batch" : "message")} takes {Bytes} bytes between actor systems; akka.remote.dot-netty.tcp.maximum-frame-size "
        + $"of the sender's system is {Limit}, of which {EnvelopeBytes} are for addresses and envelopes";
}

/// <summary>A message with a list that threw when the serializer read it.</summary>
/// <param name="CorrelationId">The correlation id of the message, or null when the id itself was too large.</param>
/// <param name="IsBatch">True for a <see cref="PublishBatch"/>.</param>
/// <param name="Cause">The type of the exception; its message could show a header value.</param>
internal sealed record UnreadableMessage(string? CorrelationId, bool IsBatch, string Cause) : UnsentMessage(CorrelationId, IsBatch)
{
    public override RejectReason Reason => RejectReason.BadMessage;

    public override string Detail => $"the sender's system could not read the {(IsBatch ? "batch" : "message")} to send it: {Cause}";
}
