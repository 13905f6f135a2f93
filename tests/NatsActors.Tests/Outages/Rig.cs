using System.Globalization;
using System.Text;
using NatsActors.Connection;
using NatsActors.Testing;

namespace NatsActors.Tests.Outages;

/// <summary>A nats-server, a proxy in front of it, an independent reader behind it, and a publisher that knows the proxy only.</summary>
internal sealed class Rig : IAsyncDisposable
{
    private readonly IPublisherHost _host;

    private Rig(IPublisherHost host, NatsServer server)
    {
        _host = host;
        Server = server;
        Proxy = CuttingProxy.Start(server.Port);
    }

    public NatsServer Server { get; }

    public CuttingProxy Proxy { get; }

    public NatsReader Reader { get; private set; } = null!;

    public IHostedPublisher Publisher { get; private set; } = null!;

    public EventLog Events { get; } = new();

    /// <summary>Short waits, so that an outage of a test is short; time-outs that no busy machine reaches.</summary>
    public PublisherSettings Settings => new()
    {
        Connection = new ConnectionSettings
        {
            Servers = [Proxy.Url],
            ConnectTimeout = TimeSpan.FromSeconds(10),
            Backoff = new BackoffSettings { Min = TimeSpan.FromMilliseconds(10), Max = TimeSpan.FromMilliseconds(100), Authorization = TimeSpan.FromMilliseconds(100) },
        },
        Delivery = new DeliverySettings { ConfirmTimeout = TimeSpan.FromSeconds(10) },
    };

    public static async Task<Rig> StartAsync(
        IPublisherHost host,
        Func<PublisherSettings, PublisherSettings>? change = null,
        bool jetStream = false,
        bool publisher = true,
        string config = "",
        (string User, string Password)? reader = null)
    {
        var rig = new Rig(host, await NatsServer.StartAsync(new NatsServerOptions { JetStream = jetStream, Config = config }));
        rig.Reader = await NatsReader.ConnectAsync(rig.Server.Port, reader?.User, reader?.Password);
        await rig.Reader.SubscribeAsync("t.>");
        if (publisher)
        {
            await rig.StartPublisherAsync(change);
        }

        return rig;
    }

    public async Task StartPublisherAsync(Func<PublisherSettings, PublisherSettings>? change = null) =>
        Publisher = await _host.StartAsync(change?.Invoke(Settings) ?? Settings, Events.Add);

    /// <summary>Publishes a run of numbers, as fast as the buffer takes them.</summary>
    public Task SendAsync(int from, int to) => Publisher.SendAsync([.. Enumerable.Range(from, to - from + 1).Select(Number)]);

    public static Publish Number(int n) => new("t.n", Encoding.UTF8.GetBytes(n.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Everything that was accepted has an outcome.</summary>
    public async Task FlushAsync()
    {
        var flushed = await Publisher.FlushAsync(TimeSpan.FromSeconds(20));
        Assert.True(flushed.Completed, $"{flushed.Remaining} left: {(await Publisher.StatusAsync()).LastError}");
    }

    /// <summary>Every number arrived, each for the first time in order; a resend may repeat a run.</summary>
    public async Task AssertArrivedAsync(int count)
    {
        await FlushAsync();
        await Reader.PingAsync();
        var numbers = Reader.Messages.Select(message => int.Parse(message.Text, CultureInfo.InvariantCulture));
        Assert.Equal(Enumerable.Range(1, count), numbers.Distinct());
        var totals = (await Publisher.StatusAsync()).Totals;
        Assert.Equal(count, totals.Delivered);
        Assert.True(totals.Balanced);
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
