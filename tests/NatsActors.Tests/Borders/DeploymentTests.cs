using Akka.Actor;
using Akka.Configuration;
using NatsActors.Connection;
using NatsActors.Testing;
using NatsActors.Tests.Door;

namespace NatsActors.Tests.Borders;

/// <summary>What <c>akka.actor.deployment</c> does to a publisher: a dispatcher works, everything else is refused.</summary>
public sealed class DeploymentTests
{
    [Theory]
    [InlineData("/nats-publisher { router = round-robin-pool, nr-of-instances = 2 }", "/nats-publisher.router = round-robin-pool: a publisher is its own router")]
    [InlineData("/nats-publisher { mailbox = my-mailbox }", "/nats-publisher.mailbox = my-mailbox: a publisher keeps messages in its buffer")]
    [InlineData("/nats-publisher/buffer { mailbox = my-mailbox }", "/nats-publisher/buffer.mailbox = my-mailbox: a publisher keeps messages in its buffer")]
    [InlineData("/nats-publisher/connection { mailbox = my-mailbox }", "/nats-publisher/connection.mailbox = my-mailbox: a publisher keeps messages in its buffer")]
    public async Task A_publisher_by_name_is_refused_where_it_is_asked_for(string deployment, string violation)
    {
        await using var test = new TestSystem(Deployment(deployment));

        var error = Assert.Throws<ConfigurationException>(() => test.Publishers.Publisher());

        Assert.Contains(violation, error.Message, StringComparison.Ordinal);
        Assert.Contains("only 'dispatcher' may be given", error.Message, StringComparison.Ordinal);
        Assert.Throws<ConfigurationException>(() => test.Publishers.Publisher());
    }

    [Theory]
    [InlineData("/parent/orders { mailbox = my-mailbox }", "/parent/orders.mailbox = my-mailbox")]
    [InlineData("/parent/orders/buffer { mailbox = my-mailbox }", "/parent/orders/buffer.mailbox = my-mailbox")]
    [InlineData("\"/parent/orders/*\" { router = random-pool, nr-of-instances = 2 }", "/parent/orders/*.router = random-pool")]
    public async Task A_publisher_in_the_users_tree_is_refused_where_it_is_made(string deployment, string violation)
    {
        await using var test = new TestSystem(Deployment(deployment));
        var parent = test.System.ActorOf(Props.Create(() => new Parent()), "parent");

        var error = await parent.Ask<ConfigurationException>(NatsPublisher.Props(new PublisherSettings(), test.System), Until.DefaultTimeout);

        Assert.Contains(violation, error.InnerException!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_router_in_front_of_a_publisher_in_the_users_tree_is_logged_and_everything_is_answered()
    {
        await using var test = new TestSystem(Deployment("/parent/orders { router = round-robin-pool, nr-of-instances = 3 }"));
        var parent = test.System.ActorOf(Props.Create(() => new Parent()), "parent");
        var publisher = await parent.Ask<IActorRef>(NatsPublisher.Props(new PublisherSettings { Name = "orders" }, test.System), Until.DefaultTimeout);
        const string Cause = "akka.actor.deployment makes akka://tests/user/parent/orders a router of another kind";

        for (var i = 0; i < 6; i++)
        {
            var rejected = await publisher.Ask<Rejected>(new Publish("a", default) { CorrelationId = $"{i}" }, Until.DefaultTimeout);
            Assert.Equal((RejectReason.Closed, $"{i}"), (rejected.Reason, rejected.CorrelationId));
        }

        Assert.IsType<Rejected>((await publisher.Ask<BatchReply>(new PublishBatch([new Publish("a", default)]), Until.DefaultTimeout)).Refusal);
        await publisher.Ask<Flushed>(new Flush(Until.DefaultTimeout), Until.DefaultTimeout);
        await publisher.Ask<Purged>(new Purge(), Until.DefaultTimeout);
        await publisher.Ask<Drained>(new Drain(Until.DefaultTimeout), Until.DefaultTimeout);
        Assert.Equal(ConnectionState.Closed, (await publisher.Ask<PublisherStatus>(GetStatus.Instance, Until.DefaultTimeout)).State);
        await test.LoggedAsync(Cause);
        Assert.Single(test.Log, line => line.Contains(Cause, StringComparison.Ordinal));
        Assert.Contains(Cause, Assert.Single(test.Events.OfType<Closed>()).Cause, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/nats-publisher { dispatcher = my-dispatcher }")]
    [InlineData("nats-actors.akka.dispatcher")]
    public async Task The_actors_of_a_publisher_run_on_the_dispatcher_that_is_given(string where)
    {
        var hocon = (where.StartsWith('/') ? Deployment(where) : "nats-actors.akka.dispatcher = my-dispatcher\n")
            + "my-dispatcher { type = ForkJoinDispatcher, throughput = 10, dedicated-thread-pool { thread-count = 1 } }";
        await using var stage = new DoorStage(hocon: hocon);

        Assert.Equal(["my-dispatcher", "my-dispatcher"], new[] { "buffer", "connection" }.Select(child =>
            ((ActorCell)((ActorRefWithCell)stage.Child(child)).Underlying).Dispatcher.Id));
        Assert.IsType<Ack>(await stage.Publisher.Ask<PublishReply>(DoorStage.Message()));
        await Until.TrueAsync(() => stage.Links.Last.LastSequence == 1);
    }

    private static string Deployment(string text) =>
        $$"""
        akka.actor.deployment { {{text}} }
        my-mailbox.mailbox-type = "Akka.Dispatch.UnboundedMailbox, Akka"

        """;

    /// <summary>Makes a child of the Props that it is told, and answers with it, or with what refused it.</summary>
    private sealed class Parent : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            try
            {
                Sender.Tell(Context.ActorOf((Props)message, "orders"));
            }
            catch (ConfigurationException error)
            {
                Sender.Tell(error);
            }
        }
    }
}
