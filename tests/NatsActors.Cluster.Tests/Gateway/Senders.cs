using System.Collections.Concurrent;
using Akka.Actor;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Gateway;

/// <summary>A publisher on a node without a way to NATS, and what a test does with it.</summary>
internal sealed class Sender
{
    private readonly ConcurrentQueue<NatsEvent> _events = new();
    private readonly Node _node;

    public Sender(Node node, PublisherSettings? settings = null)
    {
        _node = node;
        var events = _events;
        node.System.EventStream.Subscribe(node.System.ActorOf(Props.Create(() => new Listener(events))), typeof(NatsEvent));
        Publisher = node.Gateways.StartPublisher(settings ?? Settings());
    }

    public IActorRef Publisher { get; }

    public IReadOnlyCollection<NatsEvent> Events => _events;

    public static PublisherSettings Settings(ConfirmMode confirm = ConfirmMode.Fence) => new()
    {
        Delivery = new() { Confirm = confirm },
        Connection = new() { Backoff = new() { Min = TimeSpan.FromMilliseconds(200), Max = TimeSpan.FromMilliseconds(200) } },
    };

    public Task<PublisherStatus> StatusAsync() => Publisher.Ask<PublisherStatus>(GetStatus.Instance, Until.DefaultTimeout);

    public Task ConnectedAsync() => Until.TrueAsync(
        async () => (await StatusAsync()).State == ConnectionState.Connected, TimeSpan.FromSeconds(30), "the publisher has a link");

    /// <summary>The node whose gateway the link leads to.</summary>
    public async Task<Node> GatewayAsync(params Node[] gateways)
    {
        var server = (await StatusAsync()).Server!;
        return gateways.Single(node => server.StartsWith($"{node.Address} (", StringComparison.Ordinal));
    }

    /// <summary>Publishes numbered messages in batches, each again until it is accepted.</summary>
    public async Task PublishAsync(string subject, int first, int count)
    {
        for (var next = first; next < first + count;)
        {
            var batch = Enumerable.Range(next, Math.Min(200, first + count - next)).Select(i => Publish.Text(subject, $"{i}")).ToList();
            var reply = await Publisher.Ask<BatchReply>(new PublishBatch(batch), Until.DefaultTimeout);
            Assert.True(reply.Refusal is null or BufferFull, $"{reply.Refusal}");
            next += reply.Accepted;
        }
    }

    public async Task FlushAsync() => Assert.True(
        (await Publisher.Ask<Flushed>(new Flush(TimeSpan.FromSeconds(60)), TimeSpan.FromSeconds(70))).Completed, $"{await StatusAsync()}");

    private sealed class Listener(ConcurrentQueue<NatsEvent> events) : UntypedActor
    {
        protected override void OnReceive(object message) => events.Enqueue((NatsEvent)message);
    }
}
