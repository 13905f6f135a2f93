using System.Buffers.Binary;

namespace NatsActors.Crash;

/// <summary>Names a message by the life of the process that published it and its number in that life, which starts at 1.</summary>
public readonly record struct Stamp(int Life, int Number)
{
    private const int Head = 2 * sizeof(int);
    private const int LongestBody = 200;
    private const int LongBody = 20_000;

    /// <summary>The subject of all messages.</summary>
    public const string Subject = "crash.messages";

    /// <summary>The message expires if it waits for long: it may be missing.</summary>
    public bool MayExpire => Number % 8 == 3;

    /// <summary>The bytes of the message on the wire.</summary>
    public int FrameBytes
    {
        get
        {
            var size = Head + BodyBytes;
            return $"PUB {Subject} {size}\r\n".Length + size + "\r\n".Length;
        }
    }

    private int BodyBytes => Number % 61 == 0 ? Number % LongBody : (int)(Number * 37L % LongestBody);

    private byte Filling => (byte)(Number + (Life * 31));

    public byte[] ToPayload()
    {
        var payload = new byte[Head + BodyBytes];
        BinaryPrimitives.WriteInt32BigEndian(payload, Life);
        BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(sizeof(int)), Number);
        payload.AsSpan(Head).Fill(Filling);
        return payload;
    }

    /// <summary>False when the payload is not what was published.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out Stamp stamp)
    {
        stamp = default;
        if (payload.Length < Head)
        {
            return false;
        }

        stamp = new Stamp(BinaryPrimitives.ReadInt32BigEndian(payload), BinaryPrimitives.ReadInt32BigEndian(payload[sizeof(int)..]));
        return stamp is { Life: > 0, Number: > 0 }
            && payload.Length == Head + stamp.BodyBytes
            && payload[Head..].IndexOfAnyExcept(stamp.Filling) < 0;
    }

    /// <summary>For the correlation id of a message whose outcome is wanted.</summary>
    public override string ToString() => $"{Life}-{Number}";

    public static Stamp Parse(string text)
    {
        var parts = text.Split('-');
        return new Stamp(Number(parts[0]), Number(parts[1]));

        static int Number(string part) => int.Parse(part, System.Globalization.CultureInfo.InvariantCulture);
    }
}
