using System.Diagnostics.Metrics;
using NatsActors.Actors;

namespace NatsActors.Cluster.Sharding;

/// <summary>
/// The metrics of a type's publishers on this node, together: there may be thousands of keys, so no key is a tag. The tag <c>publisher</c>
/// is the type. Counters go on when publishers end and move.
/// </summary>
internal sealed class ShardMeter
{
    private static readonly Meter Meter = new(PublisherMetrics.MeterName, typeof(ShardMeter).Assembly.GetName().Version?.ToString(3));

    private long _accepted;
    private long _delivered;
    private long _undelivered;

    /// <summary>Shows a type's metrics.</summary>
    public void Show(ShardedType type)
    {
        var tag = new KeyValuePair<string, object?>("publisher", type.Name);
        void Gauge(string name, string unit, string description, Func<IReadOnlyList<PublisherParts>, double> read) =>
            Meter.CreateObservableGauge(name, () => new Measurement<double>(read(Parts(type)), tag), unit, description);
        void Counter(string name, string description, Func<IReadOnlyList<PublisherParts>, long> read) =>
            Meter.CreateObservableCounter(name, () => new Measurement<long>(read(Parts(type)), tag), "{message}", description);

        Gauge("natsactors.sharded.publishers", "{publisher}", "Publishers that run on this node.", parts => parts.Count);
        Gauge("natsactors.sharded.links", "{link}", "Publishers with a link.", parts => parts.Count(static each => each.Buffer.HasLink));
        Gauge("natsactors.sharded.buffer.messages", "{message}", "Messages without an outcome.", parts =>
            parts.Sum(static each => (double)each.Buffer.Buffer.Messages));
        Gauge("natsactors.sharded.buffer.bytes", "By", "Wire bytes of the messages without an outcome.", parts =>
            parts.Sum(static each => (double)each.Buffer.Buffer.Bytes));
        Gauge("natsactors.sharded.buffer.oldest_age", "s", "The age of the oldest message.", parts =>
            parts.Select(static each => each.Buffer.OldestAge.TotalSeconds).DefaultIfEmpty().Max());
        Counter("natsactors.sharded.messages.accepted", "Messages answered with an Ack.", parts =>
            Volatile.Read(ref _accepted) + parts.Sum(static each => each.Buffer.Accepted));
        Counter("natsactors.sharded.messages.delivered", "Messages that a server or a stream has.", parts =>
            Volatile.Read(ref _delivered) + parts.Sum(static each => each.Buffer.Ledger.Delivered + each.Buffer.Ledger.Stored));
        Counter("natsactors.sharded.messages.undelivered", "Messages that ended undelivered.", parts =>
            Volatile.Read(ref _undelivered) + parts.Sum(static each => each.Buffer.Status().Totals.Undelivered));
    }

    /// <summary>A publisher has ended: its counts stay.</summary>
    public void Ended(PublisherParts parts)
    {
        var totals = parts.Buffer.Status().Totals;
        Interlocked.Add(ref _accepted, totals.Accepted);
        Interlocked.Add(ref _delivered, totals.Delivered + totals.Stored);
        Interlocked.Add(ref _undelivered, totals.Undelivered);
    }

    private static IReadOnlyList<PublisherParts> Parts(ShardedType type) =>
        [.. type.Running().Select(static each => each.Parts).Where(static parts => parts.Buffer.Result is null)];
}
