using NatsActors.Crash;
using NatsActors.Testing;

namespace NatsActors.Faults.Tests.Crash;

/// <summary>A process with a persistent publisher is killed at its small size; the seed of a failure is in the report.</summary>
public sealed class KillRunTests
{
    [Theory]
    [InlineData(CrashMode.Fence)]
    [InlineData(CrashMode.JetStream)]
    public async Task Kills_lose_nothing_that_had_an_Ack_and_keep_the_order(CrashMode mode)
    {
        var report = await KillRun.RunAsync(CrashOptions.ForCi(mode));

        Assert.True(report.Broken.Count == 0, report.ToString());
        Assert.True(report.Hits.Values.Sum() > 0, $"No kill met anything under way.\n{report}");
    }

    [Fact]
    public async Task The_command_of_the_page_kills_in_both_modes()
    {
        var output = await ReadmeCommand.RunAsync("NatsActors.Crash", "--kills 200", "--kills 2");

        foreach (var mode in Enum.GetNames<CrashMode>())
        {
            Assert.Contains($"mode {mode.ToLowerInvariant()},", output, StringComparison.Ordinal);
        }

        Assert.Equal(2, output.Split("every promise held").Length - 1);
    }
}
