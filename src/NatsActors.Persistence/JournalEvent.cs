using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Serialization;

namespace NatsActors.Persistence;

/// <summary>What a journal keeps: the bytes of one <see cref="Entry"/> behind their checksum.</summary>
internal sealed class JournalEvent(byte[] bytes)
{
    public byte[] Bytes => bytes;
}

/// <summary>Writes and reads nothing but bytes: what does not parse is the reader's to report, and must not fail the recovery.</summary>
internal sealed class EntrySerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string ManifestText = "E1";

    public override string Manifest(object o) => ManifestText;

    public override byte[] ToBinary(object obj) => obj is JournalEvent entry
        ? entry.Bytes
        : throw new ArgumentException($"{obj.GetType()} is no event of a publisher's journal", nameof(obj));

    public override object FromBinary(byte[] bytes, string manifest) => new JournalEvent(bytes);
}

/// <summary>CRC-32C in front of the bytes: a journal's store may give back others than it was given.</summary>
internal static class Checksum
{
    public const int Size = sizeof(uint);

    public static void Write(Span<byte> bytes) => BinaryPrimitives.WriteUInt32LittleEndian(bytes, Of(bytes[Size..]));

    public static bool Holds(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= Size && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == Of(bytes[Size..]);

    private static uint Of(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            sum = BitOperations.Crc32C(sum, word);
        }

        foreach (var rest in bytes[(words.Length * sizeof(ulong))..])
        {
            sum = BitOperations.Crc32C(sum, rest);
        }

        return ~sum;
    }
}
