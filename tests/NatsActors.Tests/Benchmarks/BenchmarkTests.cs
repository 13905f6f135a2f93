using NatsActors.Benchmarks;
using NatsActors.Benchmarks.Akka;
using NatsActors.Testing;
using NatsActors.Tests.Faults;

namespace NatsActors.Tests.Benchmarks;

/// <summary>The README's benchmark at a tiny size: the run itself fails when the server does not get every message.</summary>
[Collection(nameof(Alone))]
public sealed class BenchmarkTests
{
    [Fact]
    public async Task Every_way_delivers_everything_and_has_its_rows()
    {
        using var output = new StringWriter();
        await using var host = new AkkaHost();
        var ways = AkkaWays.All(host);

        var status = await BenchmarkCommand.RunAsync(
            [.. ReadmeCommand.ArgumentsOf("NatsActors.Benchmarks.Akka").Split(' '), "--messages", "1000", "--rounds", "1"], "", ways, output);

        Assert.Equal(0, status);
        Assert.All(ways, way => Assert.All(
            [16, 128, 1024], size => Assert.Contains($"| {way.Name} | {size} | 1000 | ", output.ToString(), StringComparison.Ordinal)));
    }
}
