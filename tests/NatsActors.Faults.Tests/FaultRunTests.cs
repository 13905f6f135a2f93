using NatsActors.Testing;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace NatsActors.Faults.Tests;

/// <summary>The harness at its small size; the seed of a failure is in the report.</summary>
public sealed class FaultRunTests
{
    [Fact]
    public Task Faults_of_links_and_actors_lose_nothing_and_keep_the_order() => HoldsAsync(RunOptions.ForCi(RunMode.Fence));

    [Fact]
    public Task A_stream_whose_server_is_killed_and_stopped_gets_every_message_once_and_in_order() =>
        HoldsAsync(RunOptions.ForCi(RunMode.JetStream));

    [Fact]
    public Task A_stream_of_three_replicas_whose_nodes_come_and_go_gets_every_message_once() =>
        HoldsAsync(RunOptions.ForCi(RunMode.Cluster));

    [Fact]
    public async Task Producers_that_never_wait_are_answered_once_each_and_cannot_make_memory_grow()
    {
        var report = await BoundsRun.RunAsync(TimeSpan.FromSeconds(9));

        Assert.True(report.Broken.Count == 0, report.ToString());
    }

    [Fact]
    public async Task The_command_of_the_README_runs_every_mode()
    {
        var output = await ReadmeCommand.RunAsync("NatsActors.Faults", "--faults 1000", "--faults 10");

        foreach (var mode in Enum.GetNames<RunMode>())
        {
            Assert.Contains($"mode {mode.ToLowerInvariant()},", output, StringComparison.Ordinal);
        }

        Assert.Equal(Enum.GetValues<RunMode>().Length, output.Split("every promise held").Length - 1);
    }

    private static async Task HoldsAsync(RunOptions options)
    {
        var report = await FaultRun.RunAsync(options);

        Assert.True(report.Broken.Count == 0, report.ToString());
        Assert.True(report.Faults.Values.Sum() >= options.Faults, report.ToString());
        Assert.True(report.Sum(totals => totals.Resent) > 0, $"No fault met anything in flight.\n{report}");
    }
}
