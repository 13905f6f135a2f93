using Google.Protobuf;
using NatsActors.Serialization.Wire;

namespace NatsActors.Serialization;

/// <summary>
/// Replies to and from their wire form. A text that may not be null is always set; a text that a newer version leaves out reads as
/// empty.
/// </summary>
internal static class ReplyWire
{
    public static AckWire Write(Ack ack)
    {
        var wire = new AckWire { Sequence = ack.Sequence };
        if (ack.CorrelationId is { } correlationId)
        {
            wire.CorrelationId = TextWire.Write(correlationId);
        }

        return wire;
    }

    public static Ack Read(AckWire wire) =>
        new(wire.Sequence) { CorrelationId = wire.HasCorrelationId ? TextWire.Read(wire.CorrelationId) : null };

    public static BufferFullWire Write(BufferFull full)
    {
        var wire = new BufferFullWire
        {
            Limit = EnumWire.Write(full.Limit),
            Messages = full.Messages,
            Bytes = full.Bytes,
            MaxMessages = full.MaxMessages,
            MaxBytes = full.MaxBytes,
        };
        if (full.LinkDownFor is { } downFor)
        {
            wire.LinkDownForTicks = downFor.Ticks;
        }

        if (full.CorrelationId is { } correlationId)
        {
            wire.CorrelationId = TextWire.Write(correlationId);
        }

        return wire;
    }

    public static BufferFull Read(BufferFullWire wire) => new()
    {
        Limit = EnumWire.Read(wire.Limit),
        Messages = wire.Messages,
        Bytes = wire.Bytes,
        MaxMessages = wire.MaxMessages,
        MaxBytes = wire.MaxBytes,
        LinkDownFor = wire.HasLinkDownForTicks ? TimeSpan.FromTicks(wire.LinkDownForTicks) : null,
        CorrelationId = wire.HasCorrelationId ? TextWire.Read(wire.CorrelationId) : null,
    };

    public static RejectedWire Write(Rejected rejected)
    {
        var wire = new RejectedWire { Reason = EnumWire.Write(rejected.Reason), Detail = TextWire.Write(rejected.Detail ?? "") };
        if (rejected.CorrelationId is { } correlationId)
        {
            wire.CorrelationId = TextWire.Write(correlationId);
        }

        return wire;
    }

    public static Rejected Read(RejectedWire wire) => new(EnumWire.Read(wire.Reason), TextWire.Read(wire.Detail))
    {
        CorrelationId = wire.HasCorrelationId ? TextWire.Read(wire.CorrelationId) : null,
    };

    public static BatchReplyWire Write(BatchReply reply)
    {
        var wire = new BatchReplyWire { Accepted = reply.Accepted, FirstSequence = reply.FirstSequence };
        switch (reply.Refusal)
        {
            case BufferFull full:
                wire.BufferFull = Write(full);
                break;
            case Rejected rejected:
                wire.Rejected = Write(rejected);
                break;
            case Ack ack:
                wire.Ack = Write(ack);
                break;
        }

        if (reply.CorrelationId is { } correlationId)
        {
            wire.CorrelationId = TextWire.Write(correlationId);
        }

        return wire;
    }

    public static BatchReply Read(BatchReplyWire wire)
    {
        PublishReply? refusal = wire.RefusalCase switch
        {
            BatchReplyWire.RefusalOneofCase.BufferFull => Read(wire.BufferFull),
            BatchReplyWire.RefusalOneofCase.Rejected => Read(wire.Rejected),
            BatchReplyWire.RefusalOneofCase.Ack => Read(wire.Ack),
            _ => null,
        };
        return new BatchReply(wire.Accepted, wire.FirstSequence, refusal)
        {
            CorrelationId = wire.HasCorrelationId ? TextWire.Read(wire.CorrelationId) : null,
        };
    }

    public static FlushedWire Write(Flushed flushed) => new() { Completed = flushed.Completed, Remaining = flushed.Remaining };

    public static Flushed Read(FlushedWire wire) => new(wire.Completed, wire.Remaining);

    public static DrainedWire Write(Drained drained)
    {
        var wire = new DrainedWire { Totals = StatusWire.Write(drained.Totals), UndeliveredOmitted = drained.UndeliveredOmitted };
        foreach (var left in drained.Undelivered ?? [])
        {
            wire.Undelivered.Add(new UndeliveredMessageWire
            {
                Sequence = left.Sequence,
                Subject = TextWire.Write(left.Subject ?? ""),
                WireBytes = left.WireBytes,
                Reason = EnumWire.Write(left.Reason),
            });
        }

        if (drained.Error is { } error)
        {
            wire.Error = TextWire.Write(error);
        }

        return wire;
    }

    /// <summary>The same reply with as many entries of the list as fit into <paramref name="bytes"/>, and the others counted.</summary>
    public static DrainedWire Shorten(DrainedWire wire, long bytes)
    {
        var shorter = new DrainedWire { Totals = wire.Totals, UndeliveredOmitted = wire.UndeliveredOmitted + wire.Undelivered.Count };
        long size = shorter.CalculateSize();
        foreach (var left in wire.Undelivered)
        {
            var entry = left.CalculateSize();
            size += entry + CodedOutputStream.ComputeLengthSize(entry) + 1;
            if (size > bytes)
            {
                break;
            }

            shorter.Undelivered.Add(left);
        }

        shorter.UndeliveredOmitted -= shorter.Undelivered.Count;
        return shorter;
    }

    public static Drained Read(DrainedWire wire)
    {
        var undelivered = new UndeliveredMessage[wire.Undelivered.Count];
        for (var i = 0; i < undelivered.Length; i++)
        {
            var left = wire.Undelivered[i];
            undelivered[i] = new(left.Sequence, TextWire.Read(left.Subject), left.WireBytes, EnumWire.Read(left.Reason));
        }

        return new Drained(StatusWire.Read(wire.Totals), undelivered)
        {
            UndeliveredOmitted = wire.UndeliveredOmitted,
            Error = wire.HasError ? TextWire.Read(wire.Error) : null,
        };
    }

    public static PurgedWire Write(Purged purged)
    {
        var wire = new PurgedWire { Count = purged.Count };
        if (purged.Error is { } error)
        {
            wire.Error = TextWire.Write(error);
        }

        return wire;
    }

    public static Purged Read(PurgedWire wire) => new(wire.Count) { Error = wire.HasError ? TextWire.Read(wire.Error) : null };

    public static CapacityAvailableWire Write(CapacityAvailable available) => new()
    {
        FreeMessages = available.FreeMessages,
        FreeBytes = available.FreeBytes,
        Publisher = TextWire.Write(available.Publisher ?? ""),
    };

    public static CapacityAvailable Read(CapacityAvailableWire wire) =>
        new(wire.FreeMessages, wire.FreeBytes) { Publisher = TextWire.Read(wire.Publisher) };
}
