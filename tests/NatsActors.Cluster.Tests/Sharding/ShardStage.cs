using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Configuration;
using NatsActors.Cluster.Tests.Gateway;
using NatsActors.Door;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Sharding;

/// <summary>A server behind a proxy, a reader of everything, and nodes that have a type of sharded publishers.</summary>
public abstract class ShardStage : IAsyncLifetime
{
    protected const string Type = "orders";
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<Node> _nodes = [];

    private protected NatsServer Server { get; private set; } = null!;

    private protected CuttingProxy Proxy { get; private set; } = null!;

    private protected NatsReader Reader { get; private set; } = null!;

    public virtual async Task InitializeAsync()
    {
        Server = await NatsServer.StartAsync();
        Proxy = CuttingProxy.Start(Server.Port);
        Reader = await NatsReader.ConnectAsync(Server.Port);
        await Reader.SubscribeAsync("orders.>");
    }

    public virtual async Task DisposeAsync()
    {
        // Nodes that end together have nobody to hand over to.
        await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask()));
        await Reader.DisposeAsync();
        await Proxy.DisposeAsync();
        await Server.DisposeAsync();
    }

    private protected const int NumberOfShards = 12;

    /// <summary>What nodes have besides the common settings.</summary>
    private protected virtual string Hocon => "";

    private protected virtual void Change(ShardedPublisherOptions options)
    {
    }

    /// <summary>
    /// Starts nodes in one cluster, each with the region of the type, and waits until each region knows all those that take shards: before
    /// that a first message may wait for longer than its sender, and all shards may go to one node.
    /// </summary>
    private protected async Task<ShardNode[]> StartAsync(params string[] roles)
    {
        var nodes = roles.Select(StartNode).ToArray();
        await Node.JoinAsync([.. nodes.Select(static node => node.Node)]);
        foreach (var node in nodes)
        {
            await Until.TrueAsync(async () => await node.RegionsAsync() == roles.Count(static role => role == "nats"), Patience);
        }

        return nodes;
    }

    private protected ShardNode StartNode(string role) => StartNode(role, Hocon);

    private protected ShardNode StartNode(string role, string hocon)
    {
        var node = Node.Start(
            $$"""
            nats-actors.publisher {
              connection { servers = ["{{Proxy.Url}}"], discover-servers = off, connect-timeout = 2s, backoff { min = 50ms, max = 100ms } }
            }
            nats-actors.sharding.number-of-shards = {{NumberOfShards}}
            akka.cluster.sharding { retry-interval = 200ms, rebalance-interval = 500ms, waiting-for-state-timeout = 500ms }
            akka.cluster.split-brain-resolver.stable-after = 1s
            akka.cluster.down-removal-margin = 1s
            {{hocon}}
            """, role);
        _nodes.Add(node);
        var options = new ShardedPublisherOptions { Role = "nats" };
        Change(options);
        return new ShardNode(node, ShardedNatsPublishers.Get(node.System).Start(Type, options));
    }

    private protected async Task LinkDownAsync()
    {
        // What a subscriber has, and the publisher does not know to be delivered, would be sent again.
        await Until.TrueAsync(() => Buffers().All(static buffer => buffer.Status().BufferedMessages == 0));
        Proxy.Refuse();
        Proxy.CutWithRst();
        // A publisher that has not noticed yet would have its next message in flight.
        await Until.TrueAsync(() => Proxy.OpenConnections == 0 && Buffers().All(static buffer => !buffer.HasLink));

        IEnumerable<GuardedBuffer> Buffers() =>
            _nodes.SelectMany(static node => NatsPublishers.Get(node.System).Running.All().Select(static each => each.Parts.Buffer));
    }

    private protected static Publish Message(int number) =>
        Publish.Text("orders.new", $"{number}") with { Id = $"id-{number}", CorrelationId = $"{number}" };

    private protected async Task AssertNumbersAsync(params int[] numbers) => Assert.Equal(numbers, await NumbersAsync(numbers.Length));

    private protected async Task<int[]> NumbersAsync(int count)
    {
        await Reader.WaitForAsync(count, Patience);
        await Reader.PingAsync();
        return Numbers();
    }

    /// <summary>First arrivals: a message that is told again until it has its Ack may come twice.</summary>
    private protected async Task<IEnumerable<int>> FirstArrivalsAsync(int count)
    {
        await Until.TrueAsync(() => Numbers().Distinct().Count() >= count, Patience, $"{count} different messages");
        await Reader.PingAsync();
        return Numbers().Distinct();
    }

    private int[] Numbers() =>
        [.. Reader.Messages.Select(static message => int.Parse(message.Text, System.Globalization.CultureInfo.InvariantCulture))];
}

/// <summary>A node and its region.</summary>
internal sealed record ShardNode(Node Node, IActorRef Region)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Attempt = TimeSpan.FromSeconds(4);

    public NatsPublishers Publishers => NatsPublishers.Get(Node.System);

    /// <summary>The keys whose publishers run here.</summary>
    public IReadOnlyList<string> Keys =>
        [.. Publishers.Running.All().Where(static each => each.Parts.Buffer.Result is null).Select(static each => each.Name["orders-".Length..])];

    public Task<T> AskAsync<T>(KeyedMessage message) => Region.Ask<T>(message, Patience);

    /// <summary>How many regions with shards the coordinator knows; 0 when this node does not know a coordinator.</summary>
    public async Task<int> RegionsAsync()
    {
        try
        {
            return (await Region.Ask<CurrentRegions>(GetCurrentRegions.Instance, TimeSpan.FromSeconds(1))).Regions.Count;
        }
        catch (AskTimeoutException)
        {
            return 0;
        }
    }

    /// <summary>Publishes once: while no node comes or goes, and once the regions know each other, nothing is lost on the way.</summary>
    public async Task<Ack> PublishAsync(string key, Publish message) =>
        Assert.IsType<Ack>(await AskAsync<PublishReply>(new KeyedPublish(key, message)));

    /// <summary>Publishes until there is an Ack, as senders do: Akka.NET delivers to a region at most once.</summary>
    public async Task<Ack> AckAsync(string key, Publish message)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            try
            {
                if (await Region.Ask<PublishReply>(new KeyedPublish(key, message), Attempt, limit.Token) is Ack ack)
                {
                    return ack;
                }
            }
            catch (AskTimeoutException)
            {
                limit.Token.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>A graceful leave: CoordinatedShutdown with all its phases.</summary>
    public Task LeaveAsync() => CoordinatedShutdown.Get(Node.System).Run(CoordinatedShutdown.ClusterLeavingReason.Instance);
}

/// <summary>A sender with a reference of its own, which keeps what it is told.</summary>
internal sealed class Sender : IAsyncDisposable
{
    private readonly Inbox _inbox;

    public Sender(ActorSystem system)
    {
        _inbox = Inbox.Create(system);
    }

    public void Publish(IActorRef region, string key, Publish message) => region.Tell(new KeyedPublish(key, message), _inbox.Receiver);

    public Task<object> NextAsync() => _inbox.ReceiveAsync(TimeSpan.FromSeconds(20));

    public async Task<T> NextAsync<T>() => Assert.IsType<T>(await NextAsync());

    public ValueTask DisposeAsync()
    {
        _inbox.Dispose();
        return ValueTask.CompletedTask;
    }
}
