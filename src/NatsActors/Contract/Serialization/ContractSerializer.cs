using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;
using NatsActors.Serialization.Wire;

namespace NatsActors.Serialization;

/// <summary>
/// Akka's serializer for the contract: protobuf by contract.proto, with the manifests of <see cref="ContractTable"/>.
/// <c>reference.conf</c> registers it; its identifier is <c>akka.actor.serialization-identifiers</c> there.
/// </summary>
/// <remarks>
/// The serializer throws <see cref="SerializationException"/> only. After that exception Akka.Remote drops one message; after any
/// other exception it ends the connection. A message that cannot be sent to a publisher crosses as <see cref="UnsentMessage"/>, so
/// that the publisher can answer its sender.
/// </remarks>
internal sealed class ContractSerializer : SerializerWithStringManifest
{
    // Sizes in protobuf are 32-bit numbers. The limit leaves room for the fields around the payloads.
    private const int MaxBytes = 1 << 30;

    private readonly RemoteFrame _frame;

    public ContractSerializer(ExtendedActorSystem system)
        : base(system)
    {
        _frame = new RemoteFrame(system);
    }

    /// <inheritdoc/>
    public override string Manifest(object o) => EntryOf(o).Manifest;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        var entry = EntryOf(obj);
        var limit = _frame.Limit;
        try
        {
            var wire = entry.Write(obj);
            return (limit is { } bytes ? Fit(obj, wire, bytes) : Whole(obj, wire)).ToByteArray();
        }
        catch (Exception error) when (error is not SerializationException)
        {
            return limit is not null && Unsent(obj, (id, batch) => new UnreadableMessage(id, batch, error.GetType().Name)) is { } unsent
                ? unsent.ToByteArray()
                : throw new SerializationException($"A {entry.Type.Name} could not be serialized: {error.GetType().Name}", error);
        }
    }

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (ContractTable.Find(manifest) is not { } entry)
        {
            throw new SerializationException(
                $"This version of NatsActors has no message with the manifest '{manifest}'. Probably a newer version of NatsActors "
                + "has sent the message; update the system that receives it first.");
        }

        try
        {
            return entry.Read(bytes);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new SerializationException(
                $"{bytes.Length} bytes with the manifest '{manifest}' of NatsActors are not a {entry.Type.Name}.", error);
        }
    }

    private static ContractTable.Entry EntryOf(object message) => ContractTable.Find(message.GetType())
        ?? throw new SerializationException($"{message.GetType()} is not a message of NatsActors' contract; it needs a serializer of its own.");

    private static IMessage Whole(object message, IMessage wire) => SizeOf(wire) <= MaxBytes
        ? wire
        : throw new SerializationException($"A {message.GetType().Name} of {SizeOf(wire)} bytes is too large to be serialized; the limit is {MaxBytes}.");

    /// <summary>The wire form, or the stand-in for a wire form that does not fit into one frame.</summary>
    private static IMessage Fit(object message, IMessage wire, long limit)
    {
        var size = SizeOf(wire);
        var room = limit - OversizedMessage.EnvelopeBytes;
        if (size <= room)
        {
            return wire;
        }

        return wire is DrainedWire drained
            ? ReplyWire.Shorten(drained, room)
            : Unsent(message, (id, batch) => new OversizedMessage(id, batch, size, limit)) ?? throw new SerializationException(
                $"A {message.GetType().Name} takes {size} bytes between actor systems; akka.remote.dot-netty.tcp.maximum-frame-size is "
                + $"{limit}, of which {OversizedMessage.EnvelopeBytes} are for addresses and envelopes. The message is not sent.");
    }

    private static IMessage? Unsent(object message, Func<string?, bool, UnsentMessage> make) => message switch
    {
        Publish publish => new PublishWire { Unsent = UnsentWires.Write(make(publish.CorrelationId, false)) },
        PublishBatch batch => new PublishBatchWire { Unsent = UnsentWires.Write(make(batch.CorrelationId, true)) },
        _ => null,
    };

    private static long SizeOf(IMessage wire)
    {
        var payloads = wire switch
        {
            PublishWire publish => publish.Payload.Length,
            PublishBatchWire batch => batch.Messages.Sum(message => (long)message.Payload.Length),
            _ => 0,
        };
        return payloads > MaxBytes ? payloads : wire.CalculateSize();
    }
}
