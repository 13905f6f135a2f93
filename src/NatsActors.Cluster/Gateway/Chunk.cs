using Google.Protobuf;
using NatsActors.Buffer;
using NatsActors.Cluster.Gateway.Wire;

namespace NatsActors.Cluster.Gateway;

/// <summary>
/// A piece of a batch. The piece is made in its wire form, with one copy of the batch's bytes, and read without any: a batch's memory is
/// not the link's any more once the link is lost, and Akka.Remote serializes at a time of its own.
/// </summary>
internal sealed class Chunk : IToSession
{
    /// <summary>Bytes of the other fields at most: five of a tag and at most ten bytes, and the tag and the length of the data.</summary>
    public const int MaxHeaderBytes = 64;

    private const uint DataTag = (ChunkWire.DataFieldNumber << 3) | (uint)WireFormat.WireType.LengthDelimited;

    private Chunk(ChunkWire header, byte[] wire, ReadOnlyMemory<byte> data)
    {
        Number = header.Number;
        BatchBytes = header.BatchBytes;
        Batch = new FrameBatch(default, header.FirstSequence, header.LastSequence, header.Messages);
        Wire = wire;
        Data = data;
    }

    public long Number { get; }

    /// <summary>Bytes of the whole batch in its first piece; 0 in the others.</summary>
    public int BatchBytes { get; }

    /// <summary>The batch without its bytes, in its first piece.</summary>
    public FrameBatch Batch { get; }

    /// <summary>The piece's bytes.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>The serialized message.</summary>
    public byte[] Wire { get; }

    /// <summary>Makes a piece.</summary>
    /// <param name="number">The message's number.</param>
    /// <param name="begun">The batch, when this is its first piece.</param>
    /// <param name="data">The bytes, which are copied.</param>
    public static Chunk Of(long number, FrameBatch? begun, ReadOnlySpan<byte> data)
    {
        var header = new ChunkWire { Number = number };
        if (begun is { } batch)
        {
            header.BatchBytes = batch.Frames.Length;
            header.FirstSequence = batch.FirstSequence;
            header.LastSequence = batch.LastSequence;
            header.Messages = batch.Messages;
        }

        var before = header.CalculateSize();
        var prefix = CodedOutputStream.ComputeTagSize(ChunkWire.DataFieldNumber) + CodedOutputStream.ComputeLengthSize(data.Length);
        var wire = GC.AllocateUninitializedArray<byte>(before + prefix + data.Length);
        var output = new CodedOutputStream(wire);
        header.WriteTo(output);
        output.WriteTag(DataTag);
        output.WriteLength(data.Length);
        output.Flush();
        data.CopyTo(wire.AsSpan(before + prefix));
        return new Chunk(header, wire, wire.AsMemory(before + prefix));
    }

    /// <summary>Reads a piece. What comes behind the data is of a newer version and is ignored.</summary>
    /// <exception cref="InvalidProtocolBufferException">The bytes are no piece.</exception>
    /// <exception cref="System.Runtime.Serialization.SerializationException">The piece is cut off.</exception>
    public static Chunk Read(byte[] wire)
    {
        var header = new ChunkWire();
        var input = new CodedInputStream(wire);
        while (input.ReadTag() is not 0 and var tag)
        {
            if (tag == DataTag)
            {
                var length = input.ReadLength();
                var at = (int)input.Position;
                return length >= 0 && length <= wire.Length - at
                    ? new Chunk(header, wire, wire.AsMemory(at, length))
                    : throw new System.Runtime.Serialization.SerializationException($"A piece of {length} bytes of a batch is cut off after {wire.Length - at}.");
            }

            switch (tag >> 3)
            {
                case ChunkWire.NumberFieldNumber:
                    header.Number = input.ReadInt64();
                    break;
                case ChunkWire.BatchBytesFieldNumber:
                    header.BatchBytes = input.ReadInt32();
                    break;
                case ChunkWire.FirstSequenceFieldNumber:
                    header.FirstSequence = input.ReadInt64();
                    break;
                case ChunkWire.LastSequenceFieldNumber:
                    header.LastSequence = input.ReadInt64();
                    break;
                case ChunkWire.MessagesFieldNumber:
                    header.Messages = input.ReadInt32();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return new Chunk(header, wire, default);
    }

    public override string ToString() => $"Chunk {{ Number = {Number}, BatchBytes = {BatchBytes}, Bytes = {Data.Length} }}";
}
