using Microsoft.Extensions.Logging;
using NatsActors.Diagnostics;

namespace NatsActors.Tests.Facade;

/// <summary>The log with fields and the line without say the same of every event, as loudly.</summary>
public sealed class PublisherLogTests
{
    private static readonly NatsEvent[] Events =
    [
        new Connected { Publisher = "p", Server = "nats://a:4222" },
        new Disconnected { Publisher = "p", Server = "nats://a:4222", Kind = LinkLossKind.Timeout, Detail = "no PONG" },
        new Reconnected { Publisher = "p", Server = "nats://a:4222", Outage = TimeSpan.FromMilliseconds(1500), Messages = 12345, Bytes = 1 },
        new AuthenticationFailed { Publisher = "p", Server = "nats://a:4222", Detail = "Authorization Violation", Final = true },
        new TlsFailed { Publisher = "p", Server = "tls://a:4222", Detail = "it has expired" },
        new ServersDiscovered { Publisher = "p", Servers = ["nats://a:4222", "nats://b:4222"] },
        new LameDuck { Publisher = "p", Server = "nats://a:4222" },
        new HighWatermark { Publisher = "p", Messages = 10000, Bytes = 1000000 },
        new OverflowStarted { Publisher = "p", Limit = BufferLimit.Bytes, Policy = OverflowPolicy.DropOldest },
        new OverflowEnded { Publisher = "p", Refused = 1000, Dropped = 2 },
        new MessagesUndelivered { Publisher = "p", Reason = UndeliveredReason.Expired, Count = 3000 },
        new MessagesUndelivered { Publisher = "p", Reason = UndeliveredReason.NotStored, Count = 3, Detail = "no stream" },
        new DuplicateWindowExceeded { Publisher = "p", OldestAge = TimeSpan.FromMinutes(3) },
        new Draining { Publisher = "p", Messages = 5000 },
        new Closed { Publisher = "p", Totals = new LedgerTotals { Accepted = 5, Delivered = 5 } },
        new Closed { Publisher = "p", Totals = new LedgerTotals(), Cause = "the attempts are used up" },
    ];

    public static TheoryData<int> All => [.. Enumerable.Range(0, Events.Length)];

    [Fact]
    public void Every_kind_of_event_is_looked_at() =>
        Assert.Equal(
            typeof(NatsEvent).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(NatsEvent))).Select(type => type.Name).Order(),
            Events.Select(occurrence => occurrence.GetType().Name).Distinct().Order());

    [Theory]
    [MemberData(nameof(All))]
    public void Both_logs_say_the_same(int index)
    {
        var (severity, text) = EventText.Of(Events[index]);
        var log = new OneLine();
        PublisherLog.Write(log, Events[index]);
        Assert.Equal((severity.ToString(), text), (log.Level.ToString(), log.Text));
    }

    private sealed class OneLine : ILogger
    {
        public LogLevel Level { get; private set; }

        public string? Text { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Assert.Null(Text);
            (Level, Text) = (logLevel, formatter(state, exception));
        }
    }
}
