namespace NatsActors.Benchmarks;

/// <summary>A <see cref="NatsPublisher"/>, and what its callers wait for.</summary>
internal sealed class Facade : IAsyncDisposable
{
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _room = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Facade(PublisherSettings settings) => Publisher = NatsPublisher.Start(settings, onEvent: Hear);

    public NatsPublisher Publisher { get; }

    /// <summary>Completes when the publisher has a link.</summary>
    public Task Linked => _connected.Task;

    /// <summary>
    /// Completes when an overflow ends. A caller takes it before a publish: then it completes after that publish was refused, or
    /// earlier, and another try costs no more than a refusal.
    /// </summary>
    public Task Room => Volatile.Read(ref _room).Task;

    /// <summary>Waits after a refusal for want of room; any other refusal is a fault of the benchmark.</summary>
    public static Task WaitAsync(PublishReply? refusal, Task room) => refusal is BufferFull
        ? room.WaitAsync(Stage.Limit, TimeProvider.System)
        : throw new InvalidOperationException($"Refused: {refusal}");

    /// <summary>Completes when every message has its outcome.</summary>
    public static async Task FlushAsync(NatsPublisher publisher)
    {
        if (await publisher.FlushAsync(Stage.Limit) is { Completed: false } flushed)
        {
            throw new InvalidOperationException($"Not confirmed in time: {flushed}");
        }
    }

    public ValueTask DisposeAsync() => Publisher.DisposeAsync();

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
