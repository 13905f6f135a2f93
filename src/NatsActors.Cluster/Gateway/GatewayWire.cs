using Google.Protobuf;
using NatsActors.Cluster.Gateway.Wire;
using NatsActors.Protocol;
using NatsActors.Serialization;
using NatsActors.Serialization.Wire;

namespace NatsActors.Cluster.Gateway;

/// <summary>The messages to and from the wire forms of gateway.proto. What is not set, or not known, takes the plainest value.</summary>
internal static class GatewayWire
{
    public static IMessage Write(IGatewayMessage message) => message switch
    {
        Open open => Write(open),
        Opened opened => new OpenedWire { Session = opened.Session, Version = opened.Version, MaxMessageBytes = opened.MaxMessageBytes },
        Refused refused => new RefusedWire
        {
            Session = refused.Session, Version = refused.Versions.Newest, OldestVersion = refused.Versions.Oldest,
            Reason = (RefusalWire)refused.Reason, Detail = TextWire.Write(refused.Detail),
        },
        Ping ping => new PingWire { Number = ping.Number },
        Close close => new CloseWire { Number = close.Number },
        Taken taken => new TakenWire { Number = taken.Number, Taken = taken.Last },
        SessionUp up => new UpWire { Number = up.Number, Taken = up.Taken, Server = TextWire.Write(up.Server), Info = Write(up.Info) },
        InfoChanged changed => new InfoChangedWire { Number = changed.Number, Taken = changed.Taken, Info = Write(changed.Info), HasAlternative = changed.HasAlternative },
        GatewayLeaving leaving => new LeavingWire { Number = leaving.Number, Taken = leaving.Taken },
        Written written => new WrittenWire { Number = written.Number, Taken = written.Taken, ThroughSequence = written.ThroughSequence },
        Denied denied => new DeniedWire
        {
            Number = denied.Number, Taken = denied.Taken, Subjects = { denied.Subjects.Select(subject => TextWire.Write(subject)) },
        },
        Confirmed confirmed => Write(confirmed),
        PubAcks acks => new PubAcksWire { Number = acks.Number, Taken = acks.Taken, Acks = { acks.Acks.Select(Write) } },
        SessionLost lost => new LostWire
        {
            Number = lost.Number, Taken = lost.Taken, Kind = (int)EnumWire.Write(lost.Kind), Detail = TextWire.Write(lost.Detail),
        },
        _ => throw new ArgumentException($"{message.GetType().Name} has no wire form", nameof(message)),
    };

    public static Open Read(OpenWire wire) => new(
        wire.Session, new GatewayVersions(wire.Version, wire.OldestVersion), wire.Epoch, TextWire.Read(wire.Publisher),
        wire.HasAckInbox ? TextWire.Read(wire.AckInbox) : null, TimeSpan.FromTicks(wire.ConfirmTimeoutTicks),
        TimeSpan.FromTicks(wire.PingIntervalTicks), wire.MaxMessageBytes);

    public static Refused Read(RefusedWire wire) => new(
        wire.Session, new GatewayVersions(wire.Version, wire.OldestVersion),
        Enum.IsDefined((Refusal)wire.Reason) ? (Refusal)wire.Reason : Refusal.Unknown, TextWire.Read(wire.Detail));

    public static SessionUp Read(UpWire wire) => new(wire.Number, wire.Taken, TextWire.Read(wire.Server), Read(wire.Info));

    public static InfoChanged Read(InfoChangedWire wire) => new(wire.Number, wire.Taken, Read(wire.Info), wire.HasAlternative);

    public static Denied Read(DeniedWire wire) => new(wire.Number, wire.Taken, [.. wire.Subjects.Select(TextWire.Read)]);

    public static Confirmed Read(ConfirmedWire wire) => new(
        wire.Number, wire.Taken, wire.ThroughSequence, wire.HasRoundTripTicks ? TimeSpan.FromTicks(wire.RoundTripTicks) : null);

    public static PubAcks Read(PubAcksWire wire) => new(wire.Number, wire.Taken, [.. wire.Acks.Select(Read)]);

    public static SessionLost Read(LostWire wire) =>
        new(wire.Number, wire.Taken, EnumWire.Read((LinkLossKindWire)wire.Kind), TextWire.Read(wire.Detail));

    private static OpenWire Write(Open open)
    {
        var wire = new OpenWire
        {
            Version = open.Versions.Newest, OldestVersion = open.Versions.Oldest, Session = open.Session, Epoch = open.Epoch,
            Publisher = TextWire.Write(open.Publisher), ConfirmTimeoutTicks = open.ConfirmTimeout.Ticks,
            PingIntervalTicks = open.PingInterval.Ticks, MaxMessageBytes = open.MaxMessageBytes,
        };
        if (open.AckInbox is { } inbox)
        {
            wire.AckInbox = TextWire.Write(inbox);
        }

        return wire;
    }

    private static ConfirmedWire Write(Confirmed confirmed)
    {
        var wire = new ConfirmedWire { Number = confirmed.Number, Taken = confirmed.Taken, ThroughSequence = confirmed.ThroughSequence };
        if (confirmed.RoundTrip is { } roundTrip)
        {
            wire.RoundTripTicks = roundTrip.Ticks;
        }

        return wire;
    }

    private static InfoWire Write(ServerInfo info) => new()
    {
        ServerId = TextWire.Write(info.ServerId), Version = TextWire.Write(info.Version), MaxPayload = info.MaxPayload, Headers = info.Headers,
        ApiLevel = info.ApiLevel, Jetstream = info.JetStream, LameDuck = info.LameDuck,
        MaxBatch = info.MaxBatch,
    };

    private static ServerInfo Read(InfoWire? wire) => wire is null ? new ServerInfo() : new ServerInfo
    {
        ServerId = TextWire.Read(wire.ServerId), Version = TextWire.Read(wire.Version), MaxPayload = wire.MaxPayload, Headers = wire.Headers,
        ApiLevel = wire.ApiLevel, JetStream = wire.Jetstream, LameDuck = wire.LameDuck,
        MaxBatch = wire.MaxBatch > 0 ? wire.MaxBatch : long.MaxValue,
    };

    private static PubAckWire Write(PubAck ack)
    {
        var wire = new PubAckWire
        {
            Sequence = ack.Sequence, StreamSequence = ack.StreamSequence, Duplicate = ack.Duplicate, Code = ack.Code, ErrorCode = ack.ErrorCode,
        };
        if (ack.Stream is { } stream)
        {
            wire.Stream = TextWire.Write(stream);
        }

        if (ack.Error is { } error)
        {
            wire.Error = TextWire.Write(error);
        }

        if (ack.RefusedBy is { } refusedBy)
        {
            wire.RefusedBy = TextWire.Write(refusedBy);
        }

        return wire;
    }

    private static PubAck Read(PubAckWire wire) => new(
        wire.Sequence, wire.HasStream ? TextWire.Read(wire.Stream) : null, wire.StreamSequence, wire.Duplicate, wire.Code, wire.ErrorCode,
        wire.HasError ? TextWire.Read(wire.Error) : null, wire.HasRefusedBy ? TextWire.Read(wire.RefusedBy) : null);
}
