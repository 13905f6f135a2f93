namespace NatsActors.Benchmarks.Akka;

/// <summary>
/// A publisher of the host with the default settings, and an actor that tells its buffer actor, one message or one batch at a
/// time, and gets a reply for each.
/// </summary>
internal sealed class PublisherDoor(AkkaHost host, LinkClient client, string url, int batchSize) : IWay
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private IActorRef? _buffer;

    public async Task PrepareAsync(Load load)
    {
        if (_buffer is null)
        {
            var settings = new PublisherSettings
            {
                Name = $"{client}-{batchSize}", Connection = new() { Servers = [url], Client = client },
            };
            var publishers = NatsPublishers.Get(host.System);
            publishers.Start(settings);
            _buffer = await publishers.GetDirectAsync(settings.Name);

            // One message through the whole way is the proof of a link.
            await _buffer.Ask<Ack>(new Publish(Load.Subject, load.Payload));
            await FlushAsync(_buffer);
        }
    }

    public async Task RunAsync(Load load)
    {
        await host.TellAsync(_buffer!, load, batchSize);
        await FlushAsync(_buffer!);
    }

    public async ValueTask DisposeAsync()
    {
        if (_buffer is not null)
        {
            await _buffer.Ask<Drained>(new Drain(Limit));
        }
    }

    private static async Task FlushAsync(IActorRef buffer)
    {
        if (await buffer.Ask<Flushed>(new Flush(Limit)) is { Completed: false } flushed)
        {
            throw new InvalidOperationException($"Not confirmed in time: {flushed}");
        }
    }
}
