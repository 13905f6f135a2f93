using NatsActors.Faults;
using NatsActors.Faults.Compare;
using NatsActors.Testing;

namespace NatsActors.Tests.Faults;

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>The fault harness on Akka.NET, at its small size; the seed of a failure is in the report.</summary>
[Collection(nameof(Alone))]
public sealed class FaultRunTests
{
    [Theory]
    [InlineData(LinkClient.NatsNet)]
    [InlineData(LinkClient.Wire)]
    public async Task Faults_of_links_and_actors_lose_nothing_and_keep_the_order(LinkClient client)
    {
        await using var akka = new AkkaHost(client);
        var options = RunOptions.ForCi(RunMode.Fence) with { Faults = 24, Deadline = TimeSpan.FromMinutes(3) };

        var report = await FaultRun.RunAsync(options, start: akka.StartAsync);

        Assert.True(report.Broken.Count == 0, report.ToString());
        Assert.True(report.Faults.Values.Sum() >= options.Faults, report.ToString());
        Assert.True(report.Sum(totals => totals.Resent) > 0, $"No fault met anything in flight.\n{report}");
    }

    [Fact]
    public async Task Producers_that_never_wait_are_answered_once_each_and_cannot_make_memory_grow()
    {
        await using var akka = new AkkaHost(LinkClient.NatsNet);

        var report = await BoundsRun.RunAsync(TimeSpan.FromSeconds(6), akka.PressAsync);

        Assert.True(report.Broken.Count == 0, report.ToString());
    }

    [Fact]
    public async Task The_command_of_the_README_compares_with_the_client_alone()
    {
        var output = await ReadmeCommand.RunAsync("NatsActors.Faults.Compare", "200 1", "9 1");

        Assert.Contains("NATS.Client.Core", output, StringComparison.Ordinal);
        Assert.Contains("every promise held", output[output.IndexOf("NatsActors", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }
}
