using System.Diagnostics.Metrics;
using Akka.Actor;

namespace NatsActors.Specs;

/// <summary>What a collector of metrics sees of a publisher.</summary>
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
        Assert.Equal(1, seen["natsactors.messages.refused"]);
        Assert.Equal(1, seen["natsactors.messages.rejected"]);
        Assert.Equal(1, seen["natsactors.link.up"]);
        Assert.Equal((3, (double)status.BufferedBytes), (seen["natsactors.buffer.messages"], seen["natsactors.buffer.bytes"]));
        Assert.Equal(0.75, seen["natsactors.buffer.fill"]);
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
        Assert.Equal(0, MetricsOf(_settings.Name)["natsactors.link.up"]);
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
    public void A_publisher_that_is_stopped_is_no_longer_measured()
    {
        StartConnected(_settings);
        Assert.NotEmpty(MetricsOf(_settings.Name));

        Tell(PoisonPill.Instance);

        Assert.Empty(MetricsOf(_settings.Name));
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
                seen.Add(tags.Length > 1 ? $"{instrument.Name} {tags[1].Value}" : instrument.Name, value);
            }
        }
    }
}
