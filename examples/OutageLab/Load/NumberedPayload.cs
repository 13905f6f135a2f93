using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace OutageLab.Load;

/// <summary>The payload of every message: the id of this run, the message's number, and filling up to 128 bytes.</summary>
internal static class NumberedPayload
{
    private const int Size = 128;
    private static readonly long Run = Random.Shared.NextInt64();

    public static byte[] Create(long number)
    {
        var payload = new byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(payload, Run);
        BinaryPrimitives.WriteInt64BigEndian(payload.AsSpan(sizeof(long)), number);
        return payload;
    }

    /// <summary>False for a payload of another run or sender.</summary>
    public static bool TryRead([NotNullWhen(true)] byte[]? payload, out long number)
    {
        number = 0;
        if (payload is not { Length: Size } || BinaryPrimitives.ReadInt64BigEndian(payload) != Run)
        {
            return false;
        }

        number = BinaryPrimitives.ReadInt64BigEndian(payload.AsSpan(sizeof(long)));
        return number > 0;
    }
}
