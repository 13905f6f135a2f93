using System.Net;
using System.Net.Sockets;
using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Tests.Links;

/// <summary>How a link deals with a name that stands for several addresses.</summary>
public sealed class LinkAddressTests
{
    private static readonly IPAddress Other = IPAddress.Parse("127.0.0.2");

    private static readonly ConnectionSettings Ordered = new() { RandomizeServers = false };

    [Fact]
    public async Task The_addresses_of_a_name_are_tried_one_after_another()
    {
        await using var server = await NatsServer.StartAsync();

        var (link, recorder) = Open(server.Port, Ordered, Other, IPAddress.IPv6Loopback, IPAddress.Parse("127.0.0.3"), IPAddress.Loopback);

        await recorder.WaitAsync<LinkUp>();
        link.Close();
        await recorder.LostAsync();
    }

    [Fact]
    public async Task Localhost_reaches_a_server_at_one_of_its_addresses()
    {
        await using var server = await NatsServer.StartAsync();
        var recorder = new LinkRecorder(1);

        var link = new LinkFactory(TimeProvider.System).Open(Request("localhost", server.Port, new ConnectionSettings()), recorder.Report);

        await recorder.WaitAsync<LinkUp>();
        link.Close();
        await recorder.LostAsync();
    }

    [Fact]
    public async Task An_address_that_does_not_answer_leaves_time_for_the_next()
    {
        await using var server = await NatsServer.StartAsync();
        // Where nobody accepts and the queue is full, the system leaves an attempt to connect without any answer.
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(Other, server.Port));
        full.Listen(0);
        using var first = new TcpClient();
        await first.ConnectAsync(Other, server.Port);

        var time = new VirtualTime();
        var (link, recorder) = Open(time, server.Port, Ordered, Other, IPAddress.Loopback);
        // That of the whole attempt, and that of the first address.
        await Until.TrueAsync(() => time.ActiveTimers == 2);

        time.Advance(Ordered.ConnectTimeout / 2);

        var report = await recorder.WaitAsync<LinkReport>();
        Assert.True(report is LinkUp, $"{report}");
        link.Close();
        await recorder.LostAsync();
    }

    [Fact]
    public async Task A_name_whose_first_address_takes_connections_and_says_nothing_is_not_the_end()
    {
        await using var server = await NatsServer.StartAsync();
        using var silent = new TcpListener(Other, server.Port);
        silent.Start();
        var settings = new ConnectionSettings { ConnectTimeout = TimeSpan.FromMilliseconds(200), RandomizeServers = true };

        // Random order: that the silent one comes first thirty times in a row has a chance of one in a billion.
        var up = false;
        for (var attempt = 0; attempt < 30 && !up; attempt++)
        {
            var (link, recorder) = Open(server.Port, settings, Other, IPAddress.Loopback);
            up = await recorder.WaitAsync<LinkReport>() is LinkUp;
            link.Close();
            await recorder.LostAsync();
        }

        Assert.True(up);
    }

    [Fact]
    public async Task A_name_without_an_address_is_unreachable()
    {
        var lost = await Open(4222, new ConnectionSettings()).Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Unreachable, lost.Kind);
        Assert.Contains("no address", lost.Detail, StringComparison.Ordinal);
    }

    /// <summary>Opens a link to a name with these addresses.</summary>
    private static (ILink Link, LinkRecorder Recorder) Open(int port, ConnectionSettings settings, params IPAddress[] addresses) =>
        Open(TimeProvider.System, port, settings, addresses);

    private static (ILink Link, LinkRecorder Recorder) Open(TimeProvider time, int port, ConnectionSettings settings, params IPAddress[] addresses)
    {
        var recorder = new LinkRecorder(1);
        var options = new LinkOptions { Resolve = (_, _) => Task.FromResult<IPAddress[]>([.. addresses]) };
        var link = new LinkFactory(time, options: options).Open(Request("nats.example", port, settings), recorder.Report);
        return (link, recorder);
    }

    private static LinkRequest Request(string host, int port, ConnectionSettings settings) =>
        new(1, ServerAddress.Parse($"nats://{host}:{port}"), settings, TimeSpan.FromSeconds(10), null);
}
