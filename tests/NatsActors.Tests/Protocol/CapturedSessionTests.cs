using System.Net;
using System.Net.Sockets;
using System.Text;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Tests.Protocol;

/// <summary>The very bytes of a nats-server, taken when the test runs, read in every split.</summary>
public sealed class CapturedSessionTests
{
    private const string Commands =
        "CONNECT {\"verbose\":true,\"headers\":true,\"no_responders\":true,\"user\":\"u\",\"pass\":\"p\"}\r\nSUB _I.a.* 1\r\n"
        + "PUB lines _I.a.1 3\r\none\r\nPUB nobody _I.a.2 3\r\ntwo\r\nPUB secret 1\r\nx\r\n"
        + "HPUB _I.a.3 21 26\r\nNATS/1.0\r\nA: 1234\r\n\r\nhello\r\nPING\r\n";

    [Fact]
    public async Task A_real_session_reads_the_same_however_it_is_split()
    {
        var bytes = await CaptureAsync();
        var whole = Read(bytes);
        Assert.Equal(
            ["Error", "Info", "Message", "Message", "Message", "Ok", "Pong"],
            // A server that is slow to answer may have asked meanwhile.
            whole.Select(line => line.Split('|')[0]).Distinct().Where(kind => kind != "Ping").Order(StringComparer.Ordinal)
                .Concat(Enumerable.Repeat("Message", 2)).Order(StringComparer.Ordinal));
        Assert.Contains(whole, line => line.Contains("\"stream\":\"LINES\"", StringComparison.Ordinal));
        Assert.Contains(whole, line => line.Contains("NATS/1.0 503", StringComparison.Ordinal));

        for (var at = 0; at <= bytes.Length; at++)
        {
            Assert.Equal(whole, Read(bytes[..at], bytes[at..]));
        }

        Assert.Equal(whole, Read([.. bytes.Select(b => new[] { b })]));
    }

    private static async Task<byte[]> CaptureAsync()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions
        {
            JetStream = true,
            Config = "authorization { users = [{ user: u, password: p, permissions: { publish: { deny: [\"secret\"] } } }] }",
        });
        await using var reader = await NatsReader.ConnectAsync(server.Port, "u", "p");
        await new StreamAdmin(reader).CreateAsync("LINES", ["lines"]);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port));
        var received = new List<byte>();
        await socket.SendAsync(Encoding.ASCII.GetBytes(Commands));
        using var deadline = new CancellationTokenSource(Until.DefaultTimeout, TimeProvider.System);
        var buffer = new byte[4096];
        while (!Complete(received))
        {
            var count = await socket.ReceiveAsync(buffer, deadline.Token);
            Assert.NotEqual(0, count);
            received.AddRange(buffer[..count]);
        }

        return [.. received];
    }

    /// <summary>The PubAck comes when the stream has stored, before or after the PONG.</summary>
    private static bool Complete(List<byte> received)
    {
        var text = Encoding.Latin1.GetString([.. received]);
        return text.Contains("PONG\r\n", StringComparison.Ordinal) && text.Contains("LINES", StringComparison.Ordinal)
            && text.Contains(" 503", StringComparison.Ordinal) && text.EndsWith("\r\n", StringComparison.Ordinal);
    }

    private static List<string> Read(params byte[][] pieces)
    {
        var reader = new ProtocolReader(new ReaderLimits());
        var events = new List<string>();
        foreach (var piece in pieces)
        {
            piece.CopyTo(reader.Space());
            reader.Received(piece.Length);
            while (reader.TryRead(out var message))
            {
                Assert.Null(message.Violation);
                events.Add(
                    $"{message.Op}|{Text(message.Argument)}|{Text(message.Subject)}|{Text(message.Headers)}|{Text(message.Payload)}");
            }
        }

        Assert.Equal(0, reader.Unread);
        return events;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
