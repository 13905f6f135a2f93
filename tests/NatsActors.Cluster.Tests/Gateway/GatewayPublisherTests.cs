using System.Globalization;
using Akka.Actor;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Gateway;

/// <summary>A publisher through gateways, while gateways come, leave and die, against a real nats-server.</summary>
public sealed class GatewayPublisherTests : IAsyncLifetime
{
    private readonly List<Node> _nodes = [];
    private NatsServer _server = null!;
    private NatsReader _reader = null!;
    private StreamAdmin _streams = null!;

    public async Task InitializeAsync()
    {
        _server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true, Config = "max_payload: 8388608" });
        _reader = await NatsReader.ConnectAsync(_server.Port);
        _streams = new StreamAdmin(_reader);
    }

    public async Task DisposeAsync()
    {
        foreach (var node in Enumerable.Reverse(_nodes))
        {
            await node.DisposeAsync();
        }

        await _reader.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_gateway_that_is_killed_loses_nothing_and_a_stream_stores_nothing_twice()
    {
        await _streams.CreateAsync("LINES", ["lines"], TimeSpan.FromMinutes(2));
        var (gateways, sender) = await StartAsync(2, ConfirmMode.JetStream);
        await sender.ConnectedAsync();

        var publishing = sender.PublishAsync("lines", 1, 40_000);
        await Until.TrueAsync(async () => (await sender.StatusAsync()).Totals.Stored > 5_000);
        await (await sender.GatewayAsync(gateways)).KillAsync();
        await publishing;
        await sender.FlushAsync();

        await AssertStoredAsync(40_000);
        var totals = (await sender.StatusAsync()).Totals;
        Assert.Equal((40_000, 40_000, 0), (totals.Accepted, totals.Stored, totals.Undelivered));
        // Another gateway is asked at once, and not only when the one that is gone has had its connect-timeout.
        await Until.TrueAsync(() => sender.Events.OfType<Reconnected>().Any());
        Assert.DoesNotContain("has not answered", (await sender.StatusAsync()).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_is_killed_loses_nothing_without_a_stream_and_repeats_only_what_was_in_flight()
    {
        await _reader.SubscribeAsync("lines");
        var (gateways, sender) = await StartAsync(2, ConfirmMode.Fence);
        await sender.ConnectedAsync();

        var publishing = sender.PublishAsync("lines", 1, 200_000);
        await Until.TrueAsync(async () => (await sender.StatusAsync()).Totals.Delivered > 20_000);
        await (await sender.GatewayAsync(gateways)).KillAsync();
        await publishing;
        await sender.FlushAsync();

        var resent = (int)(await sender.StatusAsync()).Totals.Resent;
        // What the server has confirmed to the publisher is on its way to the reader before the answer to this ping.
        await _reader.PingAsync();
        var seen = _reader.Messages.Select(message => int.Parse(message.Text, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(Enumerable.Range(1, 200_000), seen.Distinct());
        Assert.InRange(seen.Count - 200_000, 0, resent);
    }

    [Fact]
    public async Task A_gateway_that_leaves_hands_its_links_over_and_nothing_is_sent_twice()
    {
        await _streams.CreateAsync("LINES", ["lines"], TimeSpan.FromMinutes(2));
        var (gateways, sender) = await StartAsync(2, ConfirmMode.JetStream);
        await sender.ConnectedAsync();

        var publishing = sender.PublishAsync("lines", 1, 20_000);
        await Until.TrueAsync(async () => (await sender.StatusAsync()).Totals.Stored > 2_000);
        var leaving = await sender.GatewayAsync(gateways);
        var left = CoordinatedShutdown.Get(leaving.System).Run(CoordinatedShutdown.ClrExitReason.Instance);
        await publishing;
        await sender.FlushAsync();
        await left;

        await AssertStoredAsync(20_000);
        Assert.Equal(0, (await sender.StatusAsync()).Totals.Resent);
        await Until.TrueAsync(() => sender.Events.OfType<LameDuck>().Any());
        Assert.Single(sender.Events.OfType<LameDuck>());
        await sender.ConnectedAsync();
        Assert.NotSame(leaving, await sender.GatewayAsync(gateways));
    }

    [Fact]
    public async Task A_connection_that_is_cut_in_the_middle_of_a_batch_again_and_again_loses_nothing()
    {
        // Each side writes on a connection of its own, so that what is published passes the proxy.
        const string Remote = "akka.remote { use-passive-connections = off, retry-gate-closed-for = 1s }";
        await _streams.CreateAsync("LINES", ["lines"], TimeSpan.FromMinutes(2));
        await using var proxy = CuttingProxy.Start(LoopbackPorts.Next());
        var gateway = StartBehind(proxy, Remote, Node.Role);
        var node = Add(Node.Start(Remote));
        await Node.JoinAsync(gateway, node);
        StartGateway(gateway);
        var sender = new Sender(node, Sender.Settings(ConfirmMode.JetStream));
        await sender.ConnectedAsync();

        for (var i = 0; i < 5; i++)
        {
            var cut = proxy.CutAfterBytes(300_000 + (i * 777));
            await sender.PublishAsync("lines", 1 + (i * 10_000), 10_000);
            await cut.WaitAsync(TimeSpan.FromSeconds(30));
            await sender.FlushAsync();
        }

        await AssertStoredAsync(50_000);
    }

    [Fact]
    public async Task Nodes_whose_connections_are_cut_again_and_again_do_not_quarantine_each_other()
    {
        // A system message, as a watch is, that is on its way while a connection is cut can end in a quarantine, which only a restart lifts.
        const string Remote = "akka.remote.retry-gate-closed-for = 1s";
        await _streams.CreateAsync("LINES", ["lines"], TimeSpan.FromMinutes(2));
        await using var toGateway = CuttingProxy.Start(LoopbackPorts.Next());
        await using var toSender = CuttingProxy.Start(LoopbackPorts.Next());
        var gateway = StartBehind(toGateway, Remote, Node.Role);
        var node = StartBehind(toSender, Remote);
        await Node.JoinAsync(gateway, node);
        StartGateway(gateway);
        var sender = new Sender(node, Sender.Settings(ConfirmMode.JetStream));
        await sender.ConnectedAsync();

        for (var i = 0; i < 10; i++)
        {
            var stored = (await sender.StatusAsync()).Totals.Stored;
            var publishing = sender.PublishAsync("lines", 1 + (i * 5_000), 5_000);
            await Until.TrueAsync(async () => (await sender.StatusAsync()).Totals.Stored > stored);
            toGateway.CutWithRst();
            toSender.CutWithRst();
            await publishing;
            await sender.FlushAsync();
        }

        await AssertStoredAsync(50_000);
    }

    [Fact]
    public async Task A_gateway_that_nothing_reaches_any_more_is_left_for_the_next_one()
    {
        const string Remote = "akka.remote.use-passive-connections = off";
        await _streams.CreateAsync("LINES", ["lines"], TimeSpan.FromMinutes(2));
        await using var proxy = CuttingProxy.Start(LoopbackPorts.Next());
        var first = StartBehind(proxy, Remote, Node.Role);
        var next = Add(Node.Start(Remote, Node.Role));
        var node = Add(Node.Start(Remote));
        await Node.JoinAsync(first, next, node);
        StartGateway(first);
        var sender = new Sender(node, Sender.Settings(ConfirmMode.JetStream));
        await sender.ConnectedAsync();
        StartGateway(next);

        var publishing = sender.PublishAsync("lines", 1, 40_000);
        await Until.TrueAsync(async () => (await sender.StatusAsync()).Totals.Stored > 5_000);
        proxy.BlackHole();
        await publishing;
        await sender.FlushAsync();

        Assert.Same(next, await sender.GatewayAsync(first, next));
        await AssertStoredAsync(40_000);
    }

    [Fact]
    public async Task The_session_of_a_node_that_is_killed_ends()
    {
        await using var proxy = CuttingProxy.Start(_server.Port);
        var nodes = await Node.StartAsync(gateways: 1, others: 1);
        _nodes.AddRange(nodes);
        nodes[0].Gateways.Start(new ConnectionSettings { Servers = [proxy.Url] });
        var settings = Sender.Settings();
        var sender = new Sender(nodes[1], settings with
        {
            Connection = settings.Connection with { PingInterval = TimeSpan.FromSeconds(1) },
            Delivery = settings.Delivery with { ConfirmTimeout = TimeSpan.FromSeconds(1) },
        });
        await sender.ConnectedAsync();
        await Until.TrueAsync(() => proxy.OpenConnections == 1);

        await nodes[1].KillAsync();

        await Until.TrueAsync(() => proxy.OpenConnections == 0, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Without_a_gateway_the_buffer_keeps_messages_and_the_status_says_why()
    {
        var node = Add(Node.Start());
        await Node.JoinAsync(node);
        await _reader.SubscribeAsync("lines");
        var sender = new Sender(node);
        await sender.PublishAsync("lines", 1, 100);
        await Until.TrueAsync(async () => (await sender.StatusAsync()).LastError is not null);
        Assert.Equal("a gateway (role nats): no member with the role 'nats' is up and reachable", (await sender.StatusAsync()).LastError);

        var gateway = Add(Node.Start("", Node.Role));
        gateway.Cluster.Join(node.Address);
        await Until.TrueAsync(async () => (await sender.StatusAsync()).LastError!.Contains("has no gateway", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        StartGateway(gateway);

        await sender.FlushAsync();
        Assert.Equal(Enumerable.Range(1, 100).Select(i => $"{i}"), (await _reader.WaitForAsync(100)).Select(message => message.Text));
        Assert.Equal($"{gateway.Address} ({_server.Url})", (await sender.StatusAsync()).Server);
    }

    [Fact]
    public async Task A_message_larger_than_many_frames_arrives_whole()
    {
        await _reader.SubscribeAsync("large");
        var (_, sender) = await StartAsync(1, ConfirmMode.Fence);
        var payload = new string('x', 5_000_000);

        Assert.IsType<Ack>(await sender.Publisher.Ask<PublishReply>(Publish.Text("large", payload), Until.DefaultTimeout));
        await sender.FlushAsync();

        Assert.Equal(payload, (await _reader.WaitForAsync(1))[0].Text);
    }

    [Fact]
    public async Task A_server_that_restarts_is_found_again_through_the_gateway()
    {
        await _streams.CreateAsync("LINES", ["lines"], TimeSpan.FromMinutes(2));
        var (_, sender) = await StartAsync(2, ConfirmMode.JetStream);
        await sender.ConnectedAsync();
        var publishing = sender.PublishAsync("lines", 1, 20_000);
        await Until.TrueAsync(async () => (await sender.StatusAsync()).Totals.Stored > 2_000);

        await _server.KillAsync();
        await Until.TrueAsync(async () => (await sender.StatusAsync()).State == ConnectionState.Backoff);
        await _server.RestartAsync();
        await publishing;
        await sender.FlushAsync();

        await using var reader = await NatsReader.ConnectAsync(_server.Port);
        await AssertStoredAsync(20_000, reader);
    }

    [Fact]
    public async Task A_node_may_be_its_own_gateway()
    {
        await _reader.SubscribeAsync("lines");
        var node = Add(Node.Start("", Node.Role));
        await Node.JoinAsync(node);
        StartGateway(node);
        var sender = new Sender(node);

        await sender.PublishAsync("lines", 1, 1000);
        await sender.FlushAsync();

        Assert.Equal(Enumerable.Range(1, 1000).Select(i => $"{i}"), (await _reader.WaitForAsync(1000)).Select(message => message.Text));
    }

    private async Task<(Node[] Gateways, Sender Sender)> StartAsync(int gateways, ConfirmMode confirm)
    {
        var nodes = await Node.StartAsync(gateways, others: 1);
        _nodes.AddRange(nodes);
        foreach (var node in nodes[..gateways])
        {
            StartGateway(node);
        }

        return (nodes[..gateways], new Sender(nodes[^1], Sender.Settings(confirm)));
    }

    /// <summary>A node that the others reach through the proxy only.</summary>
    private Node StartBehind(CuttingProxy proxy, string hocon, string roles = "") =>
        Add(Node.Start($"akka.remote.dot-netty.tcp.public-port = {proxy.Port}\n{hocon}", roles, proxy.UpstreamPort));

    private void StartGateway(Node node) => node.Gateways.Start(new ConnectionSettings { Servers = [_server.Url] });

    private Node Add(Node node)
    {
        _nodes.Add(node);
        return node;
    }

    private async Task AssertStoredAsync(int count, NatsReader? reader = null)
    {
        var stored = new List<string>();
        await foreach (var message in (reader is null ? _streams : new StreamAdmin(reader)).ReadAllAsync("LINES"))
        {
            stored.Add(message.Text);
        }

        Assert.Equal(Enumerable.Range(1, count).Select(i => $"{i}"), stored);
    }
}
