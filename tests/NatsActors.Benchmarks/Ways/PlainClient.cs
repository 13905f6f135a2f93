using NATS.Client.Core;

namespace NatsActors.Benchmarks;

/// <summary>
/// A yardstick: NATS.Client.Core with its defaults and one caller who awaits every <c>PublishAsync</c>, and a PING behind the last.
/// It keeps nothing of what it has published.
/// </summary>
internal sealed class PlainClient(string url) : IWay
{
    private readonly NatsConnection _connection = new(NatsOpts.Default with { Url = url });

    public async Task PrepareAsync(Load load) => await _connection.ConnectAsync();

    public async Task RunAsync(Load load)
    {
        for (var i = 0; i < load.Messages; i++)
        {
            await _connection.PublishAsync(Load.Subject, load.Payload);
        }

        await _connection.PingAsync();
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
