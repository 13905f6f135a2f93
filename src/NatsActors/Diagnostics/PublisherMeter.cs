using NatsActors.Buffer;
using NatsActors.Settings;

namespace NatsActors.Diagnostics;

/// <summary>Records what happens to one publisher in the histograms of <see cref="PublisherMetrics"/>. Costs nothing while nobody listens.</summary>
internal sealed class PublisherMeter(string publisher) : IAgeMeter
{
    private static readonly KeyValuePair<string, object?>[] Errors =
        [.. Enum.GetValues<UndeliveredReason>().Select(reason => new KeyValuePair<string, object?>("error.type", SettingsText.Kebab(reason.ToString())))];

    private readonly KeyValuePair<string, object?> _tag = new("publisher", publisher);

    public bool Listens => PublisherMetrics.OperationDuration.Enabled;

    public void Record(EndedAge ended, long now) => Guarded(() => RecordAll(ended, now));

    /// <summary>A fence was answered.</summary>
    public void RoundTrip(TimeSpan time)
    {
        if (PublisherMetrics.RoundTrip.Enabled)
        {
            Guarded(() => PublisherMetrics.RoundTrip.Record(time.TotalSeconds, _tag));
        }
    }

    /// <summary>An event was raised.</summary>
    public void Note(NatsEvent occurrence)
    {
        if (occurrence is Reconnected reconnected)
        {
            Guarded(() => PublisherMetrics.OutageDuration.Record(reconnected.Outage.TotalSeconds, _tag));
        }
    }

    /// <summary>A listener that throws is its owner's fault, and must not fail an actor or a teller.</summary>
    private static void Guarded(Action record)
    {
        try
        {
            record();
        }
        catch (Exception)
        {
            // There is nobody to tell.
        }
    }

    private void RecordAll(EndedAge ended, long now)
    {
        var seconds = (now - ended.AcceptedAt) / 1000.0;
        for (var i = 0; i < ended.Count; i++)
        {
            if (ended.Reason is { } reason)
            {
                PublisherMetrics.OperationDuration.Record(
                    seconds, _tag, PublisherMetrics.System, PublisherMetrics.Operation, Errors[(int)reason]);
            }
            else
            {
                PublisherMetrics.OperationDuration.Record(seconds, _tag, PublisherMetrics.System, PublisherMetrics.Operation);
            }
        }
    }
}
