using Microsoft.Extensions.Logging;
using NATS.Client.Core;

namespace NatsActors.NatsNet;

/// <summary>
/// Hears of <c>-ERR</c>, INFO and what cannot be read in the client's log, on the thread that reads the socket, and so before the PONG behind them is
/// handed to anyone. The client's events come through a queue of their own, later than the PONG: by them alone a refused message
/// would be confirmed as delivered. Passes everything on to the user's loggers.
/// </summary>
/// <remarks>
/// A log is no contract. The link compares what it hears here with the client's events, and ends when an error comes by event
/// alone; the contract suite of links breaks before that.
/// </remarks>
internal sealed class ProtocolLog(
    ILoggerFactory inner, Action<string> serverError, Action<INatsServerInfo> serverInfo, Action<Exception> readFailed) : ILoggerFactory
{
    private const string Reader = "NATS.Client.Core.Internal.NatsReadProtocolProcessor";
    private const string Connection = "NATS.Client.Core.NatsConnection";

    private Exception? _firstFailure;

    /// <summary>What the attempt to connect failed of: the client's own exception leaves the cause out.</summary>
    public Exception? FirstFailure => Volatile.Read(ref _firstFailure);

    public ILogger CreateLogger(string categoryName) => categoryName switch
    {
        Reader => new Tap(inner.CreateLogger(categoryName), Hear),
        Connection => new Tap(inner.CreateLogger(categoryName), (_, _, exception) => _firstFailure ??= exception),
        _ => inner.CreateLogger(categoryName),
    };

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <summary>The loggers are the user's.</summary>
    public void Dispose()
    {
    }

    private void Hear(LogLevel level, IReadOnlyList<KeyValuePair<string, object?>> fields, Exception? exception)
    {
        if (exception is not null && level >= LogLevel.Error)
        {
            readFailed(exception);
        }

        for (var i = 0; i < fields.Count; i++)
        {
            switch (fields[i])
            {
                case { Key: "Error", Value: string error }:
                    serverError(error);
                    break;
                case { Key: "ServerInfo", Value: INatsServerInfo info }:
                    serverInfo(info);
                    break;
            }
        }
    }

    private sealed class Tap(ILogger inner, Action<LogLevel, IReadOnlyList<KeyValuePair<string, object?>>, Exception?> hear) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        // Errors, warnings and information are heard whatever the user's level is; a trace of every message is not wanted.
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information || inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (state is IReadOnlyList<KeyValuePair<string, object?>> fields)
            {
                hear(logLevel, fields, exception);
            }

            if (inner.IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
