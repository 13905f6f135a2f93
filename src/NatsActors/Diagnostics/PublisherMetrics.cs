using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using NatsActors.Diagnostics;
using NatsActors.Door;
using NatsActors.Settings;

namespace NatsActors;

/// <summary>
/// The metrics of all publishers of the process. Collectors of <see cref="System.Diagnostics.Metrics"/> subscribe to the meter
/// <see cref="MeterName"/>. Each measurement has the tag <c>publisher</c> with the publisher's name.
/// </summary>
/// <remarks>
/// The first two follow OpenTelemetry's conventions for messaging, and have its tags <c>messaging.system</c> = <c>nats</c> and
/// <c>messaging.operation.name</c> = <c>publish</c>.
/// <list type="table">
/// <item><term><c>messaging.client.sent.messages</c></term><description>counter: messages that have ended. <c>error.type</c> is the reason
/// of those that ended undelivered.</description></item>
/// <item><term><c>messaging.client.operation.duration</c></term><description>histogram, seconds: from acceptance to outcome, in steps of a
/// millisecond, with the same <c>error.type</c>.</description></item>
/// <item><term><c>natsactors.messages.accepted</c></term><description>counter: messages answered with an Ack.</description></item>
/// <item><term><c>natsactors.messages.ended</c></term><description>counter: outcomes, by the tag <c>outcome</c>: <c>delivered</c>,
/// <c>stored</c>, or a reason of <see cref="UndeliveredReason"/> (<c>expired</c>, <c>dropped</c>, ...).</description></item>
/// <item><term><c>natsactors.messages.refused</c></term><description>counter: messages answered with a BufferFull, by the tag
/// <c>limit</c>: a value of <see cref="BufferLimit"/> (<c>messages</c>, <c>bytes</c>, ...).</description></item>
/// <item><term><c>natsactors.messages.rejected</c></term><description>counter: messages answered with a Rejected.</description></item>
/// <item><term><c>natsactors.messages.resent</c></term><description>counter: messages given to a link again.</description></item>
/// <item><term><c>natsactors.reconnects</c></term><description>counter: links made after the first.</description></item>
/// <item><term><c>natsactors.link.up</c></term><description>gauge: 1 with a link, 0 without.</description></item>
/// <item><term><c>natsactors.link.state</c></term><description>gauge: 1 for the state that the connection is in and 0 for the others, by
/// the tag <c>state</c>: a value of <see cref="ConnectionState"/> (<c>connected</c>, <c>backoff</c>, ...).</description></item>
/// <item><term><c>natsactors.link.round_trip</c></term><description>histogram, seconds: from a fence to its PONG.</description></item>
/// <item><term><c>natsactors.outage.duration</c></term><description>histogram, seconds: outages that have ended.</description></item>
/// <item><term><c>natsactors.buffer.messages</c>, <c>natsactors.buffer.bytes</c></term><description>gauges: messages without an
/// outcome, and their wire bytes.</description></item>
/// <item><term><c>natsactors.buffer.fill</c></term><description>gauge: the larger of messages / max-messages and bytes / max-bytes,
/// 0 to 1.</description></item>
/// <item><term><c>natsactors.buffer.oldest_age</c></term><description>gauge, seconds: the age of the oldest message; 0 without
/// one.</description></item>
/// <item><term><c>natsactors.in_flight.messages</c></term><description>gauge: messages written and not yet confirmed.</description></item>
/// <item><term><c>natsactors.journal.up</c></term><description>gauge, of publishers with <c>durability.journal</c>: 1 while the journal
/// takes messages, 0 while it is down or not read yet.</description></item>
/// <item><term><c>natsactors.journal.undurable_messages</c></term><description>gauge, of the same publishers: messages that wait for the
/// journal, without an Ack so far.</description></item>
/// </list>
/// The values of counters and gauges are read when a collector asks, so publishing costs nothing more. A message that moves from one
/// value to another in that moment may be in both or in neither; the counters themselves never count a message twice. The histograms
/// are recorded while a collector listens to them. After the end of a publisher its counters stay, and its gauges do not; a new publisher
/// of the same name begins at zero, and of more than 64 ended publishers the oldest is forgotten.
/// </remarks>
public static class PublisherMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "NatsActors";

    internal static readonly KeyValuePair<string, object?> System = new("messaging.system", "nats");
    internal static readonly KeyValuePair<string, object?> Operation = new("messaging.operation.name", "publish");

    /// <summary>Publishers that have ended and whose counters are still shown; more of them forget the oldest.</summary>
    private const int MostRetired = 64;

    private static readonly Meter Meter = new(MeterName, typeof(PublisherMetrics).Assembly.GetName().Version?.ToString(3));
    private static readonly ConcurrentDictionary<MeasuredPublisher, byte> Publishers = [];
    private static readonly (UndeliveredReason Value, string Name)[] Reasons = Names<UndeliveredReason>();
    private static readonly (BufferLimit Value, string Name)[] Limits = Names<BufferLimit>();
    private static readonly (ConnectionState Value, string Name)[] States = Names<ConnectionState>();

    static PublisherMetrics()
    {
        Counter("messaging.client.sent.messages", "{message}", "Messages that have ended.", Sent);
        Counter("natsactors.messages.accepted", "{message}", "Messages answered with an Ack.", each => [each.Of(each.Accepted)]);
        Counter("natsactors.messages.ended", "{message}", "Outcomes of accepted messages.", Ended);
        Counter("natsactors.messages.refused", "{message}", "Messages answered with a BufferFull, by the limit.", each =>
            Limits.Select(limit => each.Of(each.Ledger.RefusedFor(limit.Value), Tag("limit", limit.Name))));
        Counter("natsactors.messages.rejected", "{message}", "Messages answered with a Rejected.", each => [each.Of(each.Ledger.Rejected)]);
        Counter("natsactors.messages.resent", "{message}", "Messages given to a link again.", each => [each.Of(each.Resent)]);
        Counter("natsactors.reconnects", "{link}", "Links made after the first.", each => [each.Of(each.Reconnects)]);
        Gauge("natsactors.link.up", "{link}", "1 with a link, 0 without.", each => [each.Of(each.Guarded.HasLink ? 1.0 : 0.0)]);
        Gauge("natsactors.link.state", "{link}", "1 for the state of the connection, 0 for the others.", each =>
            States.Select(state => each.Of(each.Guarded.State == state.Value ? 1.0 : 0.0, Tag("state", state.Name))));
        Gauge("natsactors.buffer.messages", "{message}", "Messages without an outcome.", each => [each.Of(each.Buffer.Messages)]);
        Gauge("natsactors.buffer.bytes", "By", "Wire bytes of the messages without an outcome.", each => [each.Of(each.Buffer.Bytes)]);
        Gauge("natsactors.buffer.fill", "1", "How full the buffer is, by the limit that is nearer.", each => [each.Of(each.Fill)]);
        Gauge("natsactors.buffer.oldest_age", "s", "The age of the oldest message.", each => [each.Of(each.Guarded.OldestAge.TotalSeconds)]);
        Gauge("natsactors.in_flight.messages", "{message}", "Messages written and not yet confirmed.", each =>
            [each.Of(each.Buffer.InFlightMessages)]);
        Gauge("natsactors.journal.up", "{journal}", "1 while the journal takes messages, 0 while it does not.", each =>
            each.Guarded.JournalUp is { } up ? [each.Of(up ? 1.0 : 0.0)] : []);
        Gauge("natsactors.journal.undurable_messages", "{message}", "Messages that wait for the journal.", each =>
            each.Guarded.JournalUp is null ? [] : [each.Of(each.Guarded.UndurableMessages)]);
    }

    internal static Histogram<double> OperationDuration { get; } = Histogram(
        "messaging.client.operation.duration", "From the acceptance of a message to its outcome.",
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]);

    internal static Histogram<double> RoundTrip { get; } = Histogram(
        "natsactors.link.round_trip", "From a fence to its PONG.",
        [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]);

    internal static Histogram<double> OutageDuration { get; } = Histogram(
        "natsactors.outage.duration", "Outages that have ended.", [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600]);

    /// <summary>Adds a publisher to the metrics until the result is disposed.</summary>
    internal static IDisposable Measure(string publisher, GuardedBuffer buffer)
    {
        var measured = new MeasuredPublisher(publisher, buffer, Retire);
        foreach (var ended in Publishers.Keys.Where(each => each.HasEnded && each.Name == publisher))
        {
            Publishers.TryRemove(ended, out _);
        }

        Publishers[measured] = 0;
        return measured;
    }

    /// <summary>The counters of a publisher that has ended stay, so that the last collection has its last counts.</summary>
    private static void Retire()
    {
        var retired = Publishers.Keys.Where(static each => each.HasEnded).OrderBy(static each => each.EndedAt).ToList();
        foreach (var oldest in retired.Take(retired.Count - MostRetired))
        {
            Publishers.TryRemove(oldest, out _);
        }
    }

    private static Histogram<double> Histogram(string name, string description, IReadOnlyList<double> boundaries) =>
        Meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries });

    private static void Counter(string name, string unit, string description, Func<MeasuredPublisher, IEnumerable<Measurement<long>>> read) =>
        Meter.CreateObservableCounter(name, () => Publishers.Keys.SelectMany(read), unit, description);

    private static void Gauge(string name, string unit, string description, Func<RunningPublisher, IEnumerable<Measurement<double>>> read) =>
        Meter.CreateObservableGauge(
            name, () => Publishers.Keys.Select(static each => each.Running).OfType<RunningPublisher>().SelectMany(read), unit, description);

    private static IEnumerable<Measurement<long>> Sent(MeasuredPublisher each)
    {
        yield return each.Of(each.Ledger.Delivered + each.Ledger.Stored, System, Operation);
        foreach (var (reason, name) in Reasons)
        {
            yield return each.Of(each.Ledger.UndeliveredFor(reason), System, Operation, Tag("error.type", name));
        }
    }

    private static IEnumerable<Measurement<long>> Ended(MeasuredPublisher each)
    {
        yield return each.Of(each.Ledger.Delivered, Tag("outcome", "delivered"));
        yield return each.Of(each.Ledger.Stored, Tag("outcome", "stored"));
        foreach (var (reason, name) in Reasons)
        {
            yield return each.Of(each.Ledger.UndeliveredFor(reason), Tag("outcome", name));
        }
    }

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private static (T Value, string Name)[] Names<T>()
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(value => (value, SettingsText.Kebab(value.ToString())))];
}
