using System.Diagnostics.Metrics;
using Akka.Actor;
using NatsActors.Door;
using NatsActors.Tests;

namespace NatsActors.Specs;

/// <summary>What a collector of metrics sees of a publisher. Alone, because a process keeps the counters of 64 ended publishers.</summary>
[Collection(nameof(MeasuredAlone))]
public class MetricsSpecs : ActorSpec
{
    private static int s_number;

    private readonly PublisherSettings _settings = With(
        b => b with { MaxMessages = 4 }) with { Name = $"measured-{Interlocked.Increment(ref s_number)}-{Guid.NewGuid():N}" };

    [Fact]
    public void Counts_and_fill_are_those_of_the_status()
    {
        var link = StartConnected(_settings);
        Accept("1", "2", "3", "4");
        var refused = CreateProbe();
        Tell(Message("5"), refused);
        refused.ExpectMsg<BufferFull>();
        Assert.IsType<Rejected>(Ask<PublishReply>(Message("6", "bad subject")));
        Write(link);
        link.Confirm(3, "s");
        Settle();
        Accept("7", "8");

        var seen = MetricsOf(_settings.Name);

        var status = Status();
        Assert.Equal(6, seen["natsactors.messages.accepted"]);
        Assert.Equal(3, seen["natsactors.messages.ended permission-denied"]);
        Assert.Equal(0, seen["natsactors.messages.ended delivered"]);
        Assert.Equal(1, seen["natsactors.messages.refused messages"]);
        Assert.Equal(0, seen["natsactors.messages.refused bytes"]);
        Assert.Equal(1, seen["natsactors.messages.rejected"]);
        Assert.Equal(3, seen["messaging.client.sent.messages permission-denied"]);
        Assert.Equal(0, seen["messaging.client.sent.messages"]);
        Assert.Equal(1, seen["natsactors.link.up"]);
        Assert.Equal((3, (double)status.BufferedBytes), (seen["natsactors.buffer.messages"], seen["natsactors.buffer.bytes"]));
        Assert.Equal(0.75, seen["natsactors.buffer.fill"]);
        Assert.Equal(0, seen["natsactors.buffer.oldest_age"]);
        Assert.Equal((1, 0), (seen["natsactors.link.state connected"], seen["natsactors.link.state backoff"]));
        Assert.Equal(status.InFlightMessages, seen["natsactors.in_flight.messages"]);
    }

    [Fact]
    public void A_lost_link_and_what_is_sent_again_are_seen()
    {
        var link = StartConnected(_settings);
        Accept("1", "2");
        Write(link);
        link.Lose(LinkLossKind.Closed);
        Settle();
        Advance(TimeSpan.FromSeconds(2));
        var down = MetricsOf(_settings.Name);
        Assert.Equal((0, 0), (down["natsactors.link.up"], down["natsactors.link.state connected"]));
        Assert.Equal(2, down["natsactors.buffer.oldest_age"]);
        var next = Redialled(link);
        next.Up();
        Serve(next);

        var seen = MetricsOf(_settings.Name);

        Assert.Equal(1, seen["natsactors.link.up"]);
        Assert.Equal(1, seen["natsactors.reconnects"]);
        Assert.Equal(2, seen["natsactors.messages.resent"]);
        Assert.Equal(2, seen["natsactors.messages.ended delivered"]);
    }

    [Fact]
    public void The_names_of_the_instruments_are_these()
    {
        var names = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == PublisherMetrics.MeterName)
                {
                    names.Add($"{instrument.Name} {instrument.Unit}");
                }
            },
        };
        _ = MetricsOf("nobody");
        StartPublisher(_settings);
        listener.Start();

        Assert.Equal(
            [
                "messaging.client.operation.duration s", "messaging.client.sent.messages {message}", "natsactors.buffer.bytes By",
                "natsactors.buffer.fill 1", "natsactors.buffer.messages {message}", "natsactors.buffer.oldest_age s",
                "natsactors.in_flight.messages {message}", "natsactors.journal.undurable_messages {message}",
                "natsactors.journal.up {journal}", "natsactors.link.round_trip s", "natsactors.link.state {link}",
                "natsactors.link.up {link}", "natsactors.messages.accepted {message}", "natsactors.messages.ended {message}",
                "natsactors.messages.refused {message}", "natsactors.messages.rejected {message}", "natsactors.messages.resent {message}",
                "natsactors.outage.duration s", "natsactors.reconnects {link}",
            ],
            names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Histograms_have_the_age_of_each_message_at_its_end_and_the_length_of_each_outage()
    {
        var seen = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == PublisherMetrics.MeterName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            if (instrument is Histogram<double> && (string?)tags[0].Value == _settings.Name)
            {
                var tagged = string.Join(',', tags[1..].ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
                seen.Add(FormattableString.Invariant($"{instrument.Name} {value} {tagged}"));
            }
        });
        listener.Start();
        var link = StartConnected(_settings);
        Accept("1");
        Advance(TimeSpan.FromMilliseconds(20));
        Accept("2");
        Write(link);
        Advance(TimeSpan.FromMilliseconds(30));
        link.ConfirmAll();
        Settle();
        Accept("3");
        link.Lose();
        Settle();
        Ask<Purged>(new Purge());
        Redialled(link).Up();
        Settle();

        Assert.Equal(
            [
                "messaging.client.operation.duration 0.05 messaging.system=nats,messaging.operation.name=publish",
                "messaging.client.operation.duration 0.03 messaging.system=nats,messaging.operation.name=publish",
                "messaging.client.operation.duration 0 messaging.system=nats,messaging.operation.name=publish,error.type=purged",
            ],
            seen.Take(3));
        Assert.StartsWith("natsactors.outage.duration ", Assert.Single(seen.Skip(3)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_publisher_that_has_ended_keeps_its_counters_until_another_of_its_name_starts()
    {
        StartConnected(_settings);
        Accept("1", "2");

        Tell(PoisonPill.Instance);

        var seen = MetricsOf(_settings.Name);
        Assert.Equal(2, seen["messaging.client.sent.messages indeterminate"]);
        Assert.Equal(2, seen["natsactors.messages.accepted"]);
        Assert.DoesNotContain(seen.Keys, name => name.StartsWith("natsactors.link", StringComparison.Ordinal)
            || name.StartsWith("natsactors.buffer", StringComparison.Ordinal));
        using var other = PublisherMetrics.Measure(_settings.Name, new GuardedBuffer(_settings, new PublisherClock(Time), "other"));
        Assert.Equal(0, MetricsOf(_settings.Name)["natsactors.messages.accepted"]);
    }

    [Fact]
    public void A_collector_that_throws_costs_no_outcome_and_no_link()
    {
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == PublisherMetrics.MeterName && instrument is Histogram<double>)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            if ((string?)tags[0].Value == _settings.Name)
            {
                throw new InvalidOperationException("a collector that fails");
            }
        });
        listener.Start();
        var link = StartConnected(_settings);
        var sender = CreateProbe();
        Tell(Message("1") with { WantsOutcome = true }, sender);
        sender.ExpectMsg<Ack>();
        Serve(link);
        sender.ExpectMsg<Delivered>();
        Assert.Equal(1, Links.Count);
    }

    /// <summary>What the meter says of a publisher, by instrument (and outcome); empty when it says nothing of it.</summary>
    internal static Dictionary<string, double> MetricsOf(string publisher)
    {
        var seen = new Dictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == PublisherMetrics.MeterName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if ((string?)tags[0].Value == publisher)
            {
                var own = tags.ToArray().Where(tag => tag.Key is "outcome" or "limit" or "state" or "error.type").Select(tag => $" {tag.Value}");
                seen.Add($"{instrument.Name}{string.Concat(own)}", value);
            }
        }
    }
}
