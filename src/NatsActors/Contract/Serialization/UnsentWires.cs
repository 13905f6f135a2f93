using NatsActors.Serialization.Wire;

namespace NatsActors.Serialization;

/// <summary>The stand-in of a message that could not leave the sender's system, to and from its wire form.</summary>
internal static class UnsentWires
{
    /// <summary>A longer correlation id is left out, so that the stand-in itself always fits into a frame (32,000 bytes at least).</summary>
    private const int MaxCorrelationIdChars = 2048;

    public static UnsentWire Write(UnsentMessage message)
    {
        var wire = new UnsentWire { IsBatch = message.IsBatch };
        if (message.CorrelationId is { Length: <= MaxCorrelationIdChars } correlationId)
        {
            wire.CorrelationId = TextWire.Write(correlationId);
        }

        switch (message)
        {
            case OversizedMessage oversized:
                wire.Oversized = new OversizedWire { Bytes = oversized.Bytes, Limit = oversized.Limit };
                break;
            case UnreadableMessage unreadable:
                wire.Unreadable = new UnreadableWire { Cause = TextWire.Write(unreadable.Cause) };
                break;
        }

        return wire;
    }

    public static UnsentMessage Read(UnsentWire wire)
    {
        var correlationId = wire.HasCorrelationId ? TextWire.Read(wire.CorrelationId) : null;
        return wire.ReasonCase switch
        {
            UnsentWire.ReasonOneofCase.Oversized =>
                new OversizedMessage(correlationId, wire.IsBatch, wire.Oversized.Bytes, wire.Oversized.Limit),
            UnsentWire.ReasonOneofCase.Unreadable =>
                new UnreadableMessage(correlationId, wire.IsBatch, wire.Unreadable.HasCause ? TextWire.Read(wire.Unreadable.Cause) : ""),
            _ => new UnreadableMessage(correlationId, wire.IsBatch, "a reason of a newer version of NatsActors"),
        };
    }
}
