using NatsActors.Cluster.Nodes;

namespace NatsActors.Cluster.Tests.Processes;

/// <summary>Real processes at their small size: each is killed or cut off, and nothing that had an Ack is lost.</summary>
public sealed class ClusterRunTests
{
    [Theory]
    [InlineData(ClusterMode.Sharded)]
    [InlineData(ClusterMode.Gateway)]
    public Task Kills_and_partitions_of_nodes_lose_nothing_that_had_an_Ack_and_store_nothing_twice(ClusterMode mode) =>
        AssertKeptAsync(ClusterOptions.ForCi(mode));

    [Theory]
    [InlineData(ClusterMode.Sharded)]
    [InlineData(ClusterMode.Gateway)]
    public Task A_rolling_update_to_a_newer_version_of_the_messages_loses_nothing_and_every_node_gets_through_meanwhile(ClusterMode mode) =>
        AssertKeptAsync(ClusterOptions.Update(mode));

    private static async Task AssertKeptAsync(ClusterOptions options)
    {
        var report = await ClusterRun.RunAsync(options);

        Assert.True(report.Broken.Count == 0, report.ToString());
        Assert.True(report.Acked > 100, report.ToString());
    }
}
