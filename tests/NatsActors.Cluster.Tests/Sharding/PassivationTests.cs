using NatsActors.Cluster.Tests.Gateway;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Sharding;

/// <summary>A publisher ends when it was idle for a while, and never with messages in its buffer.</summary>
public sealed class PassivationTests : ShardStage
{
    private protected override void Change(ShardedPublisherOptions options) => options.IdleAfter = TimeSpan.FromMilliseconds(400);

    [Fact]
    public async Task An_idle_publisher_ends_and_the_next_message_starts_it_anew()
    {
        var nodes = await StartAsync("nats", "");
        await nodes[1].PublishAsync("a", Message(1));
        await AssertNumbersAsync(1);
        await Until.TrueAsync(() => nodes[0].Keys.Count == 0 && Proxy.OpenConnections == 0);

        Assert.Equal(1, (await nodes[1].PublishAsync("a", Message(2))).Sequence);
        await AssertNumbersAsync(1, 2);
    }

    [Fact]
    public async Task A_publisher_with_messages_in_its_buffer_stays_and_sends_them()
    {
        var nodes = await StartAsync("nats");
        await LinkDownAsync();
        await nodes[0].PublishAsync("b", Message(1));
        // Another key comes and goes in the time of several ticks.
        for (var round = 0; round < 3; round++)
        {
            await nodes[0].AskAsync<PublisherStatus>(new KeyedStatus($"other-{round}"));
            await Until.TrueAsync(() => nodes[0].Keys is ["b"]);
        }

        Assert.Equal(1, (await nodes[0].AskAsync<PublisherStatus>(new KeyedStatus("b"))).BufferedMessages);
        Proxy.Accept();
        await AssertNumbersAsync(1);
        await Until.TrueAsync(() => nodes[0].Keys.Count == 0);
    }

    [Fact]
    public async Task Messages_that_come_while_publishers_end_are_not_lost_and_stay_in_order()
    {
        var nodes = await StartAsync("nats", "");
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(390));
        for (var number = 1; number <= 30; number += 3)
        {
            // Three at a time and without waiting for answers, at about the moment at which the publisher is to end.
            await Task.WhenAll(Enumerable.Range(number, 3).Select(each => nodes[1].PublishAsync("a", Message(each))));
            await pause.WaitForNextTickAsync();
        }

        Assert.Equal(Enumerable.Range(1, 30), await NumbersAsync(30));
    }
}
