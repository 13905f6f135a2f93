using System.Collections.Concurrent;
using Akka.Configuration;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests.Stage;

/// <summary>A publisher with a journal, as one process has it, with its events and replies.</summary>
internal sealed class Life : IAsyncDisposable
{
    private readonly ConcurrentQueue<NatsEvent> _events = new();
    private bool _ended;

    public Life(PublisherSettings settings, Config hocon)
    {
        Publisher = PersistentNatsPublisher.Start(settings, hocon, onEvent: _events.Enqueue);
    }

    public NatsPublisher Publisher { get; }

    public IReadOnlyCollection<NatsEvent> Events => _events;

    public PublisherStatus Status => Publisher.Status;

    public async Task<T> EventAsync<T>(Func<T, bool>? wanted = null, TimeSpan? timeout = null)
        where T : NatsEvent
    {
        await Until.TrueAsync(
            () => _events.OfType<T>().Any(e => wanted?.Invoke(e) ?? true), timeout, $"{typeof(T).Name}; there were {string.Join(", ", _events)}");
        return _events.OfType<T>().First(e => wanted?.Invoke(e) ?? true);
    }

    public int Count<T>() => _events.OfType<T>().Count();

    public Listener Listener() => new(Publisher.System);

    /// <summary>Publishes numbered messages, and expects an Ack for each.</summary>
    public async Task PublishAsync(int from, int count, Func<Publish, Publish>? change = null)
    {
        var replies = Enumerable.Range(from, count)
            .Select(number => Publisher.PublishAsync(change is null ? Numbers.Message(number) : change(Numbers.Message(number))).AsTask()).ToList();
        foreach (var reply in await Task.WhenAll(replies).WaitAsync(Until.DefaultTimeout, TimeProvider.System))
        {
            Assert.IsType<Ack>(reply);
        }
    }

    public async Task FlushAsync() => Assert.True((await Publisher.FlushAsync(Until.DefaultTimeout)).Completed);

    /// <summary>The process ends, without a drain.</summary>
    public async Task<Drained> EndAsync()
    {
        var drained = await Publisher.DrainAsync(TimeSpan.Zero);
        await DisposeAsync();
        return drained;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_ended)
        {
            _ended = true;
            await Publisher.DrainAsync(TimeSpan.Zero);
            await Publisher.DisposeAsync();
        }
    }
}
