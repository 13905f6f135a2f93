using Akka.Configuration;
using NatsActors.Testing;

namespace NatsActors.Tests.Hocon;

/// <summary>Settings through Akka's own parser.</summary>
public sealed class HoconTests
{
    public static TheoryData<string> Samples =>
        [.. Directory.GetFiles(Path.GetDirectoryName(Reference)!, "*.conf").Select(file => Path.GetFileName(file)!).Where(name => name != "reference.conf")];

    private static string Reference => Repository.PathTo("hocon", "reference.conf");

    [Fact]
    public async Task Without_hocon_every_setting_has_the_default_of_reference_conf()
    {
        await using var test = new TestSystem();

        Assert.Equal([NatsPublishers.DefaultName], test.Publishers.Names);
        var settings = test.Publishers.SettingsOf();
        Assert.Equal(
            SettingsKeys.All.Select(key => (key.Path, key.Show(new PublisherSettings()))),
            SettingsKeys.All.Select(key => (key.Path, key.Show(settings))));
    }

    [Fact]
    public void Akkas_parser_reads_the_same_out_of_reference_conf_as_the_library_itself()
    {
        var parsed = HoconReader.Flatten(ConfigurationFactory.ParseString(File.ReadAllText(Reference)).GetConfig("nats-actors.publisher"));

        Assert.Equal(ReferenceDefaults.All.OrderBy(pair => pair.Key, StringComparer.Ordinal), parsed);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task A_ready_sample_is_read_as_it_stands(string sample)
    {
        await using var test = new TestSystem(File.ReadAllText(Repository.PathTo("hocon", sample)));

        Assert.True(test.Publishers.Names.Count() > 1 || test.Publishers.SettingsOf() != new PublisherSettings(), sample);
    }

    [Fact]
    public async Task A_named_publisher_inherits_what_it_does_not_say_itself()
    {
        await using var test = new TestSystem(
            """
            nats-actors {
              publisher { connection.servers = ["nats://a:1", "nats://b:2"], buffer { max-bytes = 2MiB, overflow = drop-oldest } }
              publishers.orders { buffer.max-bytes = 1GiB, connection.servers = ["nats://c:3"] }
            }
            """);

        var orders = test.Publishers.SettingsOf("orders");
        Assert.Equal("orders", orders.Name);
        Assert.Equal(["nats://c:3"], orders.Connection.Servers);
        Assert.Equal(1L << 30, orders.Buffer.MaxBytes);
        Assert.Equal(OverflowPolicy.DropOldest, orders.Buffer.Overflow);
        Assert.Equal(2L << 20, test.Publishers.SettingsOf().Buffer.MaxBytes);
    }

    [Fact]
    public async Task Of_several_layers_the_first_that_has_a_value_counts_and_a_list_counts_as_a_whole()
    {
        var upper = ConfigurationFactory.ParseString("nats-actors.publisher { connection.servers = [\"nats://a:1\"], buffer.max-messages = 5 }");
        var lower = ConfigurationFactory.ParseString(
            "nats-actors.publisher { connection.servers = [\"nats://b:2\", \"nats://c:3\"], buffer { max-messages = 6, max-bytes = 1MiB } }");
        using var system = ActorSystem.Create("layers", upper.WithFallback(lower));

        var settings = NatsPublishers.Get(system).SettingsOf();

        Assert.Equal(["nats://a:1"], settings.Connection.Servers);
        Assert.Equal((5L, 1L << 20), (settings.Buffer.MaxMessages, settings.Buffer.MaxBytes));
        await system.Terminate();
    }

    [Fact]
    public async Task Every_violation_of_every_publisher_is_in_one_error_with_its_full_path()
    {
        await using var test = new TestSystem(
            """
            nats-actors {
              publisher { buffer.max-bites = 5MiB, connection.connect-timeout = 5 }
              publishers.orders { buffer.low-watermark = 0.9, connection.password = "hunter2" }
              akka { dispatcher = "no-such-dispatcher", drain-phase = never, mailbx = 1 }
              other = 1
            }
            """);

        var error = Assert.Throws<SettingsException>(() => NatsPublishers.Get(test.System));

        Assert.Equal(
            """
            nats-actors.other: is not a key; known are publisher and publishers.NAME
            nats-actors.publisher.buffer.max-bites: is not a key; did you mean buffer.max-bytes?
            nats-actors.publisher.connection.connect-timeout: '5' is a number without a unit; must be a duration with a unit (ms, s, m, h, d), such as 5s
            nats-actors.publishers.orders.connection.password: is a secret and is not read from here; give it in code, or in a Setup
            nats-actors.publishers.orders.buffer.low-watermark: '0.9' must be below buffer.high-watermark (0.8)
            nats-actors.akka.mailbx: is not a key; known are akka.dispatcher, akka.drain-phase, akka.mailbox.mailbox-type
            nats-actors.akka.dispatcher: 'no-such-dispatcher' is not a dispatcher of this system's configuration
            nats-actors.akka.drain-phase: 'never' is not a phase of akka.coordinated-shutdown.phases
            """,
            string.Join("\n", error.Violations),
            ignoreLineEndingDifferences: true);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

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
        await test.Publishers.GetDirectAsync();

        Assert.Equal("nats-dispatcher", DispatcherOf(publisher));
        Assert.Equal("nats-dispatcher", DispatcherOf(((ActorRefWithCell)publisher).GetSingleChild("buffer")));
        Assert.Equal("nats-dispatcher", DispatcherOf(((ActorRefWithCell)publisher).GetSingleChild("connection")));
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
        var publisher = await test.Publishers.GetDirectAsync();
        await test.EventAsync<Connected>();
        using var blocker = new Blocker();
        await blocker.HoldAsync(test.System, "akka.actor.default-dispatcher", threads: 2);

        Assert.IsType<Ack>(await publisher.Ask<PublishReply>(new Publish("a", default), TimeSpan.FromSeconds(10)));
        Assert.True((await publisher.Ask<Flushed>(new Flush(TimeSpan.FromSeconds(10)))).Completed);
    }

    private static string DispatcherOf(IActorRef actor) => ((ActorCell)((ActorRefWithCell)actor).Underlying).Dispatcher.Id;
}
