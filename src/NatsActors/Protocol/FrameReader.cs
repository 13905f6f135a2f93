using System.Buffers.Text;
using System.Text;

namespace NatsActors.Protocol;

/// <summary>
/// Reads the control line of an encoded frame. An atomic batch is several frames in one piece: they are read one by one with
/// <see cref="Behind(ReadOnlySpan{byte})"/>.
/// </summary>
internal static class FrameReader
{
    private static readonly byte[] MessageIdName = Encoding.ASCII.GetBytes($"\r\n{FrameEncoder.MessageIdHeader}: ");

    public static ReadOnlySpan<byte> Subject(ReadOnlySpan<byte> frame)
    {
        var rest = frame[(frame.IndexOf((byte)' ') + 1)..];
        return rest[..rest.IndexOf((byte)' ')];
    }

    /// <summary>The reply-to; empty when the frame has none.</summary>
    public static ReadOnlySpan<byte> ReplyTo(ReadOnlySpan<byte> frame)
    {
        var sizes = frame[0] == (byte)'H' ? 2 : 1;
        var line = frame[..frame.IndexOf("\r\n"u8)];
        var rest = line[(line.IndexOf((byte)' ') + 1)..];
        rest = rest[(rest.IndexOf((byte)' ') + 1)..];
        return rest.Count((byte)' ') == sizes ? rest[..rest.IndexOf((byte)' ')] : default;
    }

    /// <summary>The header block, with its version line and its empty line; empty when the frame has no headers.</summary>
    public static Span<byte> Headers(Span<byte> frame)
    {
        if (frame.IsEmpty || frame[0] != (byte)'H')
        {
            return default;
        }

        var end = frame.IndexOf("\r\n"u8);
        ReadOnlySpan<byte> line = frame[..end];
        line = line[..line.LastIndexOf((byte)' ')];
        return Utf8Parser.TryParse(line[(line.LastIndexOf((byte)' ') + 1)..], out int size, out _) ? frame.Slice(end + 2, size) : default;
    }

    /// <summary>The message id among the headers of a frame; null for none.</summary>
    public static string? MessageId(ReadOnlySpan<byte> frame) =>
        MessageIdBytes(frame) is { IsEmpty: false } id ? Encoding.UTF8.GetString(id) : null;

    /// <summary>The bytes of the message id among the headers of a frame; empty for none.</summary>
    public static ReadOnlySpan<byte> MessageIdBytes(ReadOnlySpan<byte> frame)
    {
        var start = frame.IndexOf(MessageIdName);
        var value = start < 0 ? default : frame[(start + MessageIdName.Length)..];
        return start < 0 ? default : value[..value.IndexOf("\r\n"u8)];
    }

    public static string SubjectText(ReadOnlySpan<byte> frame) => Encoding.UTF8.GetString(Subject(frame));

    /// <summary>The frames behind the first; empty behind a single message.</summary>
    public static ReadOnlySpan<byte> Behind(ReadOnlySpan<byte> frames) => frames[FrameLength(frames)..];

    /// <inheritdoc cref="Behind(ReadOnlySpan{byte})"/>
    public static Span<byte> Behind(Span<byte> frames) => frames[FrameLength(frames)..];

    /// <summary>The last frame: the one that a stream answers.</summary>
    public static ReadOnlySpan<byte> Last(ReadOnlySpan<byte> frames)
    {
        while (Behind(frames) is { IsEmpty: false } rest)
        {
            frames = rest;
        }

        return frames;
    }

    /// <summary>Bytes of headers and payload, which a server compares with its <c>max_payload</c>.</summary>
    public static long PayloadSize(ReadOnlySpan<byte> frame)
    {
        var line = frame[..frame.IndexOf("\r\n"u8)];
        var size = line[(line.LastIndexOf((byte)' ') + 1)..];
        return Utf8Parser.TryParse(size, out long value, out _) ? value : 0;
    }

    private static int FrameLength(ReadOnlySpan<byte> frames)
    {
        const int LineEnd = 2;
        return (int)(frames.IndexOf("\r\n"u8) + LineEnd + PayloadSize(frames) + LineEnd);
    }
}
