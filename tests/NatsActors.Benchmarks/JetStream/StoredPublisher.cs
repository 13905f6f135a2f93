namespace NatsActors.Benchmarks.JetStream;

/// <summary>
/// A facade with <c>delivery.confirm = jetstream</c> and the window of the load; its other settings are the defaults, except that the
/// limits in bytes leave room for the window. One caller of <c>TryPublish</c>. The publisher gives every message an id.
/// </summary>
/// <remarks>Each turn has a new publisher: with strict order the stream's last message must be the publisher's own.</remarks>
internal sealed class StoredPublisher(string url, bool strictOrder) : IStreamWay
{
    // Subject, reply subject, id and the id of the message before.
    private const int FrameOverhead = 512;

    private Facade? _facade;

    public string Name => strictOrder ? "NatsActors, strict order" : "NatsActors";

    public async Task PrepareAsync(StreamLoad load)
    {
        await DisposeAsync();
        _facade = new Facade(SettingsFor(load));
        await _facade.Linked.WaitAsync(Stage.Limit, TimeProvider.System);
    }

    public async Task RunAsync(StreamLoad load)
    {
        var publisher = _facade!.Publisher;
        for (var published = 0; ;)
        {
            published += PublishUntilFull(publisher, load, load.Messages - published);
            if (published == load.Messages)
            {
                break;
            }

            await publisher.WaitForCapacityAsync().WaitAsync(Stage.Limit, TimeProvider.System);
        }

        await Facade.FlushAsync(publisher);
    }

    public async ValueTask DisposeAsync()
    {
        if (_facade is not null)
        {
            await _facade.DisposeAsync();
        }
    }

    private PublisherSettings SettingsFor(StreamLoad load)
    {
        var defaults = new PublisherSettings();
        var windowBytes = Math.Max(defaults.JetStream.MaxInFlightBytes, (long)load.Window * (load.Size + FrameOverhead));
        return defaults with
        {
            Connection = new() { Servers = [url], DiscoverServers = false, MaxInFlightBytes = windowBytes },
            Delivery = new() { Confirm = ConfirmMode.JetStream },
            JetStream = new() { MaxInFlightMessages = load.Window, MaxInFlightBytes = windowBytes, StrictOrder = strictOrder },
        };
    }

    private static int PublishUntilFull(NatsPublisher publisher, StreamLoad load, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (!publisher.TryPublish(BenchmarkStream.Subject, load.Payload, out var refusal))
            {
                return refusal is BufferFull ? i : throw new BenchmarkException($"Refused: {refusal}");
            }
        }

        return count;
    }
}
