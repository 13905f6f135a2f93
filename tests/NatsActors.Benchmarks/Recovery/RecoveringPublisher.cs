using System.Diagnostics;

namespace NatsActors.Benchmarks.Recovery;

/// <summary>A facade with default settings. The link is up when the facade raises <see cref="Reconnected"/>.</summary>
internal sealed class RecoveringPublisher : IRecovering
{
    private readonly NatsPublisher _publisher;
    private readonly byte[] _payload;
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<long> _linked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RecoveringPublisher(string url, byte[] payload)
    {
        _payload = payload;
        _publisher = NatsPublisher.Start(new PublisherSettings { Connection = new() { Servers = [url] } }, onEvent: Hear);
    }

    public Task<long> Linked => _linked.Task;

    public bool KeepsBacklog => true;

    public Task StartAsync() => _connected.Task;

    public void Await() => _linked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Publish()
    {
        if (!_publisher.TryPublish(Load.Subject, _payload, out var refusal))
        {
            throw new BenchmarkException($"Refused: {refusal}");
        }
    }

    public Task ConfirmAsync() => Facade.FlushAsync(_publisher);

    public ValueTask DisposeAsync() => _publisher.DisposeAsync();

    private void Hear(NatsEvent occurrence)
    {
        switch (occurrence)
        {
            case Connected:
                _connected.TrySetResult();
                break;
            case Reconnected:
                _linked.TrySetResult(Stopwatch.GetTimestamp());
                break;
        }
    }
}
