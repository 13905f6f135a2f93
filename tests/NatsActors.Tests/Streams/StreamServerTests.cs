using System.Globalization;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using NatsActors.Testing;
using NatsActors.Tests.Contract;

namespace NatsActors.Tests.Streams;

/// <summary>Streams into a real nats-server; a client of its own reads what arrived.</summary>
public sealed class StreamServerTests
{
    private const int Messages = 20_000;
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("reject")]
    [InlineData("wait")]
    public async Task Two_sinks_on_a_small_buffer_keep_their_orders_over_an_outage_and_leave_the_publisher_alone(string overflow)
    {
        await using var stage = await StreamStage.StartAsync($"buffer {{ max-messages = 1000, overflow = {overflow}, wait-max-messages = 300 }}");
        var (publisher, materializer) = (stage.Publisher, stage.Materializer);
        var sink = NatsSink.PublishAndCount(publisher);
        var runs = new[] { "p.1", "p.2" }.Select(subject => Numbers(subject, Messages).RunWith(sink, materializer)).ToList();

        await Until.TrueAsync(() => stage.Totals.Stored > 1000, Limit);
        await stage.Server.KillAsync();
        await stage.Test.EventAsync<OverflowStarted>();
        await stage.Server.RestartAsync();

        Assert.All(await Task.WhenAll(runs).WaitAsync(Limit), counts => Assert.Equal(new PublishCounts { Stored = Messages }, counts));
        await stage.AssertOrderAsync(2, Messages);
        Assert.Equal(2 * Messages, stage.Totals.Accepted);
        Assert.IsType<Ack>(await publisher.PublishAsync(Publish.Text("p.3", "1"), Limit));
    }

    [Fact]
    public async Task A_flow_gives_every_element_its_place_in_the_stream_in_order()
    {
        await using var stage = await StreamStage.StartAsync();

        var results = await Numbers("p.1", 2000).Select(message => (message with { CorrelationId = $"c{message.Payload.Length}" }, message.Subject))
            .Via(NatsFlow.Publish<string>(stage.Publisher, 300))
            .RunWith(Sink.Seq<(PublishResult Result, string Subject)>(), stage.Materializer).WaitAsync(Limit);

        Assert.Equal(Enumerable.Range(1, 2000).Select(static n => (long)n), results.Select(each => ((Stored)each.Result.Outcome!).StreamSequence));
        Assert.All(results, each => Assert.Equal("p.1", each.Subject));
        Assert.All(results, each => Assert.StartsWith("c", each.Result.Outcome!.CorrelationId, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Restarts_of_the_publishers_actors_cost_a_stream_nothing()
    {
        await using var stage = await StreamStage.StartAsync();
        var run = Numbers("p.1", Messages).Throttle(5000, TimeSpan.FromSeconds(1), 100, ThrottleMode.Shaping)
            .RunWith(NatsSink.PublishAndCount(stage.Publisher), stage.Materializer);
        for (var crash = 0; crash < 6; crash++)
        {
            var before = stage.Totals.Stored;
            await Until.TrueAsync(() => stage.Totals.Stored > before, Limit);
            (await TestSystem.ChildAsync(stage.Publisher, crash % 2 == 0 ? "buffer" : "connection")).Tell(Kill.Instance, ActorRefs.NoSender);
        }

        Assert.Equal(new PublishCounts { Stored = Messages }, await run.WaitAsync(Limit));
        await stage.AssertOrderAsync(1, Messages);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_the_publisher_is_drained_or_stopped_every_element_has_its_end(bool drains)
    {
        await using var stage = await StreamStage.StartAsync();
        var run = Endless("p.1").RunWith(NatsSink.PublishAndCount(stage.Publisher), stage.Materializer);
        await Until.TrueAsync(() => stage.Totals.Stored > 1000, Limit);

        stage.Publisher.Tell(drains ? new Drain(Limit) : PoisonPill.Instance);

        var failure = await Assert.ThrowsAsync<PublishFailedException>(() => run.WaitAsync(Limit));
        Assert.True(failure.RejectReason is RejectReason.Draining or RejectReason.Closed, failure.Message);
        Assert.Equal((failure.Counts.Stored, failure.Counts.Undelivered), (stage.Totals.Stored, stage.Totals.Undelivered));
        if (drains)
        {
            Assert.Equal(0, failure.Counts.Undelivered);
        }

        // What a stream has is a prefix of the elements.
        await stage.AssertOrderAsync(1, null);
    }

    [Fact]
    public async Task A_purge_fails_a_sink_that_waits_for_outcomes()
    {
        await using var test = new TestSystem(TestSystem.To(LoopbackPorts.Next()));
        var publisher = test.Publishers.Publisher();
        var run = Numbers("p.1", 500).RunWith(NatsSink.Publish(publisher), test.System.Materializer());
        await Until.TrueAsync(() => publisher.Ask<PublisherStatus>(GetStatus.Instance).Result.BufferedMessages == 500);
        Assert.False(run.IsCompleted);

        publisher.Tell(new Purge());

        var failure = await Assert.ThrowsAsync<PublishFailedException>(() => run.WaitAsync(Limit));
        Assert.Equal((UndeliveredReason.Purged, 1L, 1L), (failure.UndeliveredReason, failure.Sequence, failure.Element));
        Assert.DoesNotContain(test.Log, line => line.Contains("dead letter", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_sink_of_another_system_keeps_its_order_with_batches_beyond_a_frame()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await StreamStage.CreateAsync(server);
        await using var publishers = ContractSystem.Remote("publishers", TestSystem.To(server, "delivery.confirm = jetstream, buffer.max-messages = 100"));
        await using var senders = ContractSystem.Remote("senders");
        var local = NatsPublishers.Get(publishers.System).Publisher();
        var publisher = await senders.ResolveAsync(publishers, local);

        // A batch of 256 such messages has 768,000 bytes; a frame of Akka.Remote has 128,000.
        var counts = await Numbers("p.1", 1000, padding: 3000).RunWith(NatsSink.PublishAndCount(publisher), senders.System.Materializer()).WaitAsync(Limit);

        Assert.Equal(new PublishCounts { Stored = 1000 }, counts);
        await StreamStage.AssertOrderAsync(server, 1, 1000);
    }

    [Fact]
    public async Task A_stream_hears_of_a_remote_publisher_that_stops()
    {
        await using var publishers = ContractSystem.Remote("publishers", TestSystem.To(LoopbackPorts.Next()));
        await using var senders = ContractSystem.Remote("senders");
        var local = NatsPublishers.Get(publishers.System).Publisher();
        var publisher = await senders.ResolveAsync(publishers, local);
        var run = Numbers("p.1", 100).RunWith(NatsSink.PublishAndCount(publisher), senders.System.Materializer());
        await Until.TrueAsync(() => local.Ask<PublisherStatus>(GetStatus.Instance).Result.BufferedMessages == 100);

        local.Tell(PoisonPill.Instance);

        // The outcomes are Closed: no link has carried the messages.
        Assert.Equal(new PublishCounts { Undelivered = 100 }, await run.WaitAsync(Limit));
    }

    internal static Source<Publish, Akka.NotUsed> Numbers(string subject, int count, int padding = 0) => Source.From(Enumerable.Range(1, count))
        .Select(number => Publish.Text(subject, number.ToString(CultureInfo.InvariantCulture).PadLeft(padding, '0')));

    private static Source<Publish, Akka.NotUsed> Endless(string subject) => Numbers(subject, int.MaxValue);
}
