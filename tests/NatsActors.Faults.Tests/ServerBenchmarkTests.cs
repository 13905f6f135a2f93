using System.Text.Json;
using NatsActors.Benchmarks;
using NatsActors.Benchmarks.Latency;

namespace NatsActors.Faults.Tests;

/// <summary>The modes latency, recovery and jetstream at tiny sizes: a run itself fails when a message is refused, lost or not stored.</summary>
public sealed class ServerBenchmarkTests
{
    [Fact]
    public async Task Latencies_have_rows_beside_bare_round_trips()
    {
        var rows = await RowsAsync("latency", "--rates", "500", "--sizes", "16", "--seconds", "1", "--rounds", "1");

        Assert.Equal(
            ["bare PUB + PING to PONG", "Tell to `Ack`", "Tell to `Delivered`", "`PublishForOutcomeAsync` to `Delivered`",
                "bare PUB with id to PubAck", "Tell to `Ack`, jetstream", "Tell to `Stored`", "`PublishForOutcomeAsync` to `Stored`"],
            rows.Select(row => row[2].GetString()));
        Assert.All(rows, row => Assert.InRange(row[3].GetDouble(), double.Epsilon, row[4].GetDouble()));
        Assert.All(rows, row => Assert.InRange(row[5].GetDouble(), row[4].GetDouble(), row[6].GetDouble()));
        // One round, so the ratio is that of the two figures.
        Assert.Equal(rows[2][3].GetDouble() / rows[0][3].GetDouble(), rows[2][7].GetDouble(), 6);
        Assert.Equal(rows[6][4].GetDouble() / rows[4][4].GetDouble(), rows[6][8].GetDouble(), 6);
    }

    [Fact]
    public void A_stall_counts_for_every_message_that_it_delays()
    {
        const int count = 100;
        var schedule = new Schedule(rate: 1_000, count, size: 0);
        schedule.Begin();
        SpinWait.SpinUntil(() => schedule.DueBy(TimeProvider.System.GetTimestamp()) == count);

        for (var index = 0; index < count; index++)
        {
            schedule.Ended(index);
        }

        // The first was due 99 ms ago, the one in the middle 50.
        var latencies = schedule.ToOutcome();
        Assert.True(schedule.Done.IsCompletedSuccessfully);
        Assert.True(latencies.Max >= 98_000, $"{latencies.Max} µs");
        Assert.InRange(latencies.P50, 48_000, latencies.Max - 40_000);
    }

    [Fact]
    public async Task Recovery_has_a_sample_of_each_connection_and_outage()
    {
        var rows = await RowsAsync("recovery", "--outages", "0.3", "--times", "2", "--publishers", "2", "--rate", "100");

        Assert.Equal(
            [("NatsActors", "no"), ("NatsActors", "yes"), ("NATS.Client.Core", "no"), ("NATS.Client.Core", "yes")],
            rows.Select(row => (row[1].GetString(), row[2].GetString())));
        Assert.All(rows, row => Assert.Equal(4, row[3].GetInt32()));
        Assert.All(rows, row => Assert.True(row[6].GetDouble() > 0));
        // Only publishers that publish have a backlog, and it is not confirmed before there is a link.
        Assert.Equal([false, true, false, false], rows.Select(row => row[8].ValueKind == JsonValueKind.Number));
        Assert.True(rows[1][9].GetDouble() >= rows[1][5].GetDouble());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Storing_has_rows_for_each_way(int servers)
    {
        var rows = await RowsAsync("jetstream", "--servers", $"{servers}", "--windows", "16", "--messages", "200", "--rounds", "1");

        Assert.Equal(
            ["raw socket, no ids", "raw socket, ids", "NATS.Client.JetStream, ids", "NatsActors", "NatsActors, strict order"],
            rows.Select(row => row[3].GetString()));
        Assert.All(rows, row => Assert.Equal(servers, row[0].GetInt32()));
        Assert.All(rows, row => Assert.True(row[4].GetDouble() > 0));
        Assert.Equal(rows[3][4].GetDouble() / rows[1][4].GetDouble(), rows[3][8].GetDouble(), 6);
    }

    /// <summary>The rows of the table that a run writes as JSON.</summary>
    private static async Task<JsonElement[]> RowsAsync(params string[] args)
    {
        var json = Path.GetTempFileName();
        try
        {
            using var output = new StringWriter();
            Assert.Equal(0, await BenchmarkCommand.RunAsync([.. args, "--json", json], output));
            Assert.Contains("| --- |", output.ToString(), StringComparison.Ordinal);
            var report = JsonDocument.Parse(await File.ReadAllTextAsync(json)).RootElement;
            Assert.Equal(args[0], report.GetProperty("mode").GetString());
            return [.. Assert.Single(report.GetProperty("tables").EnumerateArray()).GetProperty("rows").EnumerateArray()];
        }
        finally
        {
            File.Delete(json);
        }
    }
}
