using Microsoft.Extensions.Logging;

namespace NatsActors.Tests.Facade;

/// <summary>A logger that runs the test's code in each line, with the line's id.</summary>
internal sealed class LineHook(Action<int> onLine) : ILoggerFactory, ILogger
{
    /// <summary>The id of the line of a publisher that has ended with everything delivered.</summary>
    public const int Closed = 13;

    /// <summary>The id of the line of a handler that has failed.</summary>
    public const int EventHandlerFailed = 14;

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
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => onLine(eventId.Id);
}
