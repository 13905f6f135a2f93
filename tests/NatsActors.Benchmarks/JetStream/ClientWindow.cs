using System.Globalization;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace NatsActors.Benchmarks.JetStream;

/// <summary>
/// A yardstick: NATS.Client.JetStream with ids, one caller of <c>PublishConcurrentAsync</c>, who awaits the oldest PubAck when the
/// window is full.
/// </summary>
internal sealed class ClientWindow(string url) : IStreamWay
{
    private readonly NatsConnection _connection = new(NatsOpts.Default with { Url = url });

    public string Name => "NATS.Client.JetStream, ids";

    public async Task PrepareAsync(StreamLoad load) => await _connection.ConnectAsync();

    public async Task RunAsync(StreamLoad load)
    {
        var context = new NatsJSContext(_connection);
        var idPrefix = Guid.NewGuid().ToString("N") + ".";
        var inFlight = new Queue<NatsJSPublishConcurrentFuture>(load.Window);
        for (var i = 0; i < load.Messages; i++)
        {
            if (inFlight.Count == load.Window)
            {
                await StoredAsync(inFlight.Dequeue());
            }

            var id = new NatsJSPubOpts { MsgId = idPrefix + i.ToString(CultureInfo.InvariantCulture) };
            inFlight.Enqueue(await context.PublishConcurrentAsync(BenchmarkStream.Subject, load.Payload, opts: id));
        }

        while (inFlight.TryDequeue(out var next))
        {
            await StoredAsync(next);
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static async Task StoredAsync(NatsJSPublishConcurrentFuture publish)
    {
        await using (publish)
        {
            (await publish.GetResponseAsync()).EnsureSuccess();
        }
    }
}
