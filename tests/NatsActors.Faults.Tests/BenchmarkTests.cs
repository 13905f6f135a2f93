using NatsActors.Benchmarks;
using NatsActors.Testing;

namespace NatsActors.Faults.Tests;

/// <summary>The README's benchmark at a tiny size: the run itself fails when the server does not get every message.</summary>
public sealed class BenchmarkTests
{
    [Fact]
    public async Task Every_way_delivers_everything_and_has_its_rows()
    {
        using var output = new StringWriter();

        var status = await BenchmarkCommand.RunAsync(
            [.. ReadmeCommand.ArgumentsOf("NatsActors.Benchmarks").Split(' '), "--messages", "1000", "--rounds", "1"], "", EmbeddedWays.All, output);

        Assert.Equal(0, status);
        Assert.All(EmbeddedWays.All, way => Assert.All(
            [16, 128, 1024], size => Assert.Contains($"| {way.Name} | {size} | 1000 | ", output.ToString(), StringComparison.Ordinal)));
    }
}
