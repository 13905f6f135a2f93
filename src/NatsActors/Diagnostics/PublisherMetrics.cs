using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using NatsActors.Buffer;
using NatsActors.Door;
using NatsActors.Settings;

namespace NatsActors;

/// <summary>
/// The metrics of all publishers of the process. Collectors of <see cref="System.Diagnostics.Metrics"/> subscribe to the meter
/// <see cref="MeterName"/>. Each measurement has the tag <c>publisher</c> with the publisher's name.
/// </summary>
/// <remarks>
/// <list type="table">
/// <item><term><c>natsactors.messages.accepted</c></term><description>counter: messages answered with an Ack.</description></item>
/// <item><term><c>natsactors.messages.ended</c></term><description>counter: outcomes, by the tag <c>outcome</c>: <c>delivered</c>,
/// <c>stored</c>, or a reason of <see cref="UndeliveredReason"/> (<c>expired</c>, <c>dropped</c>, ...).</description></item>
/// <item><term><c>natsactors.messages.refused</c></term><description>counter: messages answered with a BufferFull.</description></item>
/// <item><term><c>natsactors.messages.rejected</c></term><description>counter: messages answered with a Rejected.</description></item>
/// <item><term><c>natsactors.messages.resent</c></term><description>counter: messages given to a link again.</description></item>
/// <item><term><c>natsactors.reconnects</c></term><description>counter: links made after the first.</description></item>
/// <item><term><c>natsactors.link.up</c></term><description>gauge: 1 with a link, 0 without.</description></item>
/// <item><term><c>natsactors.buffer.messages</c>, <c>natsactors.buffer.bytes</c></term><description>gauges: messages without an
/// outcome, and their wire bytes.</description></item>
/// <item><term><c>natsactors.buffer.fill</c></term><description>gauge: the larger of messages / max-messages and bytes / max-bytes,
/// 0 to 1.</description></item>
/// <item><term><c>natsactors.in_flight.messages</c></term><description>gauge: messages written and not yet confirmed.</description></item>
/// </list>
/// The values are read without the publisher's lock when a collector asks, so publishing costs nothing more. A message that moves
/// from one value to another in that moment may be in both or in neither; the counters themselves never count a message twice.
/// </remarks>
public static class PublisherMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "NatsActors";

    private static readonly Meter Meter = new(MeterName, typeof(PublisherMetrics).Assembly.GetName().Version?.ToString(3));
    private static readonly ConcurrentDictionary<PublisherGauge, byte> Publishers = [];
    private static readonly (UndeliveredReason Reason, string Outcome)[] Reasons =
        [.. Enum.GetValues<UndeliveredReason>().Select(reason => (reason, SettingsText.Kebab(reason.ToString())))];

    static PublisherMetrics()
    {
        Counter("natsactors.messages.accepted", "{message}", "Messages answered with an Ack.", each => each.Ledger.Accepted);
        Meter.CreateObservableCounter("natsactors.messages.ended", Ended, "{message}", "Outcomes of accepted messages.");
        Counter("natsactors.messages.refused", "{message}", "Messages answered with a BufferFull.", each => each.Ledger.Refused);
        Counter("natsactors.messages.rejected", "{message}", "Messages answered with a Rejected.", each => each.Ledger.Rejected);
        Counter("natsactors.messages.resent", "{message}", "Messages given to a link again.", each => each.Buffer.Resent);
        Counter("natsactors.reconnects", "{link}", "Links made after the first.", each => each.Reconnects);
        Gauge("natsactors.link.up", "{link}", "1 with a link, 0 without.", each => each.IsUp ? 1 : 0);
        Gauge("natsactors.buffer.messages", "{message}", "Messages without an outcome.", each => each.Buffer.Messages);
        Gauge("natsactors.buffer.bytes", "By", "Wire bytes of the messages without an outcome.", each => each.Buffer.Bytes);
        Gauge("natsactors.buffer.fill", "1", "How full the buffer is, by the limit that is nearer.", each => each.Fill);
        Gauge("natsactors.in_flight.messages", "{message}", "Messages written and not yet confirmed.", each => each.Buffer.InFlightMessages);
    }

    /// <summary>Adds a publisher to the metrics until the result is disposed.</summary>
    internal static IDisposable Measure(string publisher, GuardedBuffer buffer)
    {
        var gauge = new PublisherGauge(publisher, buffer);
        Publishers[gauge] = 0;
        return gauge;
    }

    private static void Counter(string name, string unit, string description, Func<PublisherGauge, long> read) =>
        Meter.CreateObservableCounter(name, () => Publishers.Keys.Select(each => new Measurement<long>(read(each), each.Tag)), unit, description);

    private static void Gauge(string name, string unit, string description, Func<PublisherGauge, double> read) =>
        Meter.CreateObservableGauge(name, () => Publishers.Keys.Select(each => new Measurement<double>(read(each), each.Tag)), unit, description);

    private static IEnumerable<Measurement<long>> Ended()
    {
        foreach (var each in Publishers.Keys)
        {
            yield return Of(each, each.Ledger.Delivered, "delivered");
            yield return Of(each, each.Ledger.Stored, "stored");
            foreach (var (reason, outcome) in Reasons)
            {
                yield return Of(each, each.Ledger.UndeliveredFor(reason), outcome);
            }
        }

        static Measurement<long> Of(PublisherGauge publisher, long count, string outcome) =>
            new(count, publisher.Tag, new KeyValuePair<string, object?>("outcome", outcome));
    }

    /// <summary>Reads the values of one publisher.</summary>
    private sealed class PublisherGauge(string publisher, GuardedBuffer guarded) : IDisposable
    {
        public KeyValuePair<string, object?> Tag { get; } = new("publisher", publisher);

        public Ledger Ledger => guarded.Ledger;

        public PublishBuffer Buffer => guarded.Buffer;

        public bool IsUp => guarded.HasLink;

        public long Reconnects => guarded.Reconnects;

        public double Fill => Math.Max((double)Buffer.Messages / Buffer.MaxMessages, (double)Buffer.Bytes / Buffer.MaxBytes);

        public void Dispose() => Publishers.TryRemove(this, out _);
    }
}
