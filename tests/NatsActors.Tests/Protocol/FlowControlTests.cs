using System.Net;
using System.Net.Sockets;
using System.Text;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Tests.Protocol;

/// <summary>
/// What a stream answers to messages that come faster than it stores them, read from a nats-server. Servers before 2.11 have no
/// such limit, and then that is what is asserted.
/// </summary>
public sealed class FlowControlTests
{
    private const int Burst = 5_000;
    private const int Bursts = 20;
    private const string Payload = "x";
    private const string Limit = "max_buffered_msgs: 50";

    private const string Answer =
        "NATS/1.0 429 Too Many Requests\r\n\r\n"
        + """{"error":{"code":429,"err_code":10167,"description":"too many requests"},"stream":"S","seq":0}""";

    private static readonly Version FirstWithLimit = new(2, 11);

    private readonly ProtocolReader _reader = new(new ReaderLimits());
    private readonly PubAckReader _acks = new("_I");

    [Fact]
    public async Task A_stream_that_is_asked_too_fast_says_so_with_a_status_and_an_error_code()
    {
        if (await VersionAsync() < FirstWithLimit)
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(StartLimitedAsync);
            Assert.Contains("unknown field \"max_buffered_msgs\"", error.Message, StringComparison.Ordinal);
            return;
        }

        await using var server = await StartLimitedAsync();
        await using (var admin = await NatsReader.ConnectAsync(server.Port))
        {
            await new StreamAdmin(admin).CreateAsync("S", ["s"]);
        }

        using var deadline = new CancellationTokenSource(Until.DefaultTimeout, TimeProvider.System);
        using var socket = await ConnectAsync(server.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes("CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\nSUB _I.* 1\r\n"));
        var refused = new List<string>();
        var stored = 0;
        for (var burst = 0; burst < Bursts && refused.Count == 0; burst++)
        {
            await socket.SendAsync(Frames(burst * Burst));
            for (var answers = 0; answers < Burst;)
            {
                _reader.Received(await socket.ReceiveAsync(_reader.Space(), deadline.Token));
                answers += ReadAnswers(refused, ref stored);
            }
        }

        Assert.Equal([Answer], refused.Distinct());
        Assert.NotEqual(0, stored);
    }

    private static Task<NatsServer> StartLimitedAsync() =>
        NatsServer.StartAsync(new NatsServerOptions { JetStream = true, JetStreamConfig = Limit });

    private static async Task<Version> VersionAsync()
    {
        await using var server = await NatsServer.StartAsync();
        using var socket = await ConnectAsync(server.Port);
        using var reader = new StreamReader(new NetworkStream(socket));
        var line = await reader.ReadLineAsync();
        Assert.True(ServerInfoJson.TryParse(Encoding.UTF8.GetBytes(line!["INFO ".Length..]), out var info));
        return Version.Parse(info.Version.Split('-')[0]);
    }

    private static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private static byte[] Frames(int from) =>
        Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(from + 1, Burst).Select(i => $"PUB s _I.{i} {Payload.Length}\r\n{Payload}\r\n")));

    /// <summary>Reads what has arrived: keeps the refusals as they came, counts the PubAcks.</summary>
    private int ReadAnswers(List<string> refused, ref int stored)
    {
        var answers = 0;
        while (_reader.TryRead(out var message))
        {
            Assert.True(message.Op is ServerOp.Info or ServerOp.Ping or ServerOp.Message, $"{message.Op} {message.Violation}");
            if (message.Op != ServerOp.Message)
            {
                continue;
            }

            answers++;
            Assert.True(_acks.TryRead(message, out var ack));
            if (ack.Stream is not null)
            {
                stored++;
                continue;
            }

            Assert.Equal((429, 10167, "too many requests"), (ack.Code, ack.ErrorCode, ack.Error));
            refused.Add(Encoding.UTF8.GetString(message.Headers) + Encoding.UTF8.GetString(message.Payload));
        }

        return answers;
    }
}
