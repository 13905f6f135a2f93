using System.Net;
using System.Text;
using Microsoft.Extensions.Primitives;
using NATS.Client.Core;
using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Testing;

namespace NatsActors.Tests.Links;

/// <summary>A link through a WebSocket, plain and with TLS.</summary>
public sealed class LinkWebSocketTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_websocket_carries_batches_whole_and_in_order(bool secure)
    {
        await using var server = await StartAsync(secure);
        await using var reader = await NatsReader.ConnectAsync(server.Server.Port);
        await reader.SubscribeAsync("lines");
        var (link, recorder) = LinkRig.Open(server.Url, settings: Trusting);
        var payload = new string('x', 700_000);

        await recorder.WaitAsync<LinkUp>();
        link.Write(Batches.Numbered("lines", 1, 5000));
        link.Write(Batches.Of(5001, Enumerable.Repeat(("lines", payload), 12)));
        await recorder.WaitAsync<LinkConfirmed>(confirmed => confirmed.ThroughSequence == 5012);

        var received = await reader.WaitForAsync(5012);
        Assert.Equal(Enumerable.Range(1, 5000).Select(i => $"{i}"), received.Take(5000).Select(message => message.Text));
        Assert.All(received.Skip(5000), message => Assert.Equal(payload, message.Text));
        await server.Server.KillAsync();
        Assert.Equal(LinkLossKind.Closed, (await recorder.LostAsync()).Kind);
    }

    [Fact]
    public async Task PubAcks_come_through_a_websocket()
    {
        await using var server = await StartAsync(secure: false, jetStream: true);
        await using var reader = await NatsReader.ConnectAsync(server.Server.Port);
        await new StreamAdmin(reader).CreateAsync("LINES", ["lines"]);
        var (link, recorder) = LinkRig.Open(server.Url, ackInbox: "_INBOX.acks");
        await recorder.WaitAsync<LinkUp>();

        link.Write(Batches.Request(1, "lines", "_INBOX.acks.1", "id-1", "one"));

        Assert.Equal("LINES", (await recorder.WaitAsync<LinkPubAcks>()).Acks[0].Stream);
    }

    [Fact]
    public async Task A_user_and_password_log_in_through_a_websocket_and_wrong_ones_do_not()
    {
        await using var server = await StartAsync(secure: false, config: "authorization { user: u, password: right }");
        var url = server.Url.Replace("ws://", "ws://u:right@", StringComparison.Ordinal);

        var (link, recorder) = LinkRig.Open(url);
        await LinkRig.AssertWorksAsync(link, recorder);
        var lost = await LinkRig.Open(url.Replace("right", "wrong", StringComparison.Ordinal)).Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Authorization, lost.Kind);
    }

    [Fact]
    public async Task A_frozen_server_behind_a_websocket_is_a_timeout_also_in_the_middle_of_a_send()
    {
        await using var server = await StartAsync(secure: false);
        var (link, recorder) = LinkRig.Open(server.Url, confirmTimeout: TimeSpan.FromMilliseconds(300));
        await recorder.WaitAsync<LinkUp>();

        server.Server.Suspend();
        link.Write(Batches.Of(1, Enumerable.Repeat(("large", new string('x', 900_000)), 20)));

        Assert.Equal(LinkLossKind.Timeout, (await recorder.LostAsync()).Kind);
        Assert.Empty(recorder.Reports.OfType<LinkWritten>());
    }

    [Fact]
    public async Task Nobody_at_a_websockets_port_is_unreachable()
    {
        var lost = await LinkRig.Open($"ws://127.0.0.1:{LoopbackPorts.Next()}").Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Unreachable, lost.Kind);
    }

    [Fact]
    public async Task A_port_that_speaks_no_HTTP_is_no_protocol_for_a_websocket()
    {
        await using var server = await NatsServer.StartAsync();

        var lost = await LinkRig.Open($"ws://127.0.0.1:{server.Port}").Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Protocol, lost.Kind);
        Assert.Contains("no WebSocket could be opened", lost.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_websockets_certificate_of_another_authority_is_refused()
    {
        using var others = new TestCertificates();
        await using var server = await StartAsync(secure: true);

        var lost = await LinkRig.Open(server.Url, settings: Trust(others)).Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Tls, lost.Kind);
        Assert.Contains("certificate", lost.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TlsMode.Require)]
    [InlineData(TlsMode.HandshakeFirst)]
    public async Task A_plain_websocket_is_refused_when_TLS_is_required(TlsMode mode)
    {
        await using var server = await StartAsync(secure: false);

        var lost = await LinkRig.Open(server.Url, settings: new ConnectionSettings { Tls = new TlsSettings { Mode = mode } }).Recorder.LostAsync();

        Assert.Equal(LinkLossKind.Tls, lost.Kind);
        Assert.Contains("wss://", lost.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_websocket_may_bear_the_server_name_of_the_settings()
    {
        using var named = new TestCertificates("nats.example");
        await using var server = await StartAsync(secure: true, certificates: named);
        var settings = Trust(named);

        var refused = await LinkRig.Open(server.Url, settings: settings).Recorder.LostAsync();
        var (link, recorder) = LinkRig.Open(
            server.Url, settings: settings with { Tls = settings.Tls with { ServerName = "nats.example" } });

        Assert.Equal(LinkLossKind.Tls, refused.Kind);
        await LinkRig.AssertWorksAsync(link, recorder);
    }

    [Fact]
    public async Task The_users_headers_path_and_WebSocket_options_reach_the_server()
    {
        var request = new TaskCompletionSource<string>();
        await using var server = ScriptedServer.Start(async connection =>
        {
            var lines = new StringBuilder();
            while (await connection.ReadLineAsync() is { Length: > 0 } line)
            {
                lines.AppendLine(line);
            }

            request.SetResult(lines.ToString());
            await connection.SendAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        });
        var options = new NatsWebSocketOpts
        {
            RequestHeaders = new Dictionary<string, StringValues> { ["X-Users"] = "header" },
            ConfigureClientWebSocketOptions = (_, web, _) =>
            {
                web.SetRequestHeader("X-Callback", "too");
                web.Cookies = new CookieContainer();
                web.Cookies.Add(new Uri($"http://127.0.0.1:{server.Port}"), new Cookie("session", "s"));
                web.Proxy = null;
                return default;
            },
        };

        var lost = await LinkRig.Open($"ws://127.0.0.1:{server.Port}/nats", opts => opts with { WebSocketOpts = options }).Recorder.LostAsync();

        var said = await request.Task;
        Assert.StartsWith("GET /nats HTTP/1.1", said, StringComparison.Ordinal);
        Assert.Contains("X-Users: header", said, StringComparison.Ordinal);
        Assert.Contains("X-Callback: too", said, StringComparison.Ordinal);
        Assert.Contains("session=s", said, StringComparison.Ordinal);
        Assert.Equal(LinkLossKind.Protocol, lost.Kind);
        Assert.Contains("403", lost.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_tells_a_websocket_of_the_clusters_websockets()
    {
        var routes = new[] { LoopbackPorts.Next(), LoopbackPorts.Next() };
        string Cluster(int own, int other) =>
            $$"""cluster { name: c, listen: "127.0.0.1:{{routes[own]}}", routes: ["nats://127.0.0.1:{{routes[other]}}"] }""";
        await using var first = await StartAsync(secure: false, config: Cluster(0, 1));
        await using var second = await StartAsync(secure: false, config: Cluster(1, 0));
        var (link, recorder) = LinkRig.Open(first.Url);
        var expected = second.Url["ws://".Length..];

        var up = await recorder.WaitAsync<LinkUp>();
        var urls = up.Info.ConnectUrls.Contains(expected)
            ? up.Info.ConnectUrls
            : (await recorder.WaitAsync<LinkInfoChanged>(changed => changed.Info.ConnectUrls.Contains(expected))).Info.ConnectUrls;
        link.Close();
        await recorder.LostAsync();

        var found = ServerAddress.Parse(urls.First(url => url == expected)).Inherit(ServerAddress.Parse(first.Url));
        Assert.Equal(second.Url, found.ToString());
        (link, recorder) = LinkRig.Open(found.ToString());
        await LinkRig.AssertWorksAsync(link, recorder);
    }

    private ConnectionSettings Trusting => Trust(_certificates);

    private static ConnectionSettings Trust(TestCertificates certificates) =>
        new() { Tls = new TlsSettings { CaFile = certificates.AuthorityFile } };

    private async Task<WebServer> StartAsync(
        bool secure, bool jetStream = false, string config = "", TestCertificates? certificates = null)
    {
        var port = LoopbackPorts.Next();
        var tls = secure ? (certificates ?? _certificates).Config() : "no_tls: true";
        var server = await NatsServer.StartAsync(new NatsServerOptions
        {
            JetStream = jetStream, Config = $"{config}\nwebsocket {{ host: 127.0.0.1, port: {port}, {tls} }}",
        });
        return new WebServer(server, $"{(secure ? "wss" : "ws")}://127.0.0.1:{port}");
    }

    private sealed record WebServer(NatsServer Server, string Url) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
