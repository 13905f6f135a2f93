using NatsActors.Benchmarks;
using NatsActors.Testing;

namespace NatsActors.Faults.Tests;

/// <summary>The README's benchmark at a tiny size: the run itself fails when the server does not get every message.</summary>
public sealed class BenchmarkTests
{
    [Theory]
    [InlineData("raw blast")]
    [InlineData("bare Akka.NET `Tell` and reply")]
    [InlineData("NATS.Client.Core")]
    [InlineData("Akka.NET: `Tell` and `Ack` for each message")]
    [InlineData("Akka.NET: `PublishBatch`")]
    [InlineData("facade: `TryPublish`")]
    [InlineData("facade: awaited `PublishAsync`, 4 callers")]
    [InlineData("facade: awaited batch")]
    [InlineData("drain")]
    [InlineData("1,000")]
    public async Task Every_way_delivers_everything_and_has_its_row(string row) =>
        Assert.Contains($"\n| {row}", await Output.Value, StringComparison.Ordinal);

    private static readonly Lazy<Task<string>> Output = new(async () =>
    {
        using var output = new StringWriter();
        var status = await BenchmarkCommand.RunAsync(
            [.. ReadmeCommand.ArgumentsOf("NatsActors.Benchmarks").Split(' '), "--messages", "1000", "--rounds", "1"], output);
        Assert.Equal(0, status);
        return output.ToString();
    });

    [Fact]
    public async Task The_parts_are_measured_without_a_server()
    {
        using var output = new StringWriter();

        var status = await BenchmarkCommand.RunAsync(["micro", "--rounds", "1", "--buffered", "2000"], output);

        Assert.Equal(0, status);
        Assert.Contains("| buffer: accept and confirm 16 B, 2,000 buffered |", output.ToString(), StringComparison.Ordinal);
    }
}
