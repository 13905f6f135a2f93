using System.Net;
using System.Net.Sockets;
using System.Text;
using NatsActors.Testing;

namespace NatsActors.Tests.Infrastructure;

/// <summary>Against a plain listener, so that every byte can be counted.</summary>
public sealed class CuttingProxyTests : IAsyncLifetime
{
    private readonly TcpListener _upstream = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _sockets = [];
    private CuttingProxy _proxy = null!;

    public Task InitializeAsync()
    {
        _upstream.Start();
        _proxy = CuttingProxy.Start(((IPEndPoint)_upstream.LocalEndpoint).Port);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _sockets.ForEach(socket => socket.Dispose());
        _upstream.Dispose();
    }

    [Fact]
    public async Task Bytes_pass_both_ways_and_are_counted()
    {
        var (client, server) = await PairAsync();
        await client.SendAsync("hello"u8.ToArray());
        Assert.Equal("hello", await ReadAsync(server, 5));
        await server.SendAsync("PING\r\nPONG\r\n"u8.ToArray());
        Assert.Equal("PING\r\nPONG\r\n", await ReadAsync(client, 12));

        // Bytes are counted behind their hand-over.
        await Until.TrueAsync(() => (_proxy.ClientBytes, _proxy.ServerBytes) == (5, 12));
        Assert.Equal(1, _proxy.Connections);
    }

    [Fact]
    public async Task A_reset_is_seen_as_one()
    {
        var (client, _) = await PairAsync();
        _proxy.CutWithRst();

        var failure = await Assert.ThrowsAsync<SocketException>(() => ReceiveAsync(client));

        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
    }

    [Fact]
    public async Task A_client_that_resets_takes_a_silent_server_along_also_out_of_a_hole()
    {
        var (client, server) = await PairAsync();
        _proxy.BlackHole();
        client.Close(0);

        Assert.Equal(0, await ReceiveAsync(server));
        await Until.TrueAsync(() => _proxy.OpenConnections == 0);
    }

    [Fact]
    public async Task A_fin_ends_the_stream_in_good_order()
    {
        var (client, server) = await PairAsync();
        _proxy.CutWithFin();

        Assert.Equal(0, await ReceiveAsync(client));
        Assert.Equal(0, await ReceiveAsync(server));
    }

    [Fact]
    public async Task A_half_write_hands_on_exactly_the_ordered_bytes()
    {
        var (client, server) = await PairAsync();
        var cut = _proxy.CutAfterBytes(7);
        await client.SendAsync("0123"u8.ToArray());
        await client.SendAsync("456789"u8.ToArray());
        await cut;

        Assert.Equal("0123456", await ReadAsync(server, 7));
        Assert.Equal(0, await ReceiveAsync(server));
        await Assert.ThrowsAsync<SocketException>(() => ReceiveAsync(client));
        var (next, nextServer) = await PairAsync();
        await next.SendAsync("0123456789"u8.ToArray());
        Assert.Equal("0123456789", await ReadAsync(nextServer, 10));
    }

    [Fact]
    public async Task A_hang_holds_bytes_back_and_loses_none()
    {
        var (client, server) = await PairAsync();
        _proxy.Hang();
        await client.SendAsync("late"u8.ToArray());
        var reading = ReadAsync(server, 4);
        await Assert.ThrowsAsync<TimeoutException>(() => reading.WaitAsync(TimeSpan.FromMilliseconds(100)));

        _proxy.Release();

        Assert.Equal("late", await reading);
    }

    [Fact]
    public async Task A_connection_that_fell_into_a_black_hole_stays_there()
    {
        var (client, server) = await PairAsync();
        _proxy.BlackHole();
        await client.SendAsync("gone"u8.ToArray());
        var reading = ReceiveAsync(server);
        await Until.TrueAsync(() => _proxy.SwallowedBytes == 4);
        Assert.False(reading.IsCompleted);
        _proxy.Release();
        await client.SendAsync("gone too"u8.ToArray());
        await Assert.ThrowsAsync<TimeoutException>(() => reading.WaitAsync(TimeSpan.FromMilliseconds(100)));

        var (next, nextServer) = await PairAsync();
        await next.SendAsync("here"u8.ToArray());

        Assert.Equal("here", await ReadAsync(nextServer, 4));
    }

    [Fact]
    public async Task Refused_connects_are_accepted_again_on_the_same_port()
    {
        await PairAsync();
        _proxy.Refuse();
        using var refused = new TcpClient();
        var failure = await Assert.ThrowsAsync<SocketException>(() => refused.ConnectAsync(IPAddress.Loopback, _proxy.Port));
        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);

        _proxy.Accept();

        var (client, server) = await PairAsync();
        await client.SendAsync("back"u8.ToArray());
        Assert.Equal("back", await ReadAsync(server, 4));
    }

    [Fact]
    public async Task A_client_is_reset_when_the_upstream_refuses()
    {
        _proxy.UpstreamPort = LoopbackPorts.Next();
        using var client = new TcpClient();

        var failure = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            await client.ConnectAsync(IPAddress.Loopback, _proxy.Port);
            await ReceiveAsync(client.Client);
        });

        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
    }

    [Fact]
    public async Task A_slow_proxy_takes_the_time_that_its_rate_says()
    {
        var (client, server) = await PairAsync();
        _proxy.SlowTo(10_000);
        var start = TimeProvider.System.GetTimestamp();
        await client.SendAsync(new byte[4_000]);
        await ReadAsync(server, 4_000);

        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0.3, 10);
    }

    [Fact]
    public async Task Withheld_pongs_are_taken_out_wherever_reads_split_them()
    {
        var text = "PING\r\nPONG\r\nMSG PONG 1 4\r\nPONX\r\n+OK\r\nPONG\r\nPOINT\r\nPONG\r\n";
        var expected = "PING\r\nMSG PONG 1 4\r\nPONX\r\n+OK\r\nPOINT\r\n";
        for (var at = 0; at <= text.Length; at++)
        {
            var filter = new PongFilter();
            var target = new byte[text.Length + PongFilter.Slack];
            var first = filter.Copy(Encoding.ASCII.GetBytes(text[..at]), target, withhold: true);
            var second = filter.Copy(Encoding.ASCII.GetBytes(text[at..]), target.AsSpan(first), withhold: true);
            Assert.Equal(expected, Encoding.ASCII.GetString(target, 0, first + second));
        }

        var (client, server) = await PairAsync();
        _proxy.WithholdPongs();
        await server.SendAsync(Encoding.ASCII.GetBytes(text));
        Assert.Equal(expected, await ReadAsync(client, expected.Length));
    }

    private async Task<(Socket Client, Socket Server)> PairAsync()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _sockets.Add(client);
        await client.ConnectAsync(IPAddress.Loopback, _proxy.Port);
        var server = await _upstream.AcceptSocketAsync().WaitAsync(Until.DefaultTimeout);
        _sockets.Add(server);
        return (client, server);
    }

    private static Task<int> ReceiveAsync(Socket socket) =>
        socket.ReceiveAsync(new byte[64]).WaitAsync(Until.DefaultTimeout);

    private static async Task<string> ReadAsync(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            var more = await socket.ReceiveAsync(bytes.AsMemory(read));
            read += more > 0 ? more : throw new EndOfStreamException();
        }

        return Encoding.ASCII.GetString(bytes);
    }
}
