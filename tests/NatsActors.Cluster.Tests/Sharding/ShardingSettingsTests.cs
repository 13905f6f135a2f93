using Akka.Actor;
using Akka.Configuration;
using NatsActors.Cluster.Tests.Gateway;

namespace NatsActors.Cluster.Tests.Sharding;

/// <summary>What is wrong with a type is said when it is started.</summary>
public sealed class ShardingSettingsTests : IAsyncLifetime
{
    private Node? _node;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (_node?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory]
    [InlineData("nats-actors.sharding.idle-aftr = 1s", "nats-actors.sharding.idle-aftr: is not a key; did you mean nats-actors.sharding.idle-after?")]
    [InlineData("nats-actors.sharding.number-of-shards = 0", "nats-actors.sharding.number-of-shards: '0' must be a whole number from 1 to 100000")]
    [InlineData("nats-actors.sharding.number-of-shards = many", "nats-actors.sharding.number-of-shards: 'many' must be a whole number from 1 to 100000")]
    [InlineData("nats-actors.sharding.idle-after = soon", "nats-actors.sharding.idle-after: 'soon' must be a duration of at least 1ms, such as 5s")]
    [InlineData("nats-actors.sharding.hand-off-time = 5", "nats-actors.sharding.hand-off-time: '5' must be a duration of at least 1ms, such as 5s")]
    [InlineData("nats-actors.sharding.restart-after = 0s", "nats-actors.sharding.restart-after: '0s' must be a duration of at least 1ms, such as 5s")]
    [InlineData("nats-actors.sharding.role = \"a b\"", "nats-actors.sharding.role: 'a b' must be made of")]
    [InlineData(
        "nats-actors.sharding.hand-off-time = 10s",
        "nats-actors.sharding.hand-off-time: '10s' must be at most 9s, because akka.coordinated-shutdown.phases.cluster-sharding-shutdown-region.timeout is 10s")]
    [InlineData(
        "nats-actors.sharding.hand-off-time = 8s\nakka.cluster.sharding.handoff-timeout = 10s",
        "nats-actors.sharding.hand-off-time: '8s' must be at most 4s, because akka.cluster.sharding.handoff-timeout is 10s")]
    [InlineData("nats-actors.publishers.orders.durability.journal = akka.persistence.journal.nowhere", "durability.journal")]
    [InlineData(
        "nats-actors.publishers.orders.durability.journal = akka.persistence.journal.inmem\nakka.persistence.journal.inmem.recovery-event-timeout = 9s",
        "akka.persistence.journal.inmem.replay-filter.mode: 'repair-by-discard-old' must be off for sharded publishers")]
    [InlineData(
        "nats-actors.publishers.orders.durability.journal = akka.persistence.journal.inmem\nakka.persistence.journal.inmem.replay-filter.mode = warn",
        "akka.persistence.journal.inmem.replay-filter.mode: 'warn' must be off for sharded publishers")]
    public void A_setting_that_is_not_allowed_fails_the_start(string hocon, string text)
    {
        var error = Assert.Throws<SettingsException>(() => Start(hocon).Start("orders"));
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_that_is_not_allowed_is_shown_too()
    {
        var options = new ShardedPublisherOptions
        {
            Role = "a b", NumberOfShards = -1, IdleAfter = TimeSpan.Zero, HandOffTime = TimeSpan.FromSeconds(90),
        };
        var error = Assert.Throws<SettingsException>(() => Start("").Start("orders", options));
        Assert.Collection(
            error.Violations,
            static text => Assert.StartsWith("nats-actors.sharding.role: 'a b' must", text, StringComparison.Ordinal),
            static text => Assert.StartsWith("nats-actors.sharding.number-of-shards: '-1' must", text, StringComparison.Ordinal),
            static text => Assert.StartsWith("nats-actors.sharding.idle-after: '0ms' must", text, StringComparison.Ordinal),
            static text => Assert.StartsWith("nats-actors.sharding.hand-off-time: '90s' must be at most 9s, because", text, StringComparison.Ordinal),
            static text => Assert.StartsWith("nats-actors.sharding.hand-off-time: '90s' must be at most 54s, because", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Two_types_have_different_names_also_of_their_publishers()
    {
        var publishers = Start("");
        var orders = publishers.Start("orders");
        Assert.Same(orders, publishers.Region("orders"));
        Assert.Contains("started already", Assert.Throws<InvalidOperationException>(() => publishers.Start("orders")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "publishers of the same names", Assert.Throws<InvalidOperationException>(() => publishers.Start("orders-eu")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => publishers.Start("a b"));
        Assert.Throws<ArgumentException>(() => publishers.Start(new string('t', 65)));
        Assert.Contains("started are: orders", Assert.Throws<ArgumentException>(() => publishers.Region("order")).Message, StringComparison.Ordinal);
        publishers.Start("order");
    }

    [Fact]
    public async Task A_system_that_is_no_node_is_told_so()
    {
        using var system = ActorSystem.Create("alone", ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [] }"));
        Assert.Contains("sharded publishers need the cluster", Assert.Throws<ConfigurationException>(() => ShardedNatsPublishers.Get(system)).Message, StringComparison.Ordinal);
        await system.Terminate();
    }

    private ShardedNatsPublishers Start(string hocon)
    {
        _node = Node.Start(hocon);
        return ShardedNatsPublishers.Get(_node.System);
    }
}
