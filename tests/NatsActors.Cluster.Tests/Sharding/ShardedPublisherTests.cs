using System.Collections.Concurrent;
using Akka.Actor;
using Google.Protobuf;
using NatsActors.Cluster.Sharding;
using NatsActors.Cluster.Sharding.Wire;
using NatsActors.Cluster.Tests.Gateway;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Sharding;

/// <summary>The publisher of a key answers senders on all nodes as any publisher does, and is the only one of its key.</summary>
public sealed class ShardedPublisherTests : ShardStage
{
    private protected override void Change(ShardedPublisherOptions options) => options.Settings = static (key, settings) => key switch
    {
        "small" => settings with { Buffer = settings.Buffer with { MaxMessages = 2 } },
        "bad" => settings with { Buffer = settings.Buffer with { MaxMessages = -1 } },
        _ => settings,
    };

    [Fact]
    public async Task Messages_of_all_nodes_go_through_one_publisher_of_their_key_in_order()
    {
        var nodes = await StartAsync("nats", "nats", "");
        for (var number = 1; number <= 60; number++)
        {
            var ack = await nodes[number % 3].PublishAsync("tenant-1", Message(number));
            Assert.Equal((number, $"{number}"), ((int)ack.Sequence, ack.CorrelationId));
        }

        Assert.Equal(Enumerable.Range(1, 60), await NumbersAsync(60));
        Assert.Equal(["tenant-1"], nodes.SelectMany(static node => node.Keys));
        Assert.Empty(nodes[2].Keys);
    }

    [Fact]
    public async Task Keys_are_spread_over_the_nodes_of_the_role()
    {
        var nodes = await StartAsync("nats", "nats", "");
        var keys = Enumerable.Range(1, 40).Select(static number => $"device-{number}").ToList();
        await Task.WhenAll(keys.Select((key, number) => nodes[number % 3].AckAsync(key, Message(number))));

        // A publisher answers before it is among those that run.
        await Until.TrueAsync(() => keys.Order().SequenceEqual(nodes.SelectMany(static node => node.Keys).Order()));
        Assert.NotEmpty(nodes[0].Keys);
        Assert.NotEmpty(nodes[1].Keys);
        await NumbersAsync(40);
    }

    [Fact]
    public async Task Batches_flushes_statuses_and_outcomes_are_answered_from_the_other_node()
    {
        var nodes = await StartAsync("nats", "");
        var reply = await nodes[1].AskAsync<BatchReply>(new KeyedBatch("a", new PublishBatch([Message(1), Message(2)]) { CorrelationId = "b" }));
        Assert.Equal((2, "b", null), (reply.Accepted, reply.CorrelationId, reply.Refusal));
        Assert.True((await nodes[1].AskAsync<Flushed>(new KeyedFlush("a", Patience))).Completed);
        Assert.Equal(2, (await nodes[1].AskAsync<PublisherStatus>(new KeyedStatus("a"))).Totals.Delivered);

        await using var sender = new Sender(nodes[1].Node.System);
        sender.Publish(nodes[1].Region, "a", Message(3) with { WantsOutcome = true });
        Assert.Equal(3, (await sender.NextAsync<Ack>()).Sequence);
        Assert.Equal("3", (await sender.NextAsync<Delivered>()).CorrelationId);
        await AssertNumbersAsync(1, 2, 3);
    }

    [Fact]
    public async Task A_full_buffer_and_a_refusal_are_answered_to_the_other_node()
    {
        var nodes = await StartAsync("nats", "");
        await LinkDownAsync();
        await using var sender = new Sender(nodes[1].Node.System);
        for (var number = 1; number <= 3; number++)
        {
            sender.Publish(nodes[1].Region, "small", Message(number));
        }

        await sender.NextAsync<Ack>();
        await sender.NextAsync<Ack>();
        Assert.Equal(BufferLimit.Messages, (await sender.NextAsync<BufferFull>()).Limit);
        sender.Publish(nodes[1].Region, "small", Publish.Text("a subject", ""));
        Assert.Equal(RejectReason.BadSubject, (await sender.NextAsync<Rejected>()).Reason);
        sender.Publish(nodes[1].Region, "small", new Publish("orders.new", new byte[200_000]));
        Assert.Equal(RejectReason.TooLargeForRemote, (await sender.NextAsync<Rejected>()).Reason);

        Proxy.Accept();
        Assert.Equal("orders-small", (await sender.NextAsync<CapacityAvailable>()).Publisher);
        await AssertNumbersAsync(1, 2);
    }

    [Fact]
    public async Task Settings_of_a_key_that_are_not_valid_are_an_answer()
    {
        var nodes = await StartAsync("nats");
        var rejected = Assert.IsType<Rejected>(await nodes[0].AskAsync<PublishReply>(new KeyedPublish("bad", Message(1))));
        Assert.Equal((RejectReason.Closed, "1"), (rejected.Reason, rejected.CorrelationId));
        Assert.Contains("the publisher of the key 'bad' of orders has ended", rejected.Detail, StringComparison.Ordinal);
        Assert.Contains("buffer.max-messages", rejected.Detail, StringComparison.Ordinal);
        Assert.Equal(ConnectionState.Closed, (await nodes[0].AskAsync<PublisherStatus>(new KeyedStatus("bad"))).State);
        Assert.False((await nodes[0].AskAsync<Flushed>(new KeyedFlush("bad", TimeSpan.Zero))).Completed);
        Assert.Equal(0, (await nodes[0].AskAsync<BatchReply>(new KeyedBatch("bad", new PublishBatch([Message(1)])))).Accepted);
    }

    [Fact]
    public async Task A_message_of_a_newer_version_is_answered_by_the_node_of_the_key()
    {
        var nodes = await StartAsync("nats", "");
        var newer = new KeyedWire { Key = "a", Message = ByteString.CopyFromUtf8("whatever") }.ToByteArray();
        var rejected = await nodes[1].AskAsync<Rejected>(new KeyedUnknown("a", "k.newer", newer));
        Assert.Equal(RejectReason.InternalError, rejected.Reason);
        Assert.Contains("does not know the message 'k.newer'; update that node first", rejected.Detail, StringComparison.Ordinal);
        await nodes[1].AckAsync("a", Message(1));
    }

    [Fact]
    public async Task The_metrics_of_a_type_have_no_keys()
    {
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        // Publishers measure on threads of their own.
        var seen = new ConcurrentDictionary<string, double>();
        listener.InstrumentPublished = (instrument, each) =>
        {
            if (instrument.Meter.Name == PublisherMetrics.MeterName)
            {
                each.EnableMeasurementEvents(instrument);
            }
        };
        void Note(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var (tag, text) in tags)
            {
                Assert.False(tag == "publisher" && text is "metered-k1" or "metered-k2");
                if (tag == "publisher" && text is "metered")
                {
                    seen[name] = value;
                }
            }
        }

        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        listener.Start();
        var node = Node.Start($$"""nats-actors.publisher.connection { servers = ["{{Server.Url}}"], discover-servers = off }""", "nats");
        await using var disposed = node;
        await Node.JoinAsync(node);
        var region = ShardedNatsPublishers.Get(node.System).Start("metered", new ShardedPublisherOptions { IdleAfter = TimeSpan.FromMilliseconds(300) });
        var shard = new ShardNode(node, region);
        await Until.TrueAsync(async () => await shard.RegionsAsync() == 1, Patience);
        await shard.PublishAsync("k1", Message(1));
        await shard.PublishAsync("k2", Message(2));
        await NumbersAsync(2);
        await Until.TrueAsync(() =>
        {
            listener.RecordObservableInstruments();
            return seen.GetValueOrDefault("natsactors.sharded.publishers", 1) == 0 && seen["natsactors.sharded.messages.delivered"] == 2;
        });
        Assert.Equal(2, seen["natsactors.sharded.messages.accepted"]);
    }
}
