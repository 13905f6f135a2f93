using Microsoft.Extensions.Logging;

namespace NatsActors.Cluster.Sharding;

/// <summary>
/// The log of a type's publishers. Thousands of them lose their links in one moment, so of each kind of line <see cref="MostLines"/> are
/// written in <see cref="Pause"/>, and then one that counts the others. What a publisher logs at Information, its links and its end, is
/// written at Debug. May be used by any thread.
/// </summary>
/// <param name="type">The type's name.</param>
/// <param name="log">Where the lines go.</param>
/// <param name="time">The clock.</param>
internal sealed partial class ShardLog(string type, ILogger log, TimeProvider time) : ILogger
{
    public const int MostLines = 10;
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, (long Since, int Lines)> _kinds = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => log.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => log.IsEnabled(Quieter(logLevel));

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var level = Quieter(logLevel);
        if (level <= LogLevel.Debug)
        {
            log.Log(level, eventId, state, exception, formatter);
            return;
        }

        var (passes, left) = Count(eventId.Id);
        if (left > 0)
        {
            LinesLeft(log, type, left, eventId.Name ?? "");
        }

        if (passes)
        {
            log.Log(level, eventId, state, exception, formatter);
        }
    }

    private static LogLevel Quieter(LogLevel level) => level == LogLevel.Information ? LogLevel.Debug : level;

    /// <summary>Counts a line: whether it is written, and how many of the pause before were not.</summary>
    private (bool Passes, int Left) Count(int kind)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var (since, lines) = _kinds.GetValueOrDefault(kind, (now, 0));
            var isOver = time.GetElapsedTime(since, now) >= Pause;
            _kinds[kind] = isOver ? (now, 1) : (since, lines + 1);
            return (isOver || lines < MostLines, isOver ? Math.Max(0, lines - MostLines) : 0);
        }
    }

    [LoggerMessage(61, LogLevel.Warning, "{Type}: {Lines} more publishers of this node have said the same ({Kind})")]
    private static partial void LinesLeft(ILogger log, string type, int lines, string kind);
}
