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
    private readonly Dictionary<int, Kind> _kinds = [];

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

        var (passes, over) = Count(eventId);
        TellLeft(over);
        if (passes)
        {
            log.Log(level, eventId, state, exception, formatter);
        }
    }

    private static LogLevel Quieter(LogLevel level) => level == LogLevel.Information ? LogLevel.Debug : level;

    /// <summary>Counts a line: whether it is written, and the pause that is over, when this line begins the next one.</summary>
    private (bool Passes, Kind? Over) Count(EventId id)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var kind = _kinds.GetValueOrDefault(id.Id);
            var spent = kind is null ? Pause : time.GetElapsedTime(kind.Since, now);
            if (kind is null || spent >= Pause)
            {
                _kinds[id.Id] = new Kind(id.Name ?? "", now) { Lines = 1 };
                return (true, kind);
            }

            if (++kind.Lines == MostLines + 1)
            {
                // The next line of the kind may come with the next outage, in a month.
                kind.End = time.CreateTimer(_ => EndOf(id.Id, kind), null, Pause - spent, Timeout.InfiniteTimeSpan);
            }

            return (kind.Lines <= MostLines, null);
        }
    }

    private void EndOf(int id, Kind kind)
    {
        lock (_gate)
        {
            if (!_kinds.TryGetValue(id, out var current) || current != kind)
            {
                // A line has begun the next pause, and has told of this one.
                return;
            }

            _kinds.Remove(id);
        }

        try
        {
            TellLeft(kind);
        }
        catch (Exception)
        {
            // What a user's logger throws must not end the process, on a timer's thread.
        }
    }

    private void TellLeft(Kind? over)
    {
        if (over?.Lines > MostLines)
        {
            over.End?.Dispose();
            LinesLeft(log, type, over.Lines - MostLines, over.Name);
        }
    }

    [LoggerMessage(61, LogLevel.Warning, "{Type}: {Lines} more lines of the kind {Kind} were not written")]
    private static partial void LinesLeft(ILogger log, string type, int lines, string kind);

    /// <summary>The lines of one kind in one pause.</summary>
    private sealed class Kind(string name, long since)
    {
        public string Name => name;

        public long Since => since;

        public int Lines { get; set; }

        /// <summary>Ends the pause; null while all lines were written.</summary>
        public ITimer? End { get; set; }
    }
}
