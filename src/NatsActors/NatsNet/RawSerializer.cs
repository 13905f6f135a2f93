using System.Buffers;
using NATS.Client.Core;

namespace NatsActors.NatsNet;

/// <summary>Payloads are bytes already.</summary>
internal sealed class RawSerializer : INatsSerialize<ReadOnlyMemory<byte>>
{
    public static RawSerializer Instance { get; } = new();

    public void Serialize(IBufferWriter<byte> bufferWriter, ReadOnlyMemory<byte> value) => bufferWriter.Write(value.Span);
}
