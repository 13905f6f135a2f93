using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using NatsActors.Cluster.Gateway.Wire;

namespace NatsActors.Cluster.Gateway;

/// <summary>
/// Akka's serializer for what a link and a gateway tell each other. The package's reference.conf registers it. It throws
/// <see cref="SerializationException"/> only: after that Akka.Remote drops one message, which the receiver notices as a gap; after any
/// other exception Akka.Remote ends the connection of the two systems.
/// </summary>
internal sealed class GatewaySerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string ChunkManifest = "c";

    private static readonly Dictionary<string, Func<byte[], IGatewayMessage>> Readers = new(StringComparer.Ordinal)
    {
        [ChunkManifest] = Chunk.Read,
        ["o"] = Reader<OpenWire>(GatewayWire.Read),
        ["od"] = Reader<OpenedWire>(wire => new Opened(wire.Session, wire.Version, wire.MaxMessageBytes)),
        ["r"] = Reader<RefusedWire>(GatewayWire.Read),
        ["p"] = Reader<PingWire>(wire => new Ping(wire.Number)),
        ["x"] = Reader<CloseWire>(wire => new Close(wire.Number)),
        ["t"] = Reader<TakenWire>(wire => new Taken(wire.Number, wire.Taken)),
        ["u"] = Reader<UpWire>(GatewayWire.Read),
        ["i"] = Reader<InfoChangedWire>(GatewayWire.Read),
        ["g"] = Reader<LeavingWire>(wire => new GatewayLeaving(wire.Number, wire.Taken)),
        ["w"] = Reader<WrittenWire>(wire => new Written(wire.Number, wire.Taken, wire.ThroughSequence)),
        ["d"] = Reader<DeniedWire>(GatewayWire.Read),
        ["f"] = Reader<ConfirmedWire>(GatewayWire.Read),
        ["a"] = Reader<PubAcksWire>(GatewayWire.Read),
        ["l"] = Reader<LostWire>(GatewayWire.Read),
    };

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        Chunk => ChunkManifest,
        Open => "o",
        Opened => "od",
        Refused => "r",
        Ping => "p",
        Close => "x",
        Taken => "t",
        SessionUp => "u",
        InfoChanged => "i",
        GatewayLeaving => "g",
        Written => "w",
        Denied => "d",
        Confirmed => "f",
        PubAcks => "a",
        SessionLost => "l",
        _ => throw Foreign(o),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => obj switch
    {
        Chunk chunk => chunk.Wire,
        IGatewayMessage message => GatewayWire.Write(message).ToByteArray(),
        _ => throw Foreign(obj),
    };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (!Readers.TryGetValue(manifest, out var read))
        {
            throw new SerializationException(
                $"This version of NatsActors.Cluster has no message with the manifest '{manifest}'; probably a newer version has sent it.");
        }

        try
        {
            return read(bytes);
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or OverflowException)
        {
            throw new SerializationException($"{bytes.Length} bytes with the manifest '{manifest}' of NatsActors.Cluster are no message.", error);
        }
    }

    private static Func<byte[], IGatewayMessage> Reader<TWire>(Func<TWire, IGatewayMessage> read)
        where TWire : class, IMessage<TWire>, new()
    {
        var parser = new MessageParser<TWire>(() => new TWire()).WithDiscardUnknownFields(true);
        return bytes => read(parser.ParseFrom(bytes));
    }

    private static SerializationException Foreign(object message) =>
        new($"{message.GetType()} is not a message between a link and a gateway; it needs a serializer of its own.");
}
