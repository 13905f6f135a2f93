using Microsoft.Extensions.Logging;
using NatsActors.Cluster.Sharding;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Sharding;

/// <summary>Thousands of publishers that say the same make a few lines, and one that counts the others.</summary>
public sealed class ShardLogTests
{
    private readonly VirtualTime _time = new();
    private readonly Lines _lines = new();

    [Fact]
    public void Of_each_kind_of_warning_ten_lines_are_written_in_ten_seconds_and_the_others_are_counted()
    {
        var log = new ShardLog("orders", _lines, _time);
        for (var number = 1; number <= 1000; number++)
        {
            log.Log(LogLevel.Warning, new EventId(2, "Disconnected"), number, null, static (each, _) => $"orders-{each} is without a link");
            log.Log(LogLevel.Error, new EventId(61, "KeyEnded"), number, null, static (each, _) => $"orders-{each} has ended");
        }

        Assert.Equal(20, _lines.Written.Count);
        // The others are counted at the end of the pause, although no line of the kind follows.
        _time.Advance(ShardLog.Pause);
        Assert.Equal(
            [
                "Warning orders: 990 more lines of the kind Disconnected were not written",
                "Warning orders: 990 more lines of the kind KeyEnded were not written",
            ],
            _lines.Written.Skip(20));
        log.Log(LogLevel.Warning, new EventId(2, "Disconnected"), 7, null, static (each, _) => $"orders-{each} is without a link");
        Assert.Equal("Warning orders-7 is without a link", _lines.Written[22]);
        _time.Advance(ShardLog.Pause);
        Assert.Equal((23, 0), (_lines.Written.Count, _time.ActiveTimers));
    }

    [Fact]
    public void A_pause_begins_with_the_first_line_and_ten_lines_need_no_count()
    {
        var log = new ShardLog("orders", _lines, _time);
        Disconnect(10);
        _time.Advance(ShardLog.Pause / 2);
        Assert.Equal((10, 0), (_lines.Written.Count, _time.ActiveTimers));
        Disconnect(2);
        Assert.Equal(10, _lines.Written.Count);
        _time.Advance(ShardLog.Pause / 2);
        Assert.Equal("Warning orders: 2 more lines of the kind Disconnected were not written", Assert.Single(_lines.Written.Skip(10)));
        Disconnect(11);
        _time.Advance(ShardLog.Pause);
        Assert.Equal("Warning orders: 1 more lines of the kind Disconnected were not written", Assert.Single(_lines.Written.Skip(21)));

        void Disconnect(int lines)
        {
            for (var number = 1; number <= lines; number++)
            {
                log.Log(LogLevel.Warning, new EventId(2, "Disconnected"), number, null, static (each, _) => $"orders-{each} is without a link");
            }
        }
    }

    [Fact]
    public void What_a_publisher_says_of_its_normal_life_is_at_Debug_and_without_a_limit()
    {
        var log = new ShardLog("orders", _lines, _time);
        for (var number = 1; number <= 30; number++)
        {
            log.Log(LogLevel.Information, new EventId(1, "Connected"), number, null, static (each, _) => $"orders-{each} has a link");
        }

        Assert.Equal(30, _lines.Written.Count(static line => line.StartsWith("Debug", StringComparison.Ordinal)));
    }

    private sealed class Lines : ILogger
    {
        public List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written.Add($"{logLevel} {formatter(state, exception)}");
    }
}
