using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using NatsActors.Testing;

namespace NatsActors.Embedded.Tests.Outages;

/// <summary>A nats-server, a proxy in front of it, an independent reader behind it, and a publisher that knows the proxy only.</summary>
internal sealed class Rig : IAsyncDisposable
{
    private Rig(NatsServer server)
    {
        Server = server;
        Proxy = CuttingProxy.Start(server.Port);
    }

    public NatsServer Server { get; }

    public CuttingProxy Proxy { get; }

    public NatsReader Reader { get; private set; } = null!;

    public NatsPublisher Publisher { get; private set; } = null!;

    public EventLog Events { get; } = new();

    public LineLog Lines { get; } = new();

    /// <summary>Short waits, so that an outage of a test is short.</summary>
    public PublisherSettings Settings => new()
    {
        Connection = new ConnectionSettings
        {
            Servers = [Proxy.Url],
            ConnectTimeout = TimeSpan.FromSeconds(1),
            Backoff = new BackoffSettings { Min = TimeSpan.FromMilliseconds(10), Max = TimeSpan.FromMilliseconds(100) },
        },
        Delivery = new DeliverySettings { ConfirmTimeout = TimeSpan.FromSeconds(1) },
    };

    public static async Task<Rig> StartAsync(
        Func<PublisherSettings, PublisherSettings>? change = null,
        bool jetStream = false,
        bool publisher = true,
        string config = "",
        (string User, string Password)? reader = null)
    {
        var rig = new Rig(await NatsServer.StartAsync(new NatsServerOptions { JetStream = jetStream, Config = config }));
        rig.Reader = await NatsReader.ConnectAsync(rig.Server.Port, reader?.User, reader?.Password);
        await rig.Reader.SubscribeAsync("t.>");
        if (publisher)
        {
            rig.StartPublisher(change);
        }

        return rig;
    }

    public void StartPublisher(Func<PublisherSettings, PublisherSettings>? change = null) =>
        Publisher = NatsPublisher.Start(change?.Invoke(Settings) ?? Settings, Lines, onEvent: Events.Add);

    /// <summary>Publishes a run of numbers, as fast as the buffer takes them.</summary>
    public async Task SendAsync(int from, int to)
    {
        for (var n = from; n <= to; n++)
        {
            var payload = Encoding.UTF8.GetBytes(n.ToString(CultureInfo.InvariantCulture));
            while (!Publisher.TryPublish("t.n", payload, out var refusal))
            {
                Assert.IsType<BufferFull>(refusal);
                await Task.Yield();
            }
        }
    }

    /// <summary>Every number arrived, each for the first time in order; a resend may repeat a run.</summary>
    public async Task AssertArrivedAsync(int count)
    {
        var flushed = await Publisher.FlushAsync(TimeSpan.FromSeconds(20));
        Assert.True(flushed.Completed, $"{flushed.Remaining} left: {Publisher.Status.LastError}");
        await Reader.PingAsync();
        var numbers = Reader.Messages.Select(message => int.Parse(message.Text, CultureInfo.InvariantCulture));
        Assert.Equal(Enumerable.Range(1, count), numbers.Distinct());
        Assert.Equal(count, Publisher.Status.Totals.Delivered);
        Assert.True(Publisher.Status.Totals.Balanced);
    }

    public async ValueTask DisposeAsync()
    {
        if (Publisher is not null)
        {
            await Publisher.DrainAsync(TimeSpan.Zero);
            await Publisher.DisposeAsync();
        }

        if (Reader is not null)
        {
            await Reader.DisposeAsync();
        }

        await Proxy.DisposeAsync();
        await Server.DisposeAsync();
    }
}

/// <summary>The publisher's events, in order.</summary>
internal sealed class EventLog
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
internal sealed class LineLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyList<string> All => [.. _lines];

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
    }
}
