using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using NatsActors.Actors;

namespace NatsActors.Cluster.Sharding;

/// <summary>
/// The metrics of a type's publishers on this node, together: there may be thousands of keys, so no key is a tag. The tag <c>publisher</c>
/// is the type. Counters go on when publishers end and move: at each moment a publisher's counts are either its own or in the past ones.
/// </summary>
/// <param name="name">The type's name.</param>
internal sealed class ShardMeter(string name)
{
    private static readonly Meter Meter = new(PublisherMetrics.MeterName, typeof(ShardMeter).Assembly.GetName().Version?.ToString(3));
    // Of all actor systems of the process.
    private static readonly ConcurrentDictionary<ShardMeter, byte> Shown = [];

    private readonly Lock _gate = new();
    private readonly KeyValuePair<string, object?> _tag = new("publisher", name);
    // Whose counts are past. The list of running publishers has them until their actors have stopped.
    private readonly ConditionalWeakTable<PublisherParts, object?> _ended = [];
    private Counts _past;
    // Null before the type is shown, and after the end of its actor system.
    private ShardedType? _type;

    static ShardMeter()
    {
        Gauge("natsactors.sharded.publishers", "{publisher}", "Publishers that run on this node.", parts => parts.Count);
        Gauge("natsactors.sharded.links", "{link}", "Publishers with a link.", parts => parts.Count(static each => each.Buffer.HasLink));
        Gauge("natsactors.sharded.buffer.messages", "{message}", "Messages without an outcome.", parts =>
            parts.Sum(static each => (double)each.Buffer.Buffer.Messages));
        Gauge("natsactors.sharded.buffer.bytes", "By", "Wire bytes of the messages without an outcome.", parts =>
            parts.Sum(static each => (double)each.Buffer.Buffer.Bytes));
        Gauge("natsactors.sharded.buffer.oldest_age", "s", "The age of the oldest message.", parts =>
            parts.Select(static each => each.Buffer.OldestAge.TotalSeconds).DefaultIfEmpty().Max());
        Counter("natsactors.sharded.messages.accepted", "Messages answered with an Ack.", static counts => counts.Accepted);
        Counter("natsactors.sharded.messages.delivered", "Messages that a server or a stream has.", static counts => counts.Delivered);
        Counter("natsactors.sharded.messages.undelivered", "Messages that ended undelivered.", static counts => counts.Undelivered);
    }

    /// <summary>Shows the metrics of the type, in place of those that an actor system before has left.</summary>
    public void Show(ShardedType type)
    {
        foreach (var before in Shown.Keys.Where(each => each.IsOf(name) && each.Running() is null))
        {
            Shown.TryRemove(before, out _);
        }

        lock (_gate)
        {
            _type = type;
        }

        Shown[this] = 0;
    }

    /// <summary>The actor system has ended: the counters stay, for the last collection, and nothing else of the type is held.</summary>
    public void End()
    {
        lock (_gate)
        {
            _type = null;
        }
    }

    /// <summary>A publisher has ended: its counts stay.</summary>
    public void Ended(PublisherParts parts)
    {
        lock (_gate)
        {
            _past = _ended.TryAdd(parts, null) ? _past.With(parts) : _past;
        }
    }

    private static void Gauge(string name, string unit, string description, Func<IReadOnlyList<PublisherParts>, double> read) =>
        Meter.CreateObservableGauge(name, () => Shown.Keys.SelectMany(each => each.Measured(read)), unit, description);

    private static void Counter(string name, string description, Func<Counts, long> read) =>
        Meter.CreateObservableCounter(
            name, () => Shown.Keys.Select(each => new Measurement<long>(read(each.Total()), each._tag)), "{message}", description);

    private bool IsOf(string type) => type == name;

    private IEnumerable<Measurement<double>> Measured(Func<IReadOnlyList<PublisherParts>, double> read) =>
        Running() is { } parts ? [new(read(parts), _tag)] : [];

    /// <summary>The publishers that have not ended; null without an actor system.</summary>
    private IReadOnlyList<PublisherParts>? Running()
    {
        lock (_gate)
        {
            return _type is null ? null
                : [.. _type.Running().Select(static each => each.Parts).Where(parts => !_ended.TryGetValue(parts, out _))];
        }
    }

    /// <summary>The list and its counts are of one moment: a publisher that ended between them would be counted twice.</summary>
    private Counts Total()
    {
        lock (_gate)
        {
            return (Running() ?? []).Aggregate(_past, static (counts, parts) => counts.With(parts));
        }
    }

    private readonly record struct Counts(long Accepted, long Delivered, long Undelivered)
    {
        public Counts With(PublisherParts parts)
        {
            var ledger = parts.Buffer.Ledger;
            return new(Accepted + parts.Buffer.Accepted, Delivered + ledger.Delivered + ledger.Stored, Undelivered + ledger.Undelivered);
        }
    }
}
