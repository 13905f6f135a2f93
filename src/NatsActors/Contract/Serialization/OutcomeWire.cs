using NatsActors.Serialization.Wire;

namespace NatsActors.Serialization;

/// <summary>Outcomes to and from their wire form.</summary>
internal static class OutcomeWire
{
    public static DeliveredWire Write(Delivered delivered)
    {
        var wire = new DeliveredWire { Sequence = delivered.Sequence };
        if (delivered.CorrelationId is { } correlationId)
        {
            wire.CorrelationId = TextWire.Write(correlationId);
        }

        return wire;
    }

    public static Delivered Read(DeliveredWire wire) =>
        new(wire.Sequence) { CorrelationId = wire.HasCorrelationId ? TextWire.Read(wire.CorrelationId) : null };

    public static StoredWire Write(Stored stored)
    {
        var wire = new StoredWire
        {
            Sequence = stored.Sequence,
            Stream = TextWire.Write(stored.Stream ?? ""),
            StreamSequence = stored.StreamSequence,
            Duplicate = stored.Duplicate,
        };
        if (stored.CorrelationId is { } correlationId)
        {
            wire.CorrelationId = TextWire.Write(correlationId);
        }

        return wire;
    }

    public static Stored Read(StoredWire wire) => new(wire.Sequence, TextWire.Read(wire.Stream), wire.StreamSequence, wire.Duplicate)
    {
        CorrelationId = wire.HasCorrelationId ? TextWire.Read(wire.CorrelationId) : null,
    };

    public static UndeliveredWire Write(Undelivered undelivered)
    {
        var wire = new UndeliveredWire
        {
            Sequence = undelivered.Sequence,
            Reason = EnumWire.Write(undelivered.Reason),
            MayHaveArrived = undelivered.MayHaveArrived,
        };
        if (undelivered.Detail is { } detail)
        {
            wire.Detail = TextWire.Write(detail);
        }

        if (undelivered.CorrelationId is { } correlationId)
        {
            wire.CorrelationId = TextWire.Write(correlationId);
        }

        return wire;
    }

    public static Undelivered Read(UndeliveredWire wire) => new(wire.Sequence, EnumWire.Read(wire.Reason))
    {
        MayHaveArrived = wire.MayHaveArrived,
        Detail = wire.HasDetail ? TextWire.Read(wire.Detail) : null,
        CorrelationId = wire.HasCorrelationId ? TextWire.Read(wire.CorrelationId) : null,
    };
}
