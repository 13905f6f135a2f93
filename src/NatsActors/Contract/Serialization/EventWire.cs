using NatsActors.Serialization.Wire;

namespace NatsActors.Serialization;

/// <summary>Events to and from their wire form.</summary>
internal static class EventWire
{
    public static ConnectedWire Write(Connected e) => new() { Publisher = Text(e.Publisher), Server = Text(e.Server) };

    public static Connected Read(ConnectedWire wire) =>
        new() { Publisher = TextWire.Read(wire.Publisher), Server = TextWire.Read(wire.Server) };

    public static DisconnectedWire Write(Disconnected e) =>
        new() { Publisher = Text(e.Publisher), Server = Text(e.Server), Kind = EnumWire.Write(e.Kind), Detail = Text(e.Detail) };

    public static Disconnected Read(DisconnectedWire wire) => new()
    {
        Publisher = TextWire.Read(wire.Publisher),
        Server = TextWire.Read(wire.Server),
        Kind = EnumWire.Read(wire.Kind),
        Detail = TextWire.Read(wire.Detail),
    };

    public static ReconnectedWire Write(Reconnected e) => new()
    {
        Publisher = Text(e.Publisher),
        Server = Text(e.Server),
        OutageTicks = e.Outage.Ticks,
        Messages = e.Messages,
        Bytes = e.Bytes,
    };

    public static Reconnected Read(ReconnectedWire wire) => new()
    {
        Publisher = TextWire.Read(wire.Publisher),
        Server = TextWire.Read(wire.Server),
        Outage = TimeSpan.FromTicks(wire.OutageTicks),
        Messages = wire.Messages,
        Bytes = wire.Bytes,
    };

    public static AuthenticationFailedWire Write(AuthenticationFailed e) =>
        new() { Publisher = Text(e.Publisher), Server = Text(e.Server), Detail = Text(e.Detail), Final = e.Final };

    public static AuthenticationFailed Read(AuthenticationFailedWire wire) => new()
    {
        Publisher = TextWire.Read(wire.Publisher),
        Server = TextWire.Read(wire.Server),
        Detail = TextWire.Read(wire.Detail),
        Final = wire.Final,
    };

    public static TlsFailedWire Write(TlsFailed e) => new() { Publisher = Text(e.Publisher), Server = Text(e.Server), Detail = Text(e.Detail) };

    public static TlsFailed Read(TlsFailedWire wire) =>
        new() { Publisher = TextWire.Read(wire.Publisher), Server = TextWire.Read(wire.Server), Detail = TextWire.Read(wire.Detail) };

    public static ServersDiscoveredWire Write(ServersDiscovered e)
    {
        var wire = new ServersDiscoveredWire { Publisher = Text(e.Publisher) };
        foreach (var server in e.Servers ?? [])
        {
            wire.Servers.Add(Text(server));
        }

        return wire;
    }

    public static ServersDiscovered Read(ServersDiscoveredWire wire) =>
        new() { Publisher = TextWire.Read(wire.Publisher), Servers = [.. wire.Servers.Select(TextWire.Read)] };

    public static LameDuckWire Write(LameDuck e) => new() { Publisher = Text(e.Publisher), Server = Text(e.Server) };

    public static LameDuck Read(LameDuckWire wire) =>
        new() { Publisher = TextWire.Read(wire.Publisher), Server = TextWire.Read(wire.Server) };

    public static HighWatermarkWire Write(HighWatermark e) =>
        new() { Publisher = Text(e.Publisher), Messages = e.Messages, Bytes = e.Bytes };

    public static HighWatermark Read(HighWatermarkWire wire) =>
        new() { Publisher = TextWire.Read(wire.Publisher), Messages = wire.Messages, Bytes = wire.Bytes };

    public static OverflowStartedWire Write(OverflowStarted e) =>
        new() { Publisher = Text(e.Publisher), Limit = EnumWire.Write(e.Limit), Policy = EnumWire.Write(e.Policy) };

    public static OverflowStarted Read(OverflowStartedWire wire) => new()
    {
        Publisher = TextWire.Read(wire.Publisher),
        Limit = EnumWire.Read(wire.Limit),
        Policy = EnumWire.Read(wire.Policy),
    };

    public static OverflowEndedWire Write(OverflowEnded e) =>
        new() { Publisher = Text(e.Publisher), Refused = e.Refused, Dropped = e.Dropped };

    public static OverflowEnded Read(OverflowEndedWire wire) =>
        new() { Publisher = TextWire.Read(wire.Publisher), Refused = wire.Refused, Dropped = wire.Dropped };

    public static MessagesUndeliveredWire Write(MessagesUndelivered e)
    {
        var wire = new MessagesUndeliveredWire { Publisher = Text(e.Publisher), Reason = EnumWire.Write(e.Reason), Count = e.Count };
        if (e.Detail is { } detail)
        {
            wire.Detail = TextWire.Write(detail);
        }

        return wire;
    }

    public static MessagesUndelivered Read(MessagesUndeliveredWire wire) => new()
    {
        Publisher = TextWire.Read(wire.Publisher),
        Reason = EnumWire.Read(wire.Reason),
        Count = wire.Count,
        Detail = wire.HasDetail ? TextWire.Read(wire.Detail) : null,
    };

    public static DuplicateWindowExceededWire Write(DuplicateWindowExceeded e) =>
        new() { Publisher = Text(e.Publisher), OldestAgeTicks = e.OldestAge.Ticks };

    public static DuplicateWindowExceeded Read(DuplicateWindowExceededWire wire) =>
        new() { Publisher = TextWire.Read(wire.Publisher), OldestAge = TimeSpan.FromTicks(wire.OldestAgeTicks) };

    public static JournalFailedWire Write(JournalFailed e) =>
        new() { Publisher = Text(e.Publisher), Cause = Text(e.Cause), Rejected = e.Rejected };

    public static JournalFailed Read(JournalFailedWire wire) =>
        new() { Publisher = TextWire.Read(wire.Publisher), Cause = TextWire.Read(wire.Cause), Rejected = wire.Rejected };

    public static JournalRecoveredWire Write(JournalRecovered e) =>
        new() { Publisher = Text(e.Publisher), Messages = e.Messages, Bytes = e.Bytes, DurationTicks = e.Duration.Ticks };

    public static JournalRecovered Read(JournalRecoveredWire wire) => new()
    {
        Publisher = TextWire.Read(wire.Publisher),
        Messages = wire.Messages,
        Bytes = wire.Bytes,
        Duration = TimeSpan.FromTicks(wire.DurationTicks),
    };

    public static JournalDamagedWire Write(JournalDamaged e) =>
        new() { Publisher = Text(e.Publisher), SequenceNr = e.SequenceNr, Detail = Text(e.Detail) };

    public static JournalDamaged Read(JournalDamagedWire wire) =>
        new() { Publisher = TextWire.Read(wire.Publisher), SequenceNr = wire.SequenceNr, Detail = TextWire.Read(wire.Detail) };

    public static OutcomeRecoveredWire Write(OutcomeRecovered e)
    {
        var wire = new OutcomeRecoveredWire { Publisher = Text(e.Publisher) };
        switch (e.Outcome)
        {
            case Delivered delivered:
                wire.Delivered = OutcomeWire.Write(delivered);
                break;
            case Stored stored:
                wire.Stored = OutcomeWire.Write(stored);
                break;
            case Undelivered undelivered:
                wire.Undelivered = OutcomeWire.Write(undelivered);
                break;
        }

        return wire;
    }

    /// <summary>
    /// An outcome of a newer version is read as <see cref="UndeliveredReason.Indeterminate"/> of no message: nothing is promised.
    /// </summary>
    public static OutcomeRecovered Read(OutcomeRecoveredWire wire) => new()
    {
        Publisher = TextWire.Read(wire.Publisher),
        Outcome = wire.OutcomeCase switch
        {
            OutcomeRecoveredWire.OutcomeOneofCase.Delivered => OutcomeWire.Read(wire.Delivered),
            OutcomeRecoveredWire.OutcomeOneofCase.Stored => OutcomeWire.Read(wire.Stored),
            OutcomeRecoveredWire.OutcomeOneofCase.Undelivered => OutcomeWire.Read(wire.Undelivered),
            _ => new Undelivered(0, UndeliveredReason.Indeterminate) { MayHaveArrived = true, Detail = "an outcome of a newer version of NatsActors" },
        },
    };

    public static DrainingWire Write(Draining e) => new() { Publisher = Text(e.Publisher), Messages = e.Messages };

    public static Draining Read(DrainingWire wire) => new() { Publisher = TextWire.Read(wire.Publisher), Messages = wire.Messages };

    public static ClosedWire Write(Closed e)
    {
        var wire = new ClosedWire { Publisher = Text(e.Publisher), Totals = StatusWire.Write(e.Totals) };
        if (e.Cause is { } cause)
        {
            wire.Cause = TextWire.Write(cause);
        }

        return wire;
    }

    public static Closed Read(ClosedWire wire) => new()
    {
        Publisher = TextWire.Read(wire.Publisher),
        Totals = StatusWire.Read(wire.Totals),
        Cause = wire.HasCause ? TextWire.Read(wire.Cause) : null,
    };

    // The generated setters throw on null. The exception would end the connection.
    private static string Text(string? text) => TextWire.Write(text ?? "");
}
