using System.Buffers.Text;
using System.Text;

namespace NatsActors.Protocol;

/// <summary>The operations that a server can send.</summary>
internal enum ServerOp
{
    /// <summary>INFO; <see cref="ServerMessage.Argument"/> is its JSON.</summary>
    Info,

    /// <summary>PING.</summary>
    Ping,

    /// <summary>PONG.</summary>
    Pong,

    /// <summary>+OK.</summary>
    Ok,

    /// <summary>-ERR; <see cref="ServerMessage.Argument"/> is its text without the quotes.</summary>
    Error,

    /// <summary>MSG or HMSG.</summary>
    Message,

    /// <summary>The bytes break the protocol; <see cref="ServerMessage.Violation"/> says how. Nothing can be read after them.</summary>
    Violation,
}

/// <summary>One operation of the server. Its spans are valid until the reader gets bytes or is asked for the next operation.</summary>
internal readonly ref struct ServerMessage
{
    public ServerOp Op { get; init; }
    public ReadOnlySpan<byte> Argument { get; init; }
    public ReadOnlySpan<byte> Subject { get; init; }
    public ReadOnlySpan<byte> Headers { get; init; }
    public ReadOnlySpan<byte> Payload { get; init; }
    public string? Violation { get; init; }
}

/// <summary>Limits on what a server may send. Beyond a limit the reader reports a violation and does not grow.</summary>
internal sealed record ReaderLimits
{
    /// <summary>Bytes of a control line: the limit that the server has for its clients.</summary>
    public int ControlLine { get; init; } = SubjectRules.MaxControlLine;

    /// <summary>Bytes of an -ERR line. The line may quote a whole subject, and Go's quoting writes up to four characters for a byte.</summary>
    public int ErrorLine { get; init; } = 32 * 1024;

    /// <summary>Bytes of an INFO line, which lists every server of a cluster.</summary>
    public int InfoLine { get; init; } = 1024 * 1024;

    /// <summary>Bytes of headers and payload of one message. A PubAck has some hundred bytes.</summary>
    public int Message { get; init; } = 64 * 1024;
}

/// <summary>
/// Reads a server's operations from bytes that arrive in pieces of any size. Owns the receive buffer, which starts at
/// <see cref="StartSize"/>, grows only to hold one operation within <see cref="ReaderLimits"/>, and shrinks afterwards.
/// Malformed input makes a <see cref="ServerOp.Violation"/> and never an exception.
/// See https://docs.nats.io/reference/reference-protocols/nats-protocol.
/// </summary>
internal sealed class ProtocolReader(ReaderLimits limits)
{
    public const int StartSize = 32 * 1024;

    private byte[] _buffer = new byte[StartSize];
    private int _start;
    private int _end;
    private int _searched;
    private string? _violation;

    /// <summary>Bytes that were received and not read yet.</summary>
    public int Unread => _end - _start;

    /// <summary>Bytes that the buffer holds now.</summary>
    public int Capacity => _buffer.Length;

    /// <summary>The space for the next bytes; never empty.</summary>
    public Memory<byte> Space()
    {
        if (_start == _end || _violation is not null)
        {
            _start = _end = _searched = 0;
            if (_buffer.Length > StartSize)
            {
                _buffer = new byte[StartSize];
            }
        }
        else if (_end == _buffer.Length)
        {
            // A buffer that is half empty has room enough. Otherwise it holds an operation that the limits allow to grow.
            var target = Unread > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
            System.Buffer.BlockCopy(_buffer, _start, target, 0, Unread);
            _end = Unread;
            _start = 0;
            _buffer = target;
        }

        return _buffer.AsMemory(_end);
    }

    /// <summary>Takes note of <paramref name="count"/> new bytes in <see cref="Space"/>.</summary>
    public void Received(int count) => _end += count;

    /// <summary>The next whole operation; false when more bytes are needed.</summary>
    public bool TryRead(out ServerMessage message)
    {
        message = default;
        if (_violation is not null)
        {
            message = new ServerMessage { Op = ServerOp.Violation, Violation = _violation };
            return true;
        }

        var unread = _buffer.AsSpan(_start, Unread);
        var lineEnd = unread[_searched..].IndexOf((byte)'\n');
        if (lineEnd < 0)
        {
            _searched = unread.Length;
            return unread.Length > LineLimit(unread) && Fail(LineTooLong(unread), out message);
        }

        lineEnd += _searched;
        var line = unread[..lineEnd];
        if (lineEnd > LineLimit(unread))
        {
            return Fail(LineTooLong(unread), out message);
        }

        // While the body of a message is incomplete, the next attempt finds this line end at once.
        _searched = lineEnd;
        if (line.EndsWith("\r"u8))
        {
            line = line[..^1];
        }

        return ReadLine(line, unread[(lineEnd + 1)..], lineEnd + 1, out message);
    }

    private bool ReadLine(ReadOnlySpan<byte> line, ReadOnlySpan<byte> after, int consumed, out ServerMessage message)
    {
        var space = line.IndexOfAny((byte)' ', (byte)'\t');
        var verb = space < 0 ? line : line[..space];
        var argument = space < 0 ? default : Trim(line[(space + 1)..]);
        switch (Verb(verb))
        {
            case ServerOp.Message:
                return ReadMessage(argument, after, consumed, verb.Length == 4, out message);
            case ServerOp.Violation:
                return Fail($"the server sent an unknown operation: \"{Printable(line)}\"", out message);
            case ServerOp.Error:
                message = new ServerMessage { Op = ServerOp.Error, Argument = argument.Trim("'"u8) };
                break;
            case var op:
                message = new ServerMessage { Op = op, Argument = argument };
                break;
        }

        Consume(consumed);
        return true;
    }

    private bool ReadMessage(
        ReadOnlySpan<byte> argument, ReadOnlySpan<byte> after, int consumed, bool headers, out ServerMessage message)
    {
        var line = argument;
        var subject = Token(ref line);
        var subscription = Token(ref line);
        Span<Range> ranges = stackalloc Range[4];
        var count = Tokens(line, ranges);
        var sizes = headers ? 2 : 1;
        if (subject.IsEmpty || subscription.IsEmpty || (count != sizes && count != sizes + 1))
        {
            return Fail($"the server sent a malformed MSG: \"{Printable(argument)}\"", out message);
        }

        var headerSize = 0;
        if (!TrySize(line[ranges[count - 1]], out var total)
            || (headers && (!TrySize(line[ranges[count - 2]], out headerSize) || headerSize > total)))
        {
            return Fail($"the server sent a MSG with a bad or too large size: \"{Printable(argument)}\"", out message);
        }

        message = default;
        if (after.Length < total + 2)
        {
            return false;
        }

        if (!after.Slice(total, 2).SequenceEqual("\r\n"u8))
        {
            return Fail("the server sent a message that does not end where its size says", out message);
        }

        message = new ServerMessage
        {
            Op = ServerOp.Message,
            Subject = subject,
            Headers = after[..headerSize],
            Payload = after[headerSize..total],
        };
        Consume(consumed + total + 2);
        return true;
    }

    /// <summary>At most 64 characters of the server's bytes, fit for a log line.</summary>
    public static string Printable(ReadOnlySpan<byte> bytes)
    {
        const int Longest = 64;
        var text = new StringBuilder(Longest + 3);
        foreach (var b in bytes[..Math.Min(bytes.Length, Longest)])
        {
            text.Append(b is >= (byte)' ' and <= (byte)'~' ? (char)b : '.');
        }

        return bytes.Length > Longest ? text.Append("...").ToString() : text.ToString();
    }

    private void Consume(int count)
    {
        _start += count;
        _searched = 0;
    }

    private bool Fail(string violation, out ServerMessage message)
    {
        _violation = violation;
        message = new ServerMessage { Op = ServerOp.Violation, Violation = violation };
        return true;
    }

    private bool TrySize(ReadOnlySpan<byte> digits, out int size) =>
        Utf8Parser.TryParse(digits, out size, out var used) && used == digits.Length && size >= 0 && size <= limits.Message
        && char.IsAsciiDigit((char)digits[0]);

    private int LineLimit(ReadOnlySpan<byte> line)
    {
        if (Starts(line, "INFO"u8))
        {
            return limits.InfoLine;
        }

        return Starts(line, "-ERR"u8) ? limits.ErrorLine : limits.ControlLine;
    }

    private string LineTooLong(ReadOnlySpan<byte> line) =>
        $"the server sent a line of more than {LineLimit(line)} bytes: \"{Printable(line)}\"";

    private static bool Starts(ReadOnlySpan<byte> line, ReadOnlySpan<byte> verb) =>
        line.Length >= verb.Length && Ascii.EqualsIgnoreCase(line[..verb.Length], verb);

    private static ServerOp Verb(ReadOnlySpan<byte> verb) => verb.Length switch
    {
        3 when Ascii.EqualsIgnoreCase(verb, "MSG"u8) => ServerOp.Message,
        3 when Ascii.EqualsIgnoreCase(verb, "+OK"u8) => ServerOp.Ok,
        4 when Ascii.EqualsIgnoreCase(verb, "PONG"u8) => ServerOp.Pong,
        4 when Ascii.EqualsIgnoreCase(verb, "HMSG"u8) => ServerOp.Message,
        4 when Ascii.EqualsIgnoreCase(verb, "PING"u8) => ServerOp.Ping,
        4 when Ascii.EqualsIgnoreCase(verb, "INFO"u8) => ServerOp.Info,
        4 when Ascii.EqualsIgnoreCase(verb, "-ERR"u8) => ServerOp.Error,
        _ => ServerOp.Violation,
    };

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t"u8);

    private static ReadOnlySpan<byte> Token(scoped ref ReadOnlySpan<byte> line)
    {
        line = Trim(line);
        var end = line.IndexOfAny((byte)' ', (byte)'\t');
        var token = end < 0 ? line : line[..end];
        line = end < 0 ? default : Trim(line[end..]);
        return token;
    }

    private static int Tokens(ReadOnlySpan<byte> line, Span<Range> ranges)
    {
        var count = 0;
        var at = 0;
        while (at < line.Length && count < ranges.Length)
        {
            var length = line[at..].IndexOfAny((byte)' ', (byte)'\t');
            var end = length < 0 ? line.Length : at + length;
            if (end > at)
            {
                ranges[count++] = at..end;
            }

            at = end + 1;
        }

        return count;
    }
}
