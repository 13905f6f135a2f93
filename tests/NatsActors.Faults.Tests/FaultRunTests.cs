using NatsActors.Testing;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace NatsActors.Faults.Tests;

/// <summary>The harness at its small size on both hosts; the seed of a failure is in the report.</summary>
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

    [Theory]
    [InlineData(RunMode.Fence)]
    [InlineData(RunMode.JetStream)]
    public async Task The_publishers_of_one_actor_system_hold_the_same_promises(RunMode mode)
    {
        await using var akka = new AkkaHost();

        await HoldsAsync(RunOptions.ForCi(mode) with { Faults = 24, Deadline = TimeSpan.FromMinutes(3) }, akka.StartAsync);
    }

    [Theory]
    [InlineData(RunMode.Fence)]
    [InlineData(RunMode.JetStream)]
    public async Task Streams_of_Akka_Streams_hold_the_same_promises(RunMode mode)
    {
        await using var akka = new AkkaHost();

        await HoldsAsync(RunOptions.ForCi(mode) with { Faults = 24, Deadline = TimeSpan.FromMinutes(3) }, akka.StartStreamAsync);
    }

    [Fact]
    public async Task A_stream_that_never_ends_cannot_make_memory_grow_while_the_server_is_away()
    {
        var report = await StreamBoundsRun.RunAsync(TimeSpan.FromSeconds(4));

        Assert.True(report.Broken.Count == 0, report.ToString());
    }

    [Theory]
    [InlineData(RunHost.Facade)]
    [InlineData(RunHost.Akka)]
    public async Task Producers_that_never_wait_are_answered_once_each_and_cannot_make_memory_grow(RunHost host)
    {
        await using var akka = host == RunHost.Akka ? new AkkaHost() : null;

        var report = await BoundsRun.RunAsync(TimeSpan.FromSeconds(6), akka is null ? null : akka.PressAsync);

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

    [Fact]
    public async Task The_command_of_the_README_compares_with_the_client_alone()
    {
        var output = await ReadmeCommand.RunAsync("NatsActors.Faults", "--compare --faults 200", "--compare --faults 9");

        Assert.Contains("compare: NATS.Client.Core", output, StringComparison.Ordinal);
        Assert.Contains("every promise held", output[output.IndexOf("NatsActors, ", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    private static async Task HoldsAsync(
        RunOptions options, Func<PublisherSettings, Door, string, Task<IPublisherUnderTest>>? start = null)
    {
        var report = await FaultRun.RunAsync(options, start: start);

        Assert.True(report.Broken.Count == 0, report.ToString());
        Assert.True(report.Faults.Values.Sum() >= options.Faults, report.ToString());
        Assert.True(report.Sum(totals => totals.Resent) > 0, $"No fault met anything in flight.\n{report}");
    }
}
