using Akka.Actor;
using Akka.Configuration;
using NatsActors.Testing;

namespace NatsActors.Tests.Hocon;

/// <summary>What a system's HOCON does to its publishers.</summary>
public sealed class HoconTests
{
    [Fact]
    public void Wrong_hocon_fails_the_start_of_a_system_that_names_the_extension()
    {
        var config = ConfigurationFactory.ParseString(
            """
            akka.extensions = ["NatsActors.NatsPublishersProvider, NatsActors"]
            nats-actors.publisher.buffer.max-bites = 5MiB
            """);

        var error = Assert.Throws<SettingsException>(() => ActorSystem.Create("wrong", config));

        Assert.Equal(["nats-actors.publisher.buffer.max-bites: is not a key; did you mean buffer.max-bytes?"], error.Violations);
    }

    [Fact]
    public async Task A_dispatcher_of_ones_own_runs_the_publisher_and_its_children()
    {
        await using var test = new TestSystem(
            """
            nats-dispatcher { type = Dispatcher, throughput = 7 }
            nats-actors.akka.dispatcher = nats-dispatcher
            """);

        var publisher = test.Publishers.Publisher();
        await publisher.Ask<PublisherStatus>(GetStatus.Instance, TimeSpan.FromSeconds(10));

        Assert.Equal("nats-dispatcher", DispatcherOf(await TestSystem.ChildAsync(publisher, "buffer")));
        Assert.Equal("nats-dispatcher", DispatcherOf(await TestSystem.ChildAsync(publisher, "connection")));
        Assert.Equal("nats-dispatcher", DispatcherOf(publisher));
    }

    [Fact]
    public async Task A_dispatcher_of_ones_own_keeps_publishing_alive_while_other_actors_block_the_default_one()
    {
        await using var server = await NatsServer.StartAsync();
        await using var test = new TestSystem(
            """
            akka.actor.default-dispatcher { type = ForkJoinDispatcher, throughput = 1, dedicated-thread-pool { thread-count = 2 } }
            nats-dispatcher { type = ForkJoinDispatcher, throughput = 10, dedicated-thread-pool { thread-count = 1 } }
            nats-actors.akka.dispatcher = nats-dispatcher
            """ + "\n" + TestSystem.To(server));
        var publisher = test.Publishers.Publisher();
        await test.EventAsync<Connected>();
        using var blocker = new Blocker();
        await blocker.HoldAsync(test.System, "akka.actor.default-dispatcher", threads: 2);

        Assert.IsType<Ack>(await publisher.Ask<PublishReply>(new Publish("a", default), TimeSpan.FromSeconds(10)));
        Assert.True((await publisher.Ask<Flushed>(new Flush(TimeSpan.FromSeconds(10)))).Completed);
    }

    private static string DispatcherOf(IActorRef actor) => ((ActorCell)((ActorRefWithCell)actor).Underlying).Dispatcher.Id;
}
