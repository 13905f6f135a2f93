using NatsActors.Cluster.Nodes;

namespace NatsActors.Cluster.Tests.Processes;

/// <summary>Real processes at their small size: each is killed or cut off, and nothing that had an Ack is lost.</summary>
public sealed class ClusterRunTests
{
    [Theory]
    [InlineData(ClusterMode.Sharded)]
    [InlineData(ClusterMode.Gateway)]
    public async Task Kills_and_partitions_of_nodes_lose_nothing_that_had_an_Ack_and_store_nothing_twice(ClusterMode mode)
    {
        var report = await ClusterRun.RunAsync(ClusterOptions.ForCi(mode));

        Assert.True(report.Broken.Count == 0, report.ToString());
        Assert.True(report.Acked > 100, report.ToString());
    }
}
