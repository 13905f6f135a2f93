using NatsActors.Persistence.Tests.Engines;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests.Stage;

/// <summary>Tests with one journal, a nats-server behind a proxy, and a reader of what arrives.</summary>
public abstract class JournalTests<TEngine>(TEngine engine) : IAsyncLifetime
    where TEngine : JournalEngine
{
    private readonly List<Life> _lives = [];

    protected TEngine Engine => engine;

    protected NatsServer Server { get; private set; } = null!;

    protected CuttingProxy Proxy { get; private set; } = null!;

    protected NatsReader Reader { get; private set; } = null!;

    private protected StreamAdmin Streams => new(Reader);

    protected PublisherSettings Settings => new()
    {
        Connection = new()
        {
            Servers = [Proxy.Url],
            Backoff = new() { Min = TimeSpan.FromMilliseconds(10), Max = TimeSpan.FromMilliseconds(50) },
        },
        Durability = new()
        {
            Journal = engine.PluginId,
            MarkDelay = TimeSpan.FromMilliseconds(20),
            RetryMin = TimeSpan.FromMilliseconds(20),
            RetryMax = TimeSpan.FromMilliseconds(200),
        },
    };

    protected string PersistenceId => $"nats-publisher-{Settings.Name}";

    public virtual async Task InitializeAsync()
    {
        Server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        Proxy = CuttingProxy.Start(Server.Port);
        Reader = await NatsReader.ConnectAsync(Server.Port);
        await Reader.SubscribeAsync(Numbers.Subject);
        await engine.InitializeAsync();
    }

    public virtual async Task DisposeAsync()
    {
        foreach (var life in _lives)
        {
            await life.DisposeAsync().AsTask().WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        }

        await Reader.DisposeAsync();
        await Proxy.DisposeAsync();
        await Server.DisposeAsync();
        await engine.DisposeAsync();
    }

    private protected Life Start(Func<PublisherSettings, PublisherSettings>? change = null)
    {
        var life = new Life(change is null ? Settings : change(Settings), engine.Hocon);
        _lives.Add(life);
        return life;
    }

    /// <summary>Starts a publisher whose journal has been read.</summary>
    private protected async Task<Life> StartRecoveredAsync(Func<PublisherSettings, PublisherSettings>? change = null)
    {
        var life = Start(change);
        await life.EventAsync<JournalRecovered>();
        return life;
    }

    protected static PublisherSettings JetStream(PublisherSettings settings) => settings with
    {
        Delivery = settings.Delivery with { Confirm = ConfirmMode.JetStream },
    };

    protected static PublisherSettings Buffer(PublisherSettings settings, Func<BufferSettings, BufferSettings> change) =>
        settings with { Buffer = change(settings.Buffer) };

    protected static PublisherSettings Durability(PublisherSettings settings, Func<DurabilitySettings, DurabilitySettings> change) =>
        settings with { Durability = change(settings.Durability) };

    /// <summary>What arrived in all is 1 to <paramref name="last"/>, in order; some of it perhaps again.</summary>
    protected async Task AssertArrivedAsync(int last)
    {
        await Until.TrueAsync(() => Numbers.FirstArrivals(Reader).Count() >= last, text: $"{last} messages");
        await Reader.PingAsync();
        Assert.Equal(Numbers.To(last), Numbers.FirstArrivals(Reader));
    }
}
