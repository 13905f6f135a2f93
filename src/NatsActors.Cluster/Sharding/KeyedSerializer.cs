using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using NatsActors.Cluster.Sharding.Wire;
using NatsActors.Serialization;

namespace NatsActors.Cluster.Sharding;

/// <summary>
/// Akka's serializer for what a region takes from other nodes: the key, and the message as the contract's serializer writes it, so that a
/// message that does not fit into a frame gets its answer here, too. The manifest is that of the contract behind "k.".
/// </summary>
/// <remarks>
/// A manifest that this version does not know is read all the same, because every version has the key in the same place: the message is
/// passed on to the node of its key, which answers it. The serializer throws <see cref="SerializationException"/> only: after that
/// Akka.Remote drops one message; after any other exception it ends the connection of the two systems.
/// </remarks>
internal sealed class KeyedSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string Prefix = "k.";

    private static readonly MessageParser<KeyedWire> Parser = new MessageParser<KeyedWire>(static () => new KeyedWire()).WithDiscardUnknownFields(true);

    private readonly ContractSerializer _contract = new(system);

    /// <inheritdoc/>
    public override string Manifest(object o) => o switch
    {
        KeyedUnknown unknown => unknown.Manifest,
        KeyedMessage message => Prefix + _contract.Manifest(message.Inner),
        _ => throw Foreign(o),
    };

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => obj switch
    {
        KeyedUnknown unknown => unknown.Wire,
        KeyedMessage message => new KeyedWire
        {
            Key = message.Key, Message = UnsafeByteOperations.UnsafeWrap(_contract.ToBinary(message.Inner)),
        }.ToByteArray(),
        _ => throw Foreign(obj),
    };

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        KeyedWire wire;
        try
        {
            wire = Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new SerializationException($"{bytes.Length} bytes with the manifest '{manifest}' of NatsActors.Cluster are no message.", error);
        }

        if (ShardKey.FaultOf(wire.Key) is { } fault)
        {
            throw new SerializationException($"The key of a message with the manifest '{manifest}' of NatsActors.Cluster {fault}.");
        }

        return Read(wire, manifest) ?? new KeyedUnknown(wire.Key, manifest, bytes);
    }

    /// <summary>The message; null for one that this version does not know.</summary>
    private KeyedMessage? Read(KeyedWire wire, string manifest)
    {
        var inner = manifest.StartsWith(Prefix, StringComparison.Ordinal) ? manifest[Prefix.Length..] : "";
        return ContractTable.Find(inner) is null ? null : _contract.FromBinary(wire.Message.ToByteArray(), inner) switch
        {
            Publish publish => new KeyedPublish(wire.Key, publish),
            PublishBatch batch => new KeyedBatch(wire.Key, batch),
            GetStatus => new KeyedStatus(wire.Key),
            Flush flush => new KeyedFlush(wire.Key, flush.Timeout),
            UnsentMessage unsent => new KeyedUnsent(wire.Key, unsent),
            _ => null,
        };
    }

    private static SerializationException Foreign(object message) =>
        new($"{message.GetType()} is not a message to sharded publishers; it needs a serializer of its own.");
}
