using System.Buffers.Text;
using System.Text;
using Microsoft.Extensions.Primitives;
using NATS.Client.Core;

namespace NatsActors.NatsNet;

/// <summary>
/// Walks over the frames of a batch and shows each as the client's API takes it. The frames are our own encoder's, so a frame
/// that does not parse is a bug and throws. Keeps the last subject, since neighbours mostly share it.
/// </summary>
internal struct FrameCursor(ReadOnlyMemory<byte> frames)
{
    private ReadOnlyMemory<byte> _rest = frames;
    private ReadOnlyMemory<byte> _subject;

    public string Subject { get; private set; } = "";

    public string? ReplyTo { get; private set; }

    public NatsHeaders? Headers { get; private set; }

    public ReadOnlyMemory<byte> Payload { get; private set; }

    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var end = _rest.Span.IndexOf("\r\n"u8);
        var line = _rest[..end];
        var hasHeaders = line.Span[0] == (byte)'H';
        line = line[(hasHeaders ? "HPUB " : "PUB ").Length..];
        var total = TakeSize(ref line);
        var head = hasHeaders ? TakeSize(ref line) : 0;
        ReadSubjects(line);
        var body = _rest.Slice(end + 2, total);
        Headers = hasHeaders ? ReadHeaders(body.Span[..head]) : null;
        Payload = body[head..];
        _rest = _rest[(end + 2 + total + 2)..];
        return true;
    }

    /// <summary>Cuts the last number off the line.</summary>
    private static int TakeSize(ref ReadOnlyMemory<byte> line)
    {
        var space = line.Span.LastIndexOf((byte)' ');
        if (!Utf8Parser.TryParse(line.Span[(space + 1)..], out int size, out _))
        {
            throw new FormatException("a frame's control line has no size");
        }

        line = line[..space];
        return size;
    }

    private void ReadSubjects(ReadOnlyMemory<byte> line)
    {
        var space = line.Span.IndexOf((byte)' ');
        var subject = space < 0 ? line : line[..space];
        ReplyTo = space < 0 ? null : Encoding.UTF8.GetString(line.Span[(space + 1)..]);
        if (!subject.Span.SequenceEqual(_subject.Span))
        {
            _subject = subject;
            Subject = Encoding.UTF8.GetString(subject.Span);
        }
    }

    /// <summary>The client keeps values by name: names stay in the order of their first value, and their values in order.</summary>
    private static NatsHeaders ReadHeaders(ReadOnlySpan<byte> block)
    {
        var values = new Dictionary<string, StringValues>(StringComparer.Ordinal);
        block = block[(block.IndexOf("\r\n"u8) + 2)..];
        while (block.IndexOf("\r\n"u8) is > 0 and var end)
        {
            var line = block[..end];
            block = block[(end + 2)..];
            var colon = line.IndexOf((byte)':');
            var value = line[(colon + 1)..];
            value = !value.IsEmpty && value[0] == (byte)' ' ? value[1..] : value;
            var name = Encoding.UTF8.GetString(line[..colon]);
            var text = Encoding.UTF8.GetString(value);
            values[name] = values.TryGetValue(name, out var before) ? StringValues.Concat(before, text) : text;
        }

        return new NatsHeaders(values);
    }
}
