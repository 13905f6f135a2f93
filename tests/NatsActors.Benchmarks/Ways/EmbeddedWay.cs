using NatsActors.Embedded;

namespace NatsActors.Benchmarks;

/// <summary>A publisher of the embedded runtime with the default settings, and what one that uses it has to wait for.</summary>
internal abstract class EmbeddedWay(string url) : IWay
{
    /// <summary>More than any round takes; after it something is wrong.</summary>
    protected static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NatsPublisher? _publisher;

    protected NatsPublisher Publisher => _publisher!;

    /// <summary>
    /// Completes when an overflow ends. Taken before a publish, it completes after that publish was refused, or earlier: then
    /// another try costs no more than a refusal.
    /// </summary>
    protected Task Room => Volatile.Read(ref _room).Task;

    public virtual async Task PrepareAsync(Load load)
    {
        _publisher ??= NatsPublisher.Start(SettingsFor(url), onEvent: Hear);
        await _connected.Task.WaitAsync(Limit, TimeProvider.System);
    }

    public abstract Task RunAsync(Load load);

    public virtual ValueTask DisposeAsync() => _publisher?.DisposeAsync() ?? ValueTask.CompletedTask;

    protected static PublisherSettings SettingsFor(string url) => new() { Connection = new() { Servers = [url] } };

    /// <summary>Completes when everything has its outcome, a PONG each.</summary>
    protected static async Task FlushAsync(NatsPublisher publisher)
    {
        if (await publisher.FlushAsync(Limit) is { Completed: false } flushed)
        {
            throw new InvalidOperationException($"Not confirmed in time: {flushed}");
        }
    }

    /// <summary>A refusal for want of room is waited for; any other would be a bug of the benchmark.</summary>
    protected static async Task WaitAsync(PublishReply? refusal, Task room)
    {
        if (refusal is not BufferFull)
        {
            throw new InvalidOperationException($"Refused: {refusal}");
        }

        await room.WaitAsync(Limit, TimeProvider.System);
    }

    private void Hear(NatsEvent occurrence)
    {
        switch (occurrence)
        {
            case Connected:
                _connected.TrySetResult();
                break;
            case OverflowEnded:
                Interlocked.Exchange(ref _room, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
                break;
        }
    }
}
