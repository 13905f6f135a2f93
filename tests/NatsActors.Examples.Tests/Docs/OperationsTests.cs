using System.Globalization;
using System.Text.RegularExpressions;
using NatsActors.Testing;

namespace NatsActors.Examples.Tests.Docs;

/// <summary>The figures of docs/operations.md: the table of buffer sizes, the nested times of a shutdown, the names of the metrics.</summary>
public sealed partial class OperationsTests
{
    private const double HighWatermark = 0.8;
    private const double Reconnect = 2;

    private static readonly MarkdownPage Page = MarkdownPage.Of("docs/operations.md");

    [Fact]
    public async Task The_sizes_of_the_table_follow_from_its_formula_and_from_the_wire_bytes_that_a_buffer_counts()
    {
        var rows = Row().Matches(Page.Text);
        Assert.True(rows.Count >= 4);
        foreach (Match row in rows)
        {
            double Number(string column) => double.Parse(row.Groups[column].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
            var messages = Number("rate") * (Number("outage") + Reconnect) / HighWatermark;

            Assert.Equal(await WireBytesAsync((int)Number("payload"), row.Groups["confirm"].Value), Number("wire"));
            Assert.Equal(Math.Ceiling(messages), Number("messages"));
            Assert.Equal(Math.Ceiling(messages * Number("wire") / (1 << 20)), Number("mebibytes"));
        }
    }

    [Fact]
    public void The_times_of_a_shutdown_are_nested()
    {
        double Seconds(string pattern) => double.Parse(Regex.Match(Page.Text, pattern).Groups[1].Value, CultureInfo.InvariantCulture);
        var phase = Seconds(@"service-stop\.timeout = (\d+)s");
        var host = Seconds(@"ShutdownTimeout = TimeSpan\.FromSeconds\((\d+)\)");
        var grace = Seconds(@"terminationGracePeriodSeconds: (\d+)");

        Assert.True(phase < host && host + Seconds(@"sleep: \{ seconds: (\d+) \}") < grace);
    }

    [Fact]
    public void Every_instrument_has_its_row()
    {
        // Made by the first publisher of the process, on a thread of its own.
        System.Runtime.CompilerServices.RuntimeHelpers.RunClassConstructor(typeof(PublisherMetrics).TypeHandle);
        var names = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == PublisherMetrics.MeterName)
            {
                names[instrument.Name] = true;
            }
        };
        listener.Start();

        Assert.NotEmpty(names);
        Assert.Equal(names.Keys.Order(), Page.Names.Where(name => name.StartsWith("natsactors.", StringComparison.Ordinal) || name.StartsWith("messaging.client.", StringComparison.Ordinal)).Distinct().Order());
    }

    private static async Task<double> WireBytesAsync(int payload, string confirm)
    {
        await using var publisher = await NatsPublisher.StartAsync(Unreachable(Enum.Parse<ConfirmMode>(confirm, ignoreCase: true)));
        Assert.IsType<Ack>(await publisher.PublishAsync("orders.new", new byte[payload]));
        var bytes = publisher.Status.BufferedBytes;
        await publisher.DrainAsync(TimeSpan.Zero);
        return bytes;
    }

    private static PublisherSettings Unreachable(ConfirmMode confirm) => new()
    {
        Connection = new() { Servers = ["nats://127.0.0.1:1"] },
        Delivery = new() { Confirm = confirm },
    };

    [GeneratedRegex(
        @"^\| (?<rate>[\d,]+)/s \| (?<outage>[\d,]+) s \| (?<payload>[\d,]+) B \| `(?<confirm>\w+)` \| (?<wire>[\d,]+) \| (?<messages>[\d,]+) \| (?<mebibytes>[\d,]+) MiB \|$",
        RegexOptions.Multiline)]
    private static partial Regex Row();
}
