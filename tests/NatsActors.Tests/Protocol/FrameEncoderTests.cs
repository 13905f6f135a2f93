using System.Text;
using NatsActors.Buffer;
using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Tests.Protocol;

public sealed class FrameEncoderTests
{
    [Theory]
    [InlineData("a", null, "", "PUB a 0\r\n\r\n")]
    [InlineData("orders.eu", null, "hello", "PUB orders.eu 5\r\nhello\r\n")]
    [InlineData("orders.eu", "_INBOX.1", "hello", "PUB orders.eu _INBOX.1 5\r\nhello\r\n")]
    [InlineData("größe.日本.😀", "antwort.ü", "x", "PUB größe.日本.😀 antwort.ü 1\r\nx\r\n")]
    public void A_message_without_headers_is_a_PUB(string subject, string? replyTo, string payload, string expected)
    {
        Assert.Equal(expected, Encode(new Publish(subject, Encoding.UTF8.GetBytes(payload)) { ReplyTo = replyTo }));
    }

    [Fact]
    public void Headers_make_it_an_HPUB_with_both_sizes()
    {
        var message = new Publish("s", "body"u8.ToArray())
        {
            ReplyTo = "r",
            Id = "i-1",
            Headers = [new("A", "1"), new("A", "zwei ü"), new("Empty", "")],
        };

        const string headers = "NATS/1.0\r\nNats-Msg-Id: i-1\r\nA: 1\r\nA: zwei ü\r\nEmpty: \r\n\r\n";
        var size = Encoding.UTF8.GetByteCount(headers);
        Assert.Equal($"HPUB s r {size} {size + 4}\r\n{headers}body\r\n", Encode(message));
    }

    [Fact]
    public void The_fixed_reply_and_id_take_the_place_of_the_messages_own()
    {
        var message = new Publish("s", "x"u8.ToArray()) { ReplyTo = "own", Id = "own", Headers = [new("Nats-Msg-Id", "own"), new("B", "2")] };
        const string headers = "NATS/1.0\r\nNats-Msg-Id: p.1234567890\r\nB: 2\r\n\r\n";

        var frame = FrameEncoder.Measure(message, new FrameText("_INBOX.acks", 9_876_543_210), new FrameText("p", 1_234_567_890));

        Assert.Equal($"HPUB s _INBOX.acks.9876543210 {headers.Length} {headers.Length + 1}\r\n{headers}x\r\n", Write(frame));
    }

    [Fact]
    public void The_id_that_the_stream_must_have_last_follows_the_messages_own()
    {
        const string headers = "NATS/1.0\r\nNats-Msg-Id: p.2\r\nNats-Expected-Last-Msg-Id: p.1\r\nB: 2\r\n\r\n";

        var frame = FrameEncoder.Measure(
            new Publish("s", "x"u8.ToArray()) { Headers = [new("B", "2")] }, default, new FrameText("p", 2), new FrameText("p", 1));

        Assert.Equal($"HPUB s {headers.Length} {headers.Length + 1}\r\n{headers}x\r\n", Write(frame));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(65_536)]
    [InlineData(1_000_000)]
    public void Measured_sizes_are_those_that_are_written(int size)
    {
        foreach (var id in new[] { null, "id" })
        {
            var frame = FrameEncoder.Measure(new Publish("subject", new byte[size]) { Id = id, ReplyTo = "reply" });
            var text = Write(frame);

            Assert.Equal(text.Length, frame.Length);
            Assert.Equal(text.IndexOf("\r\n", StringComparison.Ordinal), frame.ControlLine);
            Assert.Equal(text.Length - frame.ControlLine - 4, frame.PayloadSize);
            Assert.Equal(id is not null, frame.HasHeaders);
        }
    }

    [Fact]
    public void Encoding_allocates_nothing()
    {
        var message = new Publish("orders.eu.1", new byte[16]) { Headers = [new("A", "ü")] };
        var target = new byte[256];
        // The runtime may compile again and allocate for it, but not in every round.
        Assert.Contains(0, Enumerable.Range(0, 5).Select(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Encode100(message, target);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }));
    }

    [Fact]
    public async Task A_server_and_a_subscriber_read_what_was_encoded()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync(">");
        var recorder = new LinkRecorder(1);
        var link = new LinkFactory(TimeProvider.System).Open(
            new LinkRequest(1, ServerAddress.Parse(server.Url), new ConnectionSettings(), TimeSpan.FromSeconds(10), null), recorder.Report);
        Publish[] messages =
        [
            new("größe.日本.😀", "eins"u8.ToArray()) { ReplyTo = "antwort.ü" },
            new("plain", "zwei"u8.ToArray()) { Id = "id", Headers = [new("Key", "wert ü"), new("Key", "again")] },
            new("empty", default),
        ];
        var bytes = messages.SelectMany(message => Encoding.UTF8.GetBytes(Encode(message))).ToArray();

        await recorder.WaitAsync<LinkUp>();
        link.Write(new FrameBatch(bytes, 1, 3, 3));
        var received = await reader.WaitForAsync(3);

        Assert.Equal(["größe.日本.😀", "plain", "empty"], received.Select(message => message.Subject));
        Assert.Equal(["eins", "zwei", ""], received.Select(message => message.Text));
        Assert.Equal("antwort.ü", received[0].ReplyTo);
        Assert.Equal([new("Nats-Msg-Id", "id"), new("Key", "wert ü"), new("Key", "again")], received[1].Headers);
        link.Close();
        await recorder.LostAsync();
    }

    private static void Encode100(Publish message, byte[] target)
    {
        for (var i = 1; i <= 100; i++)
        {
            FrameEncoder.Measure(message, new FrameText("_INBOX.acks", i), new FrameText("id", i)).Write(target);
        }
    }

    private static string Encode(Publish message) => Write(FrameEncoder.Measure(message));

    private static string Write(FrameEncoder frame)
    {
        var bytes = new byte[frame.Length];
        frame.Write(bytes);
        return Encoding.UTF8.GetString(bytes);
    }
}
