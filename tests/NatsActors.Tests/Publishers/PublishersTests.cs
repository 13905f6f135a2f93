using Akka.Actor;
using NatsActors.Testing;

namespace NatsActors.Tests.Publishers;

public sealed class PublishersTests
{
    private static readonly PublisherSettings Nowhere = new()
    {
        Connection = new ConnectionSettings { Servers = [$"nats://127.0.0.1:{LoopbackPorts.Next()}"] },
    };

    [Fact]
    public async Task A_publisher_is_started_once_and_every_caller_gets_the_same()
    {
        await using var test = new TestSystem("nats-actors.publishers.orders {}");

        var first = test.Publishers.Publisher("orders");

        Assert.Equal(first, test.Publishers.Publisher("orders"));
        Assert.Equal("/user/nats-publisher-orders", first.Path.ToStringWithoutAddress());
        Assert.NotEqual(first, test.Publishers.Publisher());
    }

    [Fact]
    public async Task A_name_that_nobody_configured_is_refused_with_those_that_are()
    {
        await using var test = new TestSystem("nats-actors.publishers.orders {}");

        var error = Assert.Throws<ArgumentException>(() => test.Publishers.Publisher("oders"));

        Assert.Contains("'oders'", error.Message, StringComparison.Ordinal);
        Assert.Contains("publisher, orders", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_publisher_of_one_name_is_refused()
    {
        await using var test = new TestSystem();
        test.Publishers.Start(Nowhere with { Name = "orders" });

        var error = Assert.Throws<InvalidOperationException>(() => test.Publishers.Start(Nowhere with { Name = "orders" }));

        Assert.Contains("'orders'", error.Message, StringComparison.Ordinal);
        Assert.Contains("/user/nats-publisher-orders", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_publisher_of_one_name_does_not_start_in_the_tree_either()
    {
        await using var test = new TestSystem();
        var props = NatsPublisher.Props(Nowhere, test.System);
        var first = test.System.ActorOf(props, "first");
        // The name is taken once the head actor has started; the door answers before.
        await first.Ask<ActorIdentity>(new Identify(null), Until.DefaultTimeout);

        var second = test.System.ActorOf(props, "second");

        await test.LoggedAsync("There is a publisher of the name 'publisher' already");
        // The log line comes before the stop.
        await second.WatchAsync().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(1, (await first.Ask<Ack>(new Publish("a", default))).Sequence);
    }

    [Fact]
    public async Task Props_make_a_fresh_publisher_each_time()
    {
        await using var test = new TestSystem();
        var props = NatsPublisher.Props(Nowhere, test.System);
        var first = test.System.ActorOf(props, "first");
        Assert.Equal(1, (await first.Ask<Ack>(new Publish("a", default))).Sequence);

        Assert.True(await first.GracefulStop(TimeSpan.FromSeconds(5)));
        var second = test.System.ActorOf(props, "second");

        Assert.Equal(1, (await second.Ask<Ack>(new Publish("a", default))).Sequence);
        Assert.Equal(1, (await second.Ask<PublisherStatus>(GetStatus.Instance)).BufferedMessages);
    }

    [Fact]
    public async Task A_publisher_that_fails_itself_goes_on_with_what_it_had()
    {
        await using var test = new TestSystem();
        var guard = test.System.ActorOf(Akka.Actor.Props.Create(() => new RestartingParent(NatsPublisher.Props(Nowhere, test.System))));
        var publisher = await guard.Ask<IActorRef>("publisher");
        await publisher.Ask<Ack>(new Publish("a", default));

        publisher.Tell(Kill.Instance);

        Assert.Equal(2, (await publisher.Ask<Ack>(new Publish("a", default), TimeSpan.FromSeconds(10))).Sequence);
        Assert.Equal(2, (await publisher.Ask<PublisherStatus>(GetStatus.Instance)).BufferedMessages);
    }

    [Fact]
    public async Task The_reference_takes_every_command()
    {
        await using var server = await NatsServer.StartAsync();
        await using var test = new TestSystem(TestSystem.To(server));
        var publisher = test.Publishers.Publisher();

        Assert.Equal(new Ack(1), await publisher.Ask<PublishReply>(new Publish("a", default)));
        Assert.Equal(2, (await publisher.Ask<BatchReply>(new PublishBatch([new Publish("a", default), new Publish("b", default)]))).Accepted);
        Assert.True((await publisher.Ask<Flushed>(new Flush(TimeSpan.FromSeconds(10)))).Completed);
        Assert.Equal(0, (await publisher.Ask<Purged>(new Purge())).Count);
        publisher.Tell(ForceReconnect.Instance);
        await test.EventAsync<Reconnected>();
        Assert.Equal(3, (await publisher.Ask<PublisherStatus>(GetStatus.Instance)).Totals.Delivered);
        Assert.True((await publisher.Ask<Drained>(new Drain(TimeSpan.FromSeconds(5)))).Complete);
        Assert.DoesNotContain(test.Log, line => line.Contains("nhandled", StringComparison.Ordinal));
    }


    [Fact]
    public async Task An_unknown_message_is_unhandled()
    {
        await using var test = new TestSystem();
        var publisher = test.Publishers.Start(Nowhere);
        var inbox = Inbox.Create(test.System);
        test.System.EventStream.Subscribe(inbox.Receiver, typeof(Akka.Event.UnhandledMessage));

        publisher.Tell("what is this?", inbox.Receiver);

        var unhandled = Assert.IsType<Akka.Event.UnhandledMessage>(await inbox.ReceiveAsync(Until.DefaultTimeout));
        Assert.Equal(("what is this?", inbox.Receiver), (unhandled.Message, unhandled.Sender));
        await test.LoggedAsync("what is this?");
        Assert.Equal(new Ack(1), await publisher.Ask<PublishReply>(new Publish("a", default)));
    }

    private sealed class RestartingParent : UntypedActor
    {
        private readonly IActorRef _publisher;

        public RestartingParent(Props publisher)
        {
            _publisher = Context.ActorOf(publisher, "publisher");
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Restart);

        protected override void OnReceive(object message) => Sender.Tell(_publisher);
    }
}
