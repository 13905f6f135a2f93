using NATS.Client.Core;

namespace NatsActors.Benchmarks.Akka;

/// <summary>
/// A yardstick: NATS.Client.Core with its defaults and one caller, who keeps so many <c>PublishAsync</c> unawaited, and a PING
/// behind the last. It keeps nothing of what it has published.
/// </summary>
internal sealed class PlainClient(string url, int unawaited) : IWay
{
    public const int Pipelined = 256;

    private readonly NatsConnection _connection = new(NatsOpts.Default with { Url = url });

    public async Task PrepareAsync(Load load) => await _connection.ConnectAsync();

    public async Task RunAsync(Load load)
    {
        var running = new ValueTask[unawaited];
        for (var left = load.Messages; left > 0; left -= running.Length)
        {
            running = left < running.Length ? running[..left] : running;
            for (var i = 0; i < running.Length; i++)
            {
                running[i] = _connection.PublishAsync(Load.Subject, load.Payload);
            }

            foreach (var publish in running)
            {
                await publish;
            }
        }

        await _connection.PingAsync();
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
