using Akka.Actor;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Gateway;

/// <summary>
/// Atomic batches through a gateway, against a real nats-server. Servers before 2.12.1 do not take them: each test says what it sees
/// there.
/// </summary>
public sealed class GatewayAtomicBatchTests : IAsyncLifetime
{
    private readonly List<Node> _nodes = [];
    private NatsServer _server = null!;
    private NatsReader _reader = null!;
    private StreamAdmin _streams = null!;
    private bool _atomic;

    public async Task InitializeAsync()
    {
        _atomic = await ServerVersion.ReadAsync() >= new Version(2, 12, 1);
        _server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        _reader = await NatsReader.ConnectAsync(_server.Port);
        _streams = new StreamAdmin(_reader);
        await _streams.CreateAsync("LINES", ["lines"], TimeSpan.FromMinutes(2), allowAtomic: _atomic);
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
    public async Task A_batch_is_stored_whole_or_refused_as_on_a_link_to_the_server()
    {
        var (gateway, sender, inbox) = await StartAsync();
        StartGateway(gateway);
        await sender.ConnectedAsync();
        await using var direct = NatsPublisher.Start(
            new PublisherSettings { Connection = new() { Servers = [_server.Url] }, Delivery = new() { Confirm = ConfirmMode.JetStream } });
        await Until.TrueAsync(() => direct.Status.State == ConnectionState.Connected);

        var reply = await BatchAsync(inbox, sender, "1", "2", "3");
        var outcome = reply.Refusal is null ? await inbox.ReceiveAsync(Until.DefaultTimeout) : null;
        var (directReply, directOutcome) = await direct.PublishAtomicAsync([Publish.Text("lines", "4"), Publish.Text("lines", "5")]);

        if (!_atomic)
        {
            var rejected = Assert.IsType<Rejected>(reply.Refusal);
            Assert.Equal(RejectReason.BadBatch, rejected.Reason);
            Assert.Equal(Assert.IsType<Rejected>(directReply.Refusal).Detail, rejected.Detail);
            Assert.Empty(await StoredAsync());
            return;
        }

        Assert.Equal((3, null), (reply.Accepted, reply.Refusal));
        Assert.Equal(new Stored(1, "LINES", 3, Duplicate: false), outcome);
        Assert.Equal(new Stored(1, "LINES", 5, Duplicate: false), directOutcome);
        Assert.Equal(["1", "2", "3", "4", "5"], await StoredAsync());
    }

    [Fact]
    public async Task A_batch_larger_than_the_gateway_takes_ends_and_everything_behind_it_is_stored_in_order()
    {
        var (gateway, sender, inbox) = await StartAsync("nats-actors.gateway.max-batch = 512KiB");
        // A message of the server's max_payload fits in any case.
        var limit = (1024 * 1024) + (64 * 1024);
        var large = new string('x', 400_000);
        await sender.PublishAsync("lines", 1, 50);
        Assert.Equal(3, (await BatchAsync(inbox, sender, large, large, large)).Accepted);
        await sender.PublishAsync("lines", 51, 50);

        StartGateway(gateway);

        var ended = Assert.IsType<Undelivered>(await inbox.ReceiveAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(_atomic ? UndeliveredReason.TooLarge : UndeliveredReason.NotStored, ended.Reason);
        Assert.Contains(_atomic ? $"{limit} bytes (nats-actors.gateway.max-batch)" : "nats-server 2.12.1", ended.Detail, StringComparison.Ordinal);
        await sender.FlushAsync();
        Assert.Equal(Enumerable.Range(1, 100).Select(i => $"{i}"), await StoredAsync());

        var refused = Assert.IsType<Rejected>((await BatchAsync(inbox, sender, large, large, large)).Refusal);
        Assert.Equal(_atomic ? RejectReason.TooLargeForServer : RejectReason.BadBatch, refused.Reason);
        await sender.PublishAsync("lines", 101, 1);
        await sender.FlushAsync();
        Assert.Equal("101", (await StoredAsync())[^1]);
        // The link has carried all of it: nothing was cut for the batch.
        var status = await sender.StatusAsync();
        Assert.Equal((0, 0), (status.Reconnects, status.Totals.Resent));
    }

    private static async Task<BatchReply> BatchAsync(Inbox inbox, Sender sender, params string[] texts)
    {
        inbox.Send(sender.Publisher, new PublishBatch([.. texts.Select(text => Publish.Text("lines", text) with { WantsOutcome = true })]) { Atomic = true });
        return Assert.IsType<BatchReply>(await inbox.ReceiveAsync(Until.DefaultTimeout));
    }

    private async Task<(Node Gateway, Sender Sender, Inbox Inbox)> StartAsync(string hocon = "")
    {
        var nodes = await Node.StartAsync(gateways: 1, others: 1, hocon);
        _nodes.AddRange(nodes);
        return (nodes[0], new Sender(nodes[1], Sender.Settings(ConfirmMode.JetStream)), Inbox.Create(nodes[1].System));
    }

    private void StartGateway(Node node) => node.Gateways.Start(new ConnectionSettings { Servers = [_server.Url] });

    private async Task<List<string>> StoredAsync()
    {
        var stored = new List<string>();
        await foreach (var message in _streams.ReadAllAsync("LINES"))
        {
            stored.Add(message.Text);
        }

        return stored;
    }
}
