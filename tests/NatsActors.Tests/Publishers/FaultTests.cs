using System.Text;
using Akka;
using Akka.Actor;
using NatsActors.Connection;
using NatsActors.Hosting;
using NatsActors.Testing;

namespace NatsActors.Tests.Publishers;

/// <summary>Bad input and faults, against a real nats-server. Alone in the process: shutdowns have short times to keep.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class FaultTests
{
    private const string Secret = "correct-horse-battery";

    [Fact]
    public async Task A_publisher_used_before_its_server_exists_keeps_what_it_took_and_sends_it_in_order()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("lines");
        await using var door = NatsActors.Testing.CuttingProxy.Start(server.Port);
        door.Refuse();
        await using var test = new TestSystem(TestSystem.To(door.Port));
        var publisher = test.Publishers.Publisher();
        for (var i = 1; i <= 100; i++)
        {
            Assert.Equal(new Ack(i), await publisher.Ask<PublishReply>(Number(i)));
        }

        var down = await test.EventAsync<Disconnected>();
        Assert.Equal(LinkLossKind.Unreachable, down.Kind);
        door.Accept();
        await test.EventAsync<Connected>();

        Assert.True((await publisher.Ask<Flushed>(new Flush(TimeSpan.FromSeconds(10)))).Completed);
        var status = await publisher.Ask<PublisherStatus>(GetStatus.Instance);
        Assert.Equal((100, 0), (status.Totals.Delivered, status.BufferedMessages));
        await reader.PingAsync();
        Assert.Equal(Enumerable.Range(1, 100), FirstArrivals(reader));
        Assert.Single(test.Events.OfType<Disconnected>());
    }

    [Fact]
    public async Task Wrong_credentials_are_one_event_without_a_spin_and_stand_nowhere_in_the_log()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = "authorization { user: u, password: other }" });
        await using var proxy = NatsActors.Testing.CuttingProxy.Start(server.Port);
        await using var test = new TestSystem(
            TestSystem.To(proxy.Port, "connection.backoff.authorization = 1m"),
            NatsPublisherSetup.Empty.WithCredentials(NatsCredentials.UserPassword("u", Secret)));

        var publisher = test.Publishers.Publisher();
        var refused = await test.EventAsync<AuthenticationFailed>();
        var attempts = proxy.Connections;
        await test.LoggedAsync("the credentials do not log in at nats://");
        Assert.IsType<Ack>(await publisher.Ask<PublishReply>(new Publish("a", default)));
        var status = await publisher.Ask<PublisherStatus>(GetStatus.Instance);

        Assert.False(refused.Final);
        Assert.InRange(attempts, 1, 3);
        Assert.Single(test.Events.OfType<AuthenticationFailed>());
        Assert.Equal(ConnectionState.Backoff, status.State);
        Assert.DoesNotContain(test.Log, line => line.Contains(Secret, StringComparison.Ordinal));
        Assert.DoesNotContain(test.Events, e => e.ToString().Contains(Secret, StringComparison.Ordinal));
        Assert.DoesNotContain(Secret, status.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_credentials_can_be_the_end_with_an_answer_to_every_command()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = "authorization { user: u, password: other }" });
        await using var test = new TestSystem(TestSystem.To(server, "connection.authorization-error = stop"));

        var publisher = test.Publishers.Publisher();
        Assert.True((await test.EventAsync<AuthenticationFailed>()).Final);
        await test.EventAsync<Closed>();

        Assert.Equal(RejectReason.Closed, Assert.IsType<Rejected>(await publisher.Ask<PublishReply>(new Publish("a", default))).Reason);
        Assert.Equal(ConnectionState.Closed, (await publisher.Ask<PublisherStatus>(GetStatus.Instance)).State);
    }

    [Fact]
    public async Task A_kill_in_the_middle_loses_nothing_and_keeps_the_order()
    {
        await using var server = await NatsServer.StartAsync();
        await using var proxy = NatsActors.Testing.CuttingProxy.Start(server.Port);
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("lines");
        await using var test = new TestSystem(TestSystem.To(proxy.Port));
        var publisher = test.Publishers.Publisher();

        for (var i = 1; i <= 20_000; i++)
        {
            publisher.Tell(Number(i), ActorRefs.NoSender);
            if (i % 4000 == 0)
            {
                await Until.TrueAsync(() => proxy.ClientBytes > 1000);
                proxy.CutWithRst();
            }
        }

        Assert.True((await publisher.Ask<Flushed>(new Flush(TimeSpan.FromSeconds(20)))).Completed);
        await reader.PingAsync();
        Assert.Equal(Enumerable.Range(1, 20_000), FirstArrivals(reader));
    }

    [Fact]
    public async Task A_crash_of_a_child_in_the_middle_of_a_drain_loses_nothing_and_keeps_the_order()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("lines");
        await using var test = new TestSystem(TestSystem.To(server));
        var publisher = test.Publishers.Publisher();
        await test.EventAsync<Connected>();
        for (var i = 1; i <= 20_000; i++)
        {
            publisher.Tell(Number(i), ActorRefs.NoSender);
        }

        var drained = publisher.Ask<Drained>(new Drain(TimeSpan.FromSeconds(20)));
        foreach (var child in new[] { "buffer", "connection" })
        {
            (await TestSystem.ChildAsync(publisher, child)).Tell(Kill.Instance);
        }

        Assert.True((await drained).Complete);
        Assert.Equal(20_000, (await drained).Totals.Delivered);
        await reader.PingAsync();
        Assert.Equal(Enumerable.Range(1, 20_000), FirstArrivals(reader));
    }

    [Fact]
    public async Task A_shutdown_drains_before_the_system_ends()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("lines");
        await using var test = new TestSystem(TestSystem.To(server) + "\nakka.coordinated-shutdown.phases.service-stop.timeout = 20s");
        var publisher = test.Publishers.Publisher();
        for (var i = 1; i <= 5000; i++)
        {
            publisher.Tell(Number(i), ActorRefs.NoSender);
        }

        await CoordinatedShutdown.Get(test.System).Run(CoordinatedShutdown.ClrExitReason.Instance);

        Assert.Equal(5000, (await reader.WaitForAsync(5000)).Count);
        test.AssertLogged("publisher: closed; everything has its outcome: accepted 5000, delivered 5000");
    }

    [Fact]
    public async Task A_shutdown_during_an_outage_ends_in_its_phases_time_and_lists_what_was_not_sent()
    {
        await using var test = new TestSystem(
            TestSystem.To(LoopbackPorts.Next()) + "\nakka.coordinated-shutdown.phases.service-stop.timeout = 3s");
        var publisher = test.Publishers.Publisher();
        await publisher.Ask<Ack>(new Publish("orders.new", default));
        await publisher.Ask<Ack>(new Publish("orders.new", default));
        await publisher.Ask<Ack>(new Publish("audit", default));

        var started = TimeProvider.System.GetTimestamp();
        await CoordinatedShutdown.Get(test.System).Run(CoordinatedShutdown.ClrExitReason.Instance);

        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 1.95, 10);
        // A busy machine may end the phase before the drain's own deadline has been seen.
        test.AssertLogged("3 messages not sent: 2 to orders.new, 1 to audit");
        Assert.Contains(test.Events, e => e is MessagesUndelivered { Reason: UndeliveredReason.Closed, Count: 3 });
        Assert.Contains(test.Events, e => e is Closed { Totals: { Undelivered: 3, Balanced: true } });
    }

    [Theory]
    [InlineData(20_000, 2_000)]
    [InlineData(5_000, 1_000)]
    [InlineData(1_500, 750)]
    [InlineData(200, 100)]
    public void A_drain_leaves_its_phase_the_time_for_an_answer(int phase, int margin) =>
        Assert.Equal(margin, ShutdownDrain.Margin(TimeSpan.FromMilliseconds(phase)).TotalMilliseconds);

    [Fact]
    public async Task A_shutdown_that_gets_no_answer_says_what_was_still_there()
    {
        await using var test = new TestSystem(
            TestSystem.To(LoopbackPorts.Next()) + "\nakka.coordinated-shutdown.phases.service-stop.timeout = 2s");
        var publisher = test.Publishers.Publisher();
        await publisher.Ask<Ack>(new Publish("a", default));
        (await TestSystem.ChildAsync(publisher, "buffer")).Suspend();

        await CoordinatedShutdown.Get(test.System).Run(CoordinatedShutdown.ClrExitReason.Instance);

        test.AssertLogged("publisher: the drain did not end within 00:00:02; accepted 1, delivered 0, stored 0, undelivered 0, buffered 1");
    }

    [Fact]
    public async Task A_shutdown_while_the_server_hangs_says_how_many_messages_may_have_arrived()
    {
        await using var server = await NatsServer.StartAsync();
        await using var proxy = NatsActors.Testing.CuttingProxy.Start(server.Port);
        await using var test = new TestSystem(
            TestSystem.To(proxy.Port) + "\nakka.coordinated-shutdown.phases.service-stop.timeout = 3s");
        var publisher = test.Publishers.Publisher();
        await test.EventAsync<Connected>();
        proxy.WithholdPongs();
        await publisher.Ask<BatchReply>(new PublishBatch([Number(1), Number(2)]));
        await Until.TrueAsync(async () => (await publisher.Ask<PublisherStatus>(GetStatus.Instance)).InFlightMessages == 2);

        var started = TimeProvider.System.GetTimestamp();
        await CoordinatedShutdown.Get(test.System).Run(CoordinatedShutdown.ClrExitReason.Instance);

        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 1.95, 10);
        test.AssertLogged("2 messages not sent (2 of them may have arrived): 2 to lines");
        Assert.Contains(test.Events, e => e is MessagesUndelivered { Reason: UndeliveredReason.Indeterminate, Count: 2 });
    }

    [Fact]
    public async Task A_reply_to_a_sender_that_died_is_a_dead_letter_and_nothing_else()
    {
        await using var test = new TestSystem(TestSystem.To(LoopbackPorts.Next()));
        var publisher = test.Publishers.Publisher();
        var sender = test.System.ActorOf(Akka.Actor.Props.Empty, "producer");
        await sender.GracefulStop(TimeSpan.FromSeconds(5));

        // The listener has started.
        await test.System.ActorSelection("/system/deadLetterListener").ResolveOne(Until.DefaultTimeout);

        publisher.Tell(new Publish("a", Encoding.UTF8.GetBytes(Secret)), sender);

        await test.LoggedAsync("Message [Ack]");
        Assert.Equal(1, (await publisher.Ask<PublisherStatus>(GetStatus.Instance)).BufferedMessages);
        Assert.DoesNotContain(test.Log, line => line.Contains(Secret, StringComparison.Ordinal));
    }

    private static Publish Number(int i) => new("lines", Encoding.UTF8.GetBytes($"{i}"));

    /// <summary>A resend may bring a message twice: what counts is where it came first.</summary>
    private static IEnumerable<int> FirstArrivals(NatsReader reader) =>
        reader.Messages.Select(message => int.Parse(message.Text, System.Globalization.CultureInfo.InvariantCulture)).Distinct();
}
