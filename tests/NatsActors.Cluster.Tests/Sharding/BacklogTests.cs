using Akka.Actor;
using NatsActors.Cluster.Sharding;
using NatsActors.Cluster.Tests.Gateway;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Sharding;

/// <summary>With a shared journal a key's backlog belongs to the cluster, and not to the node that has accepted it.</summary>
public sealed class BacklogTests(SharedPostgres postgres) : JournalStage(postgres)
{
    private protected override void Change(ShardedPublisherOptions options)
    {
        base.Change(options);
        options.IdleAfter = TimeSpan.FromSeconds(1);
    }

    [Fact]
    public async Task The_backlog_of_a_node_that_dies_is_sent_by_another_although_nobody_publishes_to_the_key()
    {
        var nodes = await StartAsync("nats", "nats", "");
        await nodes[2].PublishAsync("a", Message(1));
        await AssertNumbersAsync(1);
        await LinkDownAsync();
        for (var number = 2; number <= 20; number++)
        {
            await nodes[2].PublishAsync("a", Message(number));
        }

        var (dies, lives) = nodes[0].Keys.Count == 1 ? (nodes[0], nodes[1]) : (nodes[1], nodes[0]);
        await dies.Node.KillAsync();
        Proxy.Accept();

        await Until.TrueAsync(() => lives.Keys.Count == 1, Patience);
        Assert.Equal(Enumerable.Range(1, 20), await FirstArrivalsAsync(20));
        Assert.True((await nodes[2].AckAsync("a", Message(21))).Sequence > 20);
    }

    [Fact]
    public async Task The_backlog_of_a_node_that_leaves_moves_and_its_senders_are_told_so()
    {
        var nodes = await StartAsync("nats", "nats", "");
        await nodes[2].PublishAsync("a", Message(1));
        await AssertNumbersAsync(1);
        await LinkDownAsync();
        await using var sender = new Sender(nodes[2].Node.System);
        sender.Publish(nodes[2].Region, "a", Message(2) with { WantsOutcome = true });
        await sender.NextAsync<Ack>();
        var (from, to) = nodes[0].Keys.Count == 1 ? (nodes[0], nodes[1]) : (nodes[1], nodes[0]);
        var leaving = from.LeaveAsync();
        Assert.Equal(UndeliveredReason.Kept, (await sender.NextAsync<Undelivered>()).Reason);
        await leaving;

        await Until.TrueAsync(() => to.Keys.Count == 1, Patience);
        Proxy.Accept();
        await AssertNumbersAsync(1, 2);
    }

    [Fact]
    public async Task A_key_that_has_ended_for_being_idle_is_not_started_by_the_next_node()
    {
        var nodes = await StartAsync("nats", "nats", "");
        // Of one shard, so that the node that starts the one could start the other.
        var busy = BesideInItsShard("idle");
        await nodes[2].PublishAsync("idle", Message(1));
        await nodes[2].PublishAsync(busy, Message(2));
        await NumbersAsync(2);
        await Until.TrueAsync(() => nodes.Sum(static node => node.Keys.Count) == 0, Patience);
        await LinkDownAsync();
        await nodes[2].PublishAsync(busy, Message(3));
        var (dies, lives) = nodes[0].Keys.Count == 1 ? (nodes[0], nodes[1]) : (nodes[1], nodes[0]);
        await dies.Node.KillAsync();
        await Until.TrueAsync(() => lives.Keys.Contains(busy), Patience);
        Proxy.Accept();
        await NumbersAsync(3);
        Assert.DoesNotContain("idle", lives.Keys);
    }

    [Fact]
    public async Task Of_two_clusters_with_one_journal_one_is_told_and_nothing_is_lost()
    {
        var first = await StartAsync("nats");
        await first[0].PublishAsync("a", Message(1));
        await AssertNumbersAsync(1);
        await LinkDownAsync();
        await first[0].PublishAsync("a", Message(2));

        // The second cluster has a journal in the same database, and believes that the keys are its own.
        var second = await StartAsync("nats");
        await second[0].AckAsync("a", Message(3));
        await EndedAsync(first[0], 4, "another live publisher uses the persistence id 'nats-publishers/orders/a'");
        await second[0].LeaveAsync();

        Proxy.Accept();
        await first[0].AckAsync("a", Message(5));
        await Until.TrueAsync(() => Reader.Messages.Any(static message => message.Text == "5"), Patience);
        var seen = (await NumbersAsync(4)).Distinct().Where(static number => number != 4);
        Assert.Equal([1, 2, 3, 5], seen);
    }

    private static string BesideInItsShard(string key)
    {
        var extractor = new KeyExtractor(NumberOfShards);
        return Enumerable.Range(1, 1000).Select(static number => $"busy-{number}").First(other => extractor.ShardId(other) == extractor.ShardId(key));
    }

    /// <summary>Publishes until the node's publisher has ended, for the cause. The next one may start before an answer has said so.</summary>
    private static async Task EndedAsync(ShardNode node, int number, string cause)
    {
        using var inbox = Inbox.Create(node.Node.System);
        node.Node.System.EventStream.Subscribe(inbox.Receiver, typeof(Closed));
        var end = inbox.ReceiveAsync(Patience);
        await Until.TrueAsync(
            async () =>
            {
                await node.AskAsync<PublishReply>(new KeyedPublish("a", Message(number)));
                return end.IsCompleted;
            },
            Patience);
        Assert.Contains(cause, Assert.IsType<Closed>(await end).Cause, StringComparison.Ordinal);
    }
}
