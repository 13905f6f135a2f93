using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using NatsActors.Testing;

namespace NatsActors.Tests.Outages;

/// <summary>The publisher's events, in order.</summary>
public sealed class EventLog
{
    private readonly ConcurrentQueue<NatsEvent> _events = new();

    public IReadOnlyList<NatsEvent> All => [.. _events];

    public void Add(NatsEvent occurrence) => _events.Enqueue(occurrence);

    public async Task<T> NextAsync<T>(int count = 1)
        where T : NatsEvent
    {
        await Until.TrueAsync(() => _events.OfType<T>().Count() >= count);
        return _events.OfType<T>().ElementAt(count - 1);
    }
}

/// <summary>Every line that is logged, with its state and its exception.</summary>
/// <param name="onLine">Runs in each line, with the line's id.</param>
public sealed class LineLog(Action<int>? onLine = null) : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyList<string> All => [.. _lines];

    public void Add(string line) => _lines.Enqueue(line);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join("; ", pairs) : $"{state}";
        _lines.Enqueue($"{logLevel} {eventId.Id} {formatter(state, exception)} [{values}] {exception}");
        onLine?.Invoke(eventId.Id);
    }
}
