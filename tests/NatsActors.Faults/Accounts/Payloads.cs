using System.Buffers.Binary;

namespace NatsActors.Faults;

/// <summary>A payload bears its number, and a body that follows from it, so that a message that was cut or mixed up shows.</summary>
public static class Payloads
{
    private const int Head = sizeof(long);
    private const int LongestBody = 200;

    public static byte[] Create(long number)
    {
        var payload = new byte[Head + BodyOf(number)];
        BinaryPrimitives.WriteInt64BigEndian(payload, number);
        payload.AsSpan(Head).Fill((byte)number);
        return payload;
    }

    public static bool TryRead(ReadOnlySpan<byte> payload, out long number)
    {
        number = 0;
        if (payload.Length < Head)
        {
            return false;
        }

        number = BinaryPrimitives.ReadInt64BigEndian(payload);
        return number is > 0 and < int.MaxValue
            && payload.Length == Head + BodyOf(number)
            && payload[Head..].IndexOfAnyExcept((byte)number) < 0;
    }

    private static int BodyOf(long number) => (int)(number * 37 % LongestBody);
}
