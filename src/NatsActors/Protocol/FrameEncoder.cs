using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;

namespace NatsActors.Protocol;

/// <summary>
/// A text that may end in <c>.sequence</c>: the ack inbox of a frame, or a message id that the publisher makes. The two parts are kept
/// apart, so that no string is made for each message.
/// </summary>
/// <param name="Text">The text or its prefix; null for none.</param>
/// <param name="Sequence">The number behind the prefix and a dot; 0 for none.</param>
internal readonly record struct FrameText(string? Text, long Sequence = 0)
{
    public bool IsNone => Text is null;

    public static implicit operator FrameText(string? text) => new(text);
}

/// <summary>
/// Measures and writes one frame: <c>PUB</c>, or <c>HPUB</c> when there are headers or a message id. The size is exact before a byte
/// is written, writing is one pass, and nothing is allocated. The caller must check the text (<see cref="SubjectRules"/>,
/// <see cref="HeaderRules"/>), because text that breaks the rules would break the connection.
/// See https://docs.nats.io/reference/reference-protocols/nats-protocol#pub.
/// </summary>
internal readonly ref struct FrameEncoder
{
    /// <summary>The header by which a stream recognises a duplicate.</summary>
    public const string MessageIdHeader = "Nats-Msg-Id";

    private const int VersionLine = 10; // NATS/1.0 and its line end
    private const int LineEnd = 2;

    private readonly string _subject;
    private readonly ReadOnlySpan<byte> _payload;
    private readonly IReadOnlyList<KeyValuePair<string, string>>? _headers;
    private readonly FrameText _replyTo;
    private readonly FrameText _messageId;
    private readonly FrameText _expectedLastId;
    private readonly int _subjectBytes;
    private readonly int _replyBytes;
    private readonly int _headerBytes;

    private FrameEncoder(
        string subject, ReadOnlySpan<byte> payload, IReadOnlyList<KeyValuePair<string, string>>? headers,
        FrameText replyTo, FrameText messageId, FrameText expectedLastId)
    {
        _subject = subject;
        _payload = payload;
        _headers = headers;
        _replyTo = replyTo;
        _messageId = messageId;
        _expectedLastId = expectedLastId;
        _subjectBytes = Utf8Length(subject);
        _replyBytes = Utf8Length(replyTo);
        _headerBytes = headers is { Count: > 0 } || !messageId.IsNone ? MeasureHeaders(headers, messageId, expectedLastId) : 0;
        PayloadSize = (long)_headerBytes + payload.Length;
        ControlLine = 4 + _subjectBytes + 1 + Digits(PayloadSize)
            + (replyTo.IsNone ? 0 : _replyBytes + 1)
            + (_headerBytes == 0 ? 0 : 1 + Digits(_headerBytes) + 1);
        Length = ControlLine + LineEnd + PayloadSize + LineEnd;
    }

    /// <summary>Wire bytes of the whole frame.</summary>
    public long Length { get; }

    /// <summary>Bytes of the control line without its line end. The server allows <see cref="SubjectRules.MaxControlLine"/>.</summary>
    public int ControlLine { get; }

    /// <summary>Bytes of headers and payload, which the server compares with its <c>max_payload</c>.</summary>
    public long PayloadSize { get; }

    /// <summary>True when the frame is an <c>HPUB</c>, which a server without header support refuses.</summary>
    public bool HasHeaders => _headerBytes > 0;

    /// <summary>Measures <paramref name="message"/> with its own reply-to and id.</summary>
    public static FrameEncoder Measure(Publish message) => Measure(message, message.ReplyTo, message.Id);

    /// <summary>Measures <paramref name="message"/> with the reply-to and the ids that the publisher fixed for it.</summary>
    public static FrameEncoder Measure(Publish message, FrameText replyTo, FrameText messageId, FrameText expectedLastId = default) =>
        new(message.Subject, message.Payload.Span, message.Headers, replyTo, messageId, expectedLastId);

    /// <summary>Measures a message that has no <see cref="Publish"/>.</summary>
    public static FrameEncoder Measure(
        string subject, ReadOnlySpan<byte> payload, IReadOnlyList<KeyValuePair<string, string>>? headers = null,
        FrameText replyTo = default, FrameText messageId = default, FrameText expectedLastId = default) =>
        new(subject, payload, headers, replyTo, messageId, expectedLastId);

    /// <summary>Writes the frame to the first <see cref="Length"/> bytes of <paramref name="destination"/>.</summary>
    public void Write(Span<byte> destination)
    {
        var rest = destination[..checked((int)Length)];
        if (_headerBytes == 0)
        {
            "PUB "u8.CopyTo(rest);
            rest = rest[4..];
        }
        else
        {
            "HPUB "u8.CopyTo(rest);
            rest = rest[5..];
        }

        rest = WriteText(rest, _subject, _subjectBytes);
        rest = WriteByte(rest, (byte)' ');
        if (!_replyTo.IsNone)
        {
            rest = WriteText(rest, _replyTo, _replyBytes);
            rest = WriteByte(rest, (byte)' ');
        }

        if (_headerBytes > 0)
        {
            rest = WriteNumber(rest, _headerBytes);
            rest = WriteByte(rest, (byte)' ');
        }

        rest = WriteLineEnd(WriteNumber(rest, PayloadSize));
        if (_headerBytes > 0)
        {
            rest = WriteHeaders(rest);
        }

        _payload.CopyTo(rest);
        rest = WriteLineEnd(rest[_payload.Length..]);
        Debug.Assert(rest.IsEmpty, "A frame was measured and written differently.");
    }

    private static int MeasureHeaders(IReadOnlyList<KeyValuePair<string, string>>? headers, FrameText messageId, FrameText expectedLastId)
    {
        long size = VersionLine + LineEnd;
        if (!messageId.IsNone)
        {
            size += MessageIdHeader.Length + 2 + Utf8Length(messageId) + LineEnd;
        }

        if (!expectedLastId.IsNone)
        {
            size += StreamCondition.Name.Length + Utf8Length(expectedLastId) + LineEnd;
        }

        for (var i = 0; i < (headers?.Count ?? 0); i++)
        {
            var (name, value) = headers![i];
            if (!Replaced(name, messageId))
            {
                size += Utf8Length(name) + 2 + Utf8Length(value) + LineEnd;
            }
        }

        return checked((int)size);
    }

    private Span<byte> WriteHeaders(Span<byte> rest)
    {
        "NATS/1.0\r\n"u8.CopyTo(rest);
        rest = rest[VersionLine..];
        if (!_messageId.IsNone)
        {
            "Nats-Msg-Id: "u8.CopyTo(rest);
            rest = rest[(MessageIdHeader.Length + 2)..];
            rest = WriteLineEnd(WriteText(rest, _messageId, Utf8Length(_messageId)));
        }

        if (!_expectedLastId.IsNone)
        {
            StreamCondition.Name.CopyTo(rest);
            rest = rest[StreamCondition.Name.Length..];
            rest = WriteLineEnd(WriteText(rest, _expectedLastId, Utf8Length(_expectedLastId)));
        }

        for (var i = 0; i < (_headers?.Count ?? 0); i++)
        {
            var (name, value) = _headers![i];
            if (!Replaced(name, _messageId))
            {
                rest = WriteText(rest, name, Utf8Length(name));
                ": "u8.CopyTo(rest);
                rest = WriteLineEnd(WriteText(rest[2..], value, Utf8Length(value)));
            }
        }

        return WriteLineEnd(rest);
    }

    /// <summary>A frame has one message id. Of two ids the server would use the first, and a reader of the stream the last.</summary>
    private static bool Replaced(string name, FrameText messageId) => !messageId.IsNone && name == MessageIdHeader;

    private static int Utf8Length(string text) => Ascii.IsValid(text) ? text.Length : Encoding.UTF8.GetByteCount(text);

    private static int Utf8Length(FrameText text)
    {
        if (text.Text is null)
        {
            return 0;
        }

        return Utf8Length(text.Text) + (text.Sequence == 0 ? 0 : 1 + Digits(text.Sequence));
    }

    private static Span<byte> WriteText(Span<byte> rest, string text, int length)
    {
        // A text with as many bytes as characters is ASCII, because every other character takes at least two bytes.
        if (length == text.Length)
        {
            Ascii.FromUtf16(text, rest, out _);
        }
        else
        {
            Encoding.UTF8.GetBytes(text, rest);
        }

        return rest[length..];
    }

    private static Span<byte> WriteText(Span<byte> rest, FrameText text, int length)
    {
        if (text.Sequence == 0)
        {
            return WriteText(rest, text.Text!, length);
        }

        rest = WriteText(rest, text.Text!, length - 1 - Digits(text.Sequence));
        return WriteNumber(WriteByte(rest, (byte)'.'), text.Sequence);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Span<byte> WriteByte(Span<byte> rest, byte value)
    {
        rest[0] = value;
        return rest[1..];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Span<byte> WriteLineEnd(Span<byte> rest)
    {
        rest[1] = (byte)'\n';
        rest[0] = (byte)'\r';
        return rest[2..];
    }

    private static Span<byte> WriteNumber(Span<byte> rest, long value)
    {
        var digits = Digits(value);
        var at = digits - 1;
        for (; value > uint.MaxValue; at--)
        {
            (value, var digit) = Math.DivRem(value, 10);
            rest[at] = (byte)('0' + digit);
        }

        // Sizes fit into 32 bits. A 32-bit division is several times faster.
        for (var small = (uint)value; at >= 0; at--)
        {
            var tenth = small / 10;
            rest[at] = (byte)('0' + small - (tenth * 10));
            small = tenth;
        }

        return rest[digits..];
    }

    private static int Digits(long value)
    {
        var digits = 0;
        while (value >= 10_000)
        {
            value /= 10_000;
            digits += 4;
        }

        return digits + (value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4);
    }
}
