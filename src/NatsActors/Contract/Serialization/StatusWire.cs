using NatsActors.Serialization.Wire;

namespace NatsActors.Serialization;

/// <summary>A publisher's status and ledger to and from their wire form.</summary>
internal static class StatusWire
{
    public static PublisherStatusWire Write(PublisherStatus status)
    {
        var wire = new PublisherStatusWire
        {
            State = EnumWire.Write(status.State),
            BufferedMessages = status.BufferedMessages,
            BufferedBytes = status.BufferedBytes,
            InFlightMessages = status.InFlightMessages,
            InFlightBytes = status.InFlightBytes,
            MaxMessages = status.MaxMessages,
            MaxBytes = status.MaxBytes,
            Waiting = status.Waiting,
            Totals = Write(status.Totals),
            Reconnects = status.Reconnects,
            UndurableMessages = status.UndurableMessages,
        };
        if (status.Server is { } server)
        {
            wire.Server = TextWire.Write(server);
        }

        if (status.LinkDownFor is { } downFor)
        {
            wire.LinkDownForTicks = downFor.Ticks;
        }

        if (status.OldestAge is { } age)
        {
            wire.OldestAgeTicks = age.Ticks;
        }

        if (status.JournalDownFor is { } journalDownFor)
        {
            wire.JournalDownForTicks = journalDownFor.Ticks;
        }

        if (status.LastError is { } error)
        {
            wire.LastError = TextWire.Write(error);
        }

        return wire;
    }

    public static PublisherStatus Read(PublisherStatusWire wire) => new()
    {
        State = EnumWire.Read(wire.State),
        Server = wire.HasServer ? TextWire.Read(wire.Server) : null,
        LinkDownFor = wire.HasLinkDownForTicks ? TimeSpan.FromTicks(wire.LinkDownForTicks) : null,
        BufferedMessages = wire.BufferedMessages,
        BufferedBytes = wire.BufferedBytes,
        UndurableMessages = wire.UndurableMessages,
        JournalDownFor = wire.HasJournalDownForTicks ? TimeSpan.FromTicks(wire.JournalDownForTicks) : null,
        InFlightMessages = wire.InFlightMessages,
        InFlightBytes = wire.InFlightBytes,
        MaxMessages = wire.MaxMessages,
        MaxBytes = wire.MaxBytes,
        OldestAge = wire.HasOldestAgeTicks ? TimeSpan.FromTicks(wire.OldestAgeTicks) : null,
        Waiting = wire.Waiting,
        Totals = Read(wire.Totals),
        Reconnects = wire.Reconnects,
        LastError = wire.HasLastError ? TextWire.Read(wire.LastError) : null,
    };

    public static LedgerTotalsWire Write(LedgerTotals totals)
    {
        var wire = new LedgerTotalsWire
        {
            Accepted = totals.Accepted,
            Delivered = totals.Delivered,
            Stored = totals.Stored,
            Duplicates = totals.Duplicates,
            Undelivered = totals.Undelivered,
            Buffered = totals.Buffered,
            Refused = totals.Refused,
            Rejected = totals.Rejected,
            Resent = totals.Resent,
        };
        foreach (var (reason, count) in totals.UndeliveredByReason)
        {
            wire.UndeliveredByReason.Add(new ReasonCountWire { Reason = EnumWire.Write(reason), Count = count });
        }

        return wire;
    }

    /// <summary>Counts of unknown reasons are added to the fallback reason, so that the counts still sum to the total.</summary>
    public static LedgerTotals Read(LedgerTotalsWire? wire)
    {
        if (wire is null)
        {
            return new LedgerTotals();
        }

        var reasons = new Dictionary<UndeliveredReason, long>();
        foreach (var entry in wire.UndeliveredByReason)
        {
            var reason = EnumWire.Read(entry.Reason);
            reasons[reason] = reasons.GetValueOrDefault(reason) + entry.Count;
        }

        return new LedgerTotals
        {
            Accepted = wire.Accepted,
            Delivered = wire.Delivered,
            Stored = wire.Stored,
            Duplicates = wire.Duplicates,
            Undelivered = wire.Undelivered,
            UndeliveredByReason = reasons,
            Buffered = wire.Buffered,
            Refused = wire.Refused,
            Rejected = wire.Rejected,
            Resent = wire.Resent,
        };
    }
}
