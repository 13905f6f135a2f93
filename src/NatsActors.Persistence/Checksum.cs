using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace NatsActors.Persistence;

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
