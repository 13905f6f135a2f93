using System.Net.Http.Json;
using System.Text.Json.Serialization;
using NatsActors.Testing;

namespace NatsActors.Benchmarks;

/// <summary>A nats-server of its own with monitoring, which tells how many messages it has read.</summary>
internal sealed class MeasuredServer : IAsyncDisposable
{
    private readonly NatsServer _server;
    private readonly HttpClient _monitoring;

    private MeasuredServer(NatsServer server, int monitoringPort)
    {
        _server = server;
        _monitoring = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{monitoringPort}") };
    }

    /// <summary>What the server has read since its start: PUBs, and the bytes of their payloads.</summary>
    internal sealed record Counts(
        [property: JsonPropertyName("in_msgs")] long Messages, [property: JsonPropertyName("in_bytes")] long PayloadBytes);

    public string Url => _server.Url;

    public int Port => _server.Port;

    /// <param name="config">Further lines of its configuration.</param>
    public static async Task<MeasuredServer> StartAsync(string config = "")
    {
        var port = LoopbackPorts.Next();
        var server = await NatsServer.StartAsync(new NatsServerOptions { Config = $"http: \"127.0.0.1:{port}\"\n{config}" });
        return new MeasuredServer(server, port);
    }

    /// <summary>SIGKILL; completes when the process is gone.</summary>
    public Task KillAsync() => _server.KillAsync();

    /// <summary>Starts it again on the same ports; its counts begin at 0.</summary>
    public Task RestartAsync() => _server.RestartAsync();

    public async Task<Counts> CountsAsync() =>
        await _monitoring.GetFromJsonAsync<Counts>("/varz") ?? throw new InvalidOperationException("The server's monitoring answered nothing.");

    /// <summary>Makes sure that exactly the load has arrived since <paramref name="before"/>; null stands for nothing.</summary>
    public async Task ExpectAsync(Counts before, Load? load, string way)
    {
        var messages = load?.Messages ?? 0;
        var expected = new Counts(before.Messages + messages, before.PayloadBytes + ((long)messages * (load?.Payload.Length ?? 0)));

        // The server counts what it has read after it has answered.
        Counts? counts = null;
        try
        {
            await Until.TrueAsync(async () => (counts = await CountsAsync()).Messages >= expected.Messages);
        }
        catch (TimeoutException)
        {
        }

        if (counts != expected)
        {
            throw new BenchmarkException(
                $"{way}: the server should have read {messages} messages of {load?.Payload.Length ?? 0} B, and has read {counts?.Messages - before.Messages} with {counts?.PayloadBytes - before.PayloadBytes} B in all");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _monitoring.Dispose();
        await _server.DisposeAsync();
    }
}
