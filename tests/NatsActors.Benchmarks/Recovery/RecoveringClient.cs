using System.Diagnostics;
using NATS.Client.Core;

namespace NatsActors.Benchmarks.Recovery;

/// <summary>
/// A yardstick: NATS.Client.Core with its defaults. A busy one has one caller who awaits every publish before the next: while a
/// publish waits for the connection, the messages that are due are left out.
/// </summary>
internal sealed class RecoveringClient : IRecovering
{
    private readonly NatsConnection _connection;
    private readonly byte[] _payload;
    private Task _publish = Task.CompletedTask;
    private TaskCompletionSource<long> _linked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RecoveringClient(string url, byte[] payload)
    {
        _payload = payload;
        _connection = new NatsConnection(NatsOpts.Default with { Url = url });
        _connection.ConnectionOpened += (_, _) =>
        {
            _linked.TrySetResult(Stopwatch.GetTimestamp());
            return ValueTask.CompletedTask;
        };
    }

    public Task<long> Linked => _linked.Task;

    public bool KeepsBacklog => false;

    public async Task StartAsync()
    {
        await _connection.ConnectAsync();
        // The event comes from a queue; behind this it belongs to an outage.
        await Linked;
    }

    public void Await() => _linked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Publish()
    {
        // Whether a publish failed is not looked at: the time at which the connection is back counts.
        if (_publish.IsCompleted)
        {
            _publish = _connection.PublishAsync(Load.Subject, _payload).AsTask();
        }
    }

    public async Task ConfirmAsync() => await _connection.PingAsync();

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
