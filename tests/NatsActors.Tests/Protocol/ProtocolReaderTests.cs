using System.Text;
using NatsActors.Protocol;

namespace NatsActors.Tests.Protocol;

public sealed class ProtocolReaderTests
{
    private const string Session =
        "INFO {\"server_id\":\"A\",\"headers\":true} \r\n+OK\r\nping\r\nPoNg\r\nPONG\n-ERR 'Unknown Protocol Operation'\r\n"
        + "MSG _I.a.1 1 5\r\nhello\r\nMSG _I.a.2 1 reply.to 0\r\n\r\nHMSG _I.a.3 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n"
        + "hmsg\t_I.a.4  1 r 12 14\r\nNATS/1.0\r\n\r\nhi\r\n-ERR 'Permissions Violation for Publish to \"a'b\"'\r\nPONG\r\n";

    private static readonly string[] Events =
    [
        "Info|{\"server_id\":\"A\",\"headers\":true}", "Ok", "Ping", "Pong", "Pong", "Error|Unknown Protocol Operation",
        "Message|_I.a.1||hello", "Message|_I.a.2||", "Message|_I.a.3|NATS/1.0 503\r\n\r\n|", "Message|_I.a.4|NATS/1.0\r\n\r\n|hi",
        "Error|Permissions Violation for Publish to \"a'b\"", "Pong",
    ];

    [Fact]
    public void A_session_is_read_whole() => Assert.Equal(Events, Read(Bytes(Session)));

    [Fact]
    public void A_session_split_anywhere_reads_the_same()
    {
        var bytes = Bytes(Session);
        for (var at = 0; at <= bytes.Length; at++)
        {
            Assert.Equal(Events, Read(bytes[..at], bytes[at..]));
        }

        Assert.Equal(Events, Read([.. bytes.Select(b => new[] { b })]));
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "unknown operation: \"HTTP/1.1 400 Bad Request\"")]
    [InlineData("\r\n", "unknown operation")]
    [InlineData("\0\u0001\u0002\n", "unknown operation: \"...\"")]
    [InlineData("MSG a 1\r\n", "malformed MSG")]
    [InlineData("MSG a\r\n", "malformed MSG")]
    [InlineData("MSG a 1 b c 5\r\n", "malformed MSG")]
    [InlineData("MSG a 1 b c d e 5\r\n", "malformed MSG")]
    [InlineData("HMSG a 1 5\r\n", "malformed MSG")]
    [InlineData("MSG a 1 x\r\n", "bad or too large size")]
    [InlineData("MSG a 1 -5\r\n", "bad or too large size")]
    [InlineData("MSG a 1 +5\r\n", "bad or too large size")]
    [InlineData("MSG a 1 5x\r\n", "bad or too large size")]
    [InlineData("MSG a 1 65537\r\n", "bad or too large size")]
    [InlineData("MSG a 1 99999999999999999999\r\n", "bad or too large size")]
    [InlineData("HMSG a 1 12 11\r\n", "bad or too large size")]
    [InlineData("HMSG a 1 4294967296 4294967297\r\n", "bad or too large size")]
    [InlineData("MSG a 1 2\r\nabcdef", "does not end where its size says")]
    public void What_is_no_protocol_is_named(string input, string reason)
    {
        var last = Read(Bytes(input))[^1];

        Assert.StartsWith("Violation|", last, StringComparison.Ordinal);
        Assert.Contains(reason, last, StringComparison.Ordinal);
        Assert.True(last.Length < 200);
        Assert.DoesNotContain(last, char.IsControl);
    }

    [Theory]
    [InlineData("", 4096)]
    [InlineData("PONG", 4096)]
    [InlineData("MSG ", 4096)]
    [InlineData("-ERR '", 32 * 1024)]
    [InlineData("info {", 1024 * 1024)]
    public void A_line_that_never_ends_stops_at_its_limit(string start, int limit)
    {
        var reader = new ProtocolReader(new ReaderLimits());
        var received = Feed(reader, Bytes(start));
        var filler = Bytes(new string('x', 1000));
        while (!reader.TryRead(out var message))
        {
            Assert.Equal(default, message.Op);
            received += Feed(reader, filler);
            Assert.True(received < 3 * 1024 * 1024, "The reader never gave up.");
        }

        Assert.InRange(received, limit, limit + 2000);
        Assert.True(reader.Capacity <= 2 * Math.Max(limit, ProtocolReader.StartSize));
    }

    [Fact]
    public void The_buffer_falls_back_after_a_long_INFO()
    {
        var reader = new ProtocolReader(new ReaderLimits());
        Feed(reader, Bytes("INFO {" + new string(' ', 900_000) + "}\r\n"));
        Assert.True(reader.TryRead(out var info));
        Assert.Equal(ServerOp.Info, info.Op);
        Assert.True(reader.Capacity >= 900_000);

        reader.Space();

        Assert.Equal(ProtocolReader.StartSize, reader.Capacity);
    }

    [Fact]
    public void The_buffer_does_not_grow_for_many_small_operations()
    {
        var reader = new ProtocolReader(new ReaderLimits());
        var pongs = Bytes(string.Concat(Enumerable.Repeat("PONG\r\n", 1000)) + "PON");
        for (var i = 0; i < 100; i++)
        {
            Feed(reader, i == 0 ? pongs : [.. Bytes("G\r\n"), .. pongs]);
            while (reader.TryRead(out var message))
            {
                Assert.Equal(ServerOp.Pong, message.Op);
            }
        }

        Assert.Equal(ProtocolReader.StartSize, reader.Capacity);
    }

    [Fact]
    public void Any_bytes_end_in_operations_or_one_violation()
    {
        var random = new Random(20_240_101);
        string[] words = ["INFO ", "MSG a 1 3\r\n", "HMSG a 1 2 3\r\n", "PING", "PONG\r\n", "-ERR '", "+OK\r\n", "\r\n", "\n", " ", "abc"];
        for (var run = 0; run < 5000; run++)
        {
            var input = new List<byte>();
            for (var i = 0; i < 8; i++)
            {
                input.AddRange(random.Next(6) == 0
                    ? [(byte)random.Next(256), (byte)random.Next(256)]
                    : Bytes(words[random.Next(words.Length)]));
            }

            var bytes = input.ToArray();
            Assert.Equal(Read(bytes), Read([.. bytes.Select(b => new[] { b })]));
        }
    }

    private static List<string> Read(params byte[][] pieces)
    {
        var reader = new ProtocolReader(new ReaderLimits());
        var events = new List<string>();
        foreach (var piece in pieces)
        {
            Feed(reader, piece);
            while (reader.TryRead(out var message))
            {
                events.Add(Text(message));
                if (message.Op == ServerOp.Violation)
                {
                    return events;
                }
            }
        }

        return events;
    }

    private static int Feed(ProtocolReader reader, byte[] bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var space = reader.Space();
            var count = Math.Min(space.Length, bytes.Length - at);
            bytes.AsSpan(at, count).CopyTo(space.Span);
            reader.Received(count);
            at += count;
        }

        return bytes.Length;
    }

    private static string Text(in ServerMessage message) => message.Op switch
    {
        ServerOp.Message => $"Message|{Latin(message.Subject)}|{Latin(message.Headers)}|{Latin(message.Payload)}",
        ServerOp.Violation => $"Violation|{message.Violation}",
        ServerOp.Info or ServerOp.Error => $"{message.Op}|{Latin(message.Argument)}",
        _ => $"{message.Op}",
    };

    private static string Latin(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
