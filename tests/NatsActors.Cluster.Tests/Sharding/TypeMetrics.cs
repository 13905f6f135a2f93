using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace NatsActors.Cluster.Tests.Sharding;

/// <summary>A collector of the metrics of one type. Any thread may collect.</summary>
internal sealed class TypeMetrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ThreadLocal<ConcurrentBag<(string Name, double Value)>> _seen = new(static () => []);

    public TypeMetrics(string type)
    {
        _listener.InstrumentPublished = (instrument, each) =>
        {
            if (instrument.Meter.Name == PublisherMetrics.MeterName && instrument.IsObservable)
            {
                each.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        _listener.Start();

        void Note(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var (tag, text) in tags)
            {
                if (tag == "publisher" && text is string named && named == type)
                {
                    _seen.Value!.Add((name, value));
                }
            }
        }
    }

    /// <summary>One collection: the values of each metric, one for each measurement.</summary>
    public ILookup<string, double> Collect()
    {
        _seen.Value!.Clear();
        _listener.RecordObservableInstruments();
        return _seen.Value.ToLookup(static each => each.Name["natsactors.sharded.".Length..], static each => each.Value);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _seen.Dispose();
    }
}
