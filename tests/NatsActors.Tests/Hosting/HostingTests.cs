using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NatsActors.Connection;
using NatsActors.Hosting;
using NatsActors.Testing;

namespace NatsActors.Tests.Hosting;

/// <summary>Akka.Hosting on a generic host, against a real nats-server.</summary>
public sealed class HostingTests
{
    public static TheoryData<string> Forms => ["options", "delegate", "configuration"];

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Every_form_gives_a_publisher_that_works_by_its_key(string form)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = "authorization { user: u, password: p }" });
        await using var reader = await NatsReader.ConnectAsync(server.Port, "u", "p");
        await reader.SubscribeAsync("a");
        var options = new NatsPublisherOptions
        {
            Hocon = ConfigurationFactory.ParseString($"nats-actors.publisher.connection.servers = [\"{server.Url}\"]"),
            Settings = settings => settings with { Buffer = settings.Buffer with { MaxMessages = 77 } },
            Credentials = NatsCredentials.UserPassword("u", "p"),
        };
        var section = Configuration(
            ("Nats:Connection:Servers:0", server.Url), ("Nats:Buffer:MaxMessages", "77"),
            ("Nats:Connection:User", "u"), ("Nats:Connection:Password", "p")).GetSection("Nats");
        using var host = await StartAsync(akka => _ = form switch
        {
            "options" => akka.WithNatsPublisher(options),
            "delegate" => akka.WithNatsPublisher(o => (o.Hocon, o.Settings, o.Credentials) = (options.Hocon, options.Settings, options.Credentials)),
            _ => akka.WithNatsPublisher(section),
        });

        var publisher = host.Services.GetRequiredService<IRequiredActor<NatsPublisherKey>>().ActorRef;
        Assert.Equal(new Ack(1), await publisher.Ask<PublishReply>(new Publish("a", "x"u8.ToArray())));

        Assert.Equal("x", Assert.Single(await reader.WaitForAsync(1)).Text);
        Assert.Equal(77, (await publisher.Ask<PublisherStatus>(GetStatus.Instance)).MaxMessages);
        Assert.Equal("nats-publisher", publisher.Path.Name);
        await host.StopAsync();
    }

    [Fact]
    public async Task Several_publishers_have_names_and_keys_of_their_own()
    {
        using var host = await StartAsync(akka => akka
            .AddHocon("nats-actors.publishers.orders.buffer.max-messages = 5", HoconAddMode.Prepend)
            .WithNatsPublisher<Orders>(o => o.Name = "orders")
            .WithNatsPublisher<Audit>(o => (o.Name, o.Settings) = ("audit", s => s with { Buffer = s.Buffer with { MaxMessages = 6 } }))
            .WithNatsPublisher());

        async Task<long> MaxAsync<TKey>() => (await host.Services.GetRequiredService<IRequiredActor<TKey>>().ActorRef
            .Ask<PublisherStatus>(GetStatus.Instance)).MaxMessages;
        Assert.Equal((5, 6, 1_000_000), (await MaxAsync<Orders>(), await MaxAsync<Audit>(), await MaxAsync<NatsPublisherKey>()));
        await host.StopAsync();
    }

    [Fact]
    public async Task Hocon_of_the_user_stands_before_the_defaults_wherever_it_was_added()
    {
        using var host = await StartAsync(akka => akka
            .WithNatsPublisher()
            .AddHocon("nats-actors.publisher.buffer.max-messages = 5", HoconAddMode.Append));

        var system = host.Services.GetRequiredService<ActorSystem>();
        Assert.Equal(5, NatsPublishers.Get(system).SettingsOf().Buffer.MaxMessages);
        await host.StopAsync();
    }

    [Fact]
    public async Task Two_publishers_of_one_name_fail_the_start()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(akka => akka
            .WithNatsPublisher<Orders>(o => o.Name = "orders")
            .WithNatsPublisher<Audit>(o => o.Name = "orders")));

        Assert.Contains("There is a publisher of the name 'orders' already", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_settings_fail_the_start_with_all_violations_and_without_the_secret()
    {
        var section = Configuration(("Nats:Buffer:MaxMesages", "77"), ("Nats:Delivery:Confirm", "maybe"), ("Nats:Connection:Passwort", "hunter2"))
            .GetSection("Nats");

        var error = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(akka => akka.WithNatsPublisher(section)));

        Assert.Contains("Nats:Buffer:MaxMesages", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("Nats:Delivery:Confirm", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("Nats:Connection:Passwort", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_hocon_fails_the_start_with_all_violations()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(akka => akka
            .AddHocon("nats-actors.publisher { buffer.max-bites = 5MiB, connection.connect-timeout = 5 }", HoconAddMode.Prepend)
            .WithNatsPublisher()));

        Assert.Contains("nats-actors.publisher.buffer.max-bites: is not a key; did you mean buffer.max-bytes?", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("nats-actors.publisher.connection.connect-timeout: '5' is a number without a unit", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_the_host_drains()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("a");
        using var host = await StartAsync(akka => akka
            .AddHocon("akka.coordinated-shutdown.phases.service-stop.timeout = 20s", HoconAddMode.Prepend)
            .WithNatsPublisher(Servers(server.Url)));
        var publisher = host.Services.GetRequiredService<IRequiredActor<NatsPublisherKey>>().ActorRef;
        for (var i = 0; i < 1000; i++)
        {
            publisher.Tell(new Publish("a", default), ActorRefs.NoSender);
        }

        await host.StopAsync();

        Assert.Equal(1000, (await reader.WaitForAsync(1000)).Count);
    }

    [Fact]
    public async Task Without_a_server_the_host_starts_lives_and_says_that_it_is_not_ready()
    {
        var port = LoopbackPorts.Next();
        using var host = await StartAsync(akka => akka.WithNatsPublisher(Servers($"nats://127.0.0.1:{port}", maxMessages: 10)));
        var publisher = host.Services.GetRequiredService<IRequiredActor<NatsPublisherKey>>().ActorRef;

        Assert.IsType<Ack>(await publisher.Ask<PublishReply>(new Publish("a", default)));
        await IsAsync(host, NatsPublisherHealth.LiveTag, HealthStatus.Healthy);
        await IsAsync(host, NatsPublisherHealth.ReadyTag, HealthStatus.Unhealthy, entry => entry.Data.Contains(KeyValuePair.Create("buffered-messages", (object)1L)));

        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Port = port });
        await IsAsync(host, NatsPublisherHealth.ReadyTag, HealthStatus.Healthy);
        await host.StopAsync();
    }

    [Fact]
    public async Task Readiness_follows_the_fill_of_the_buffer()
    {
        await using var server = await NatsServer.StartAsync();
        await using var proxy = CuttingProxy.Start(server.Port);
        using var host = await StartAsync(akka => akka.WithNatsPublisher(Servers(proxy.Url, maxMessages: 10)));
        var publisher = host.Services.GetRequiredService<IRequiredActor<NatsPublisherKey>>().ActorRef;
        await IsAsync(host, NatsPublisherHealth.ReadyTag, HealthStatus.Healthy);

        proxy.WithholdPongs();
        await publisher.Ask<BatchReply>(new PublishBatch([.. Enumerable.Repeat(new Publish("a", default), 8)]));
        await IsAsync(host, NatsPublisherHealth.ReadyTag, HealthStatus.Degraded);
        await publisher.Ask<BatchReply>(new PublishBatch([.. Enumerable.Repeat(new Publish("a", default), 5)]));
        await IsAsync(host, NatsPublisherHealth.ReadyTag, HealthStatus.Unhealthy, entry => entry.Description == "the buffer is full");
        await IsAsync(host, NatsPublisherHealth.LiveTag, HealthStatus.Healthy);

        proxy.Release();
        await IsAsync(host, NatsPublisherHealth.ReadyTag, HealthStatus.Healthy);
        await host.StopAsync();
    }

    [Fact]
    public async Task Refused_credentials_make_it_not_ready_with_the_reason_and_never_dead()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = "authorization { user: u, password: other }" });
        using var host = await StartAsync(akka => akka
            .AddHocon("nats-actors.publisher.connection.authorization-error = stop", HoconAddMode.Prepend)
            .AddSetup(NatsPublisherSetup.Empty.WithCredentials(NatsCredentials.UserPassword("u", "hunter2")))
            .WithNatsPublisher(Servers(server.Url)));

        var ready = await IsAsync(
            host, NatsPublisherHealth.ReadyTag, HealthStatus.Unhealthy, entry => entry.Data.Contains(KeyValuePair.Create("state", (object)"Closed")));

        Assert.Contains("Authorization Violation", ready.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", ready.Description, StringComparison.Ordinal);
        await IsAsync(host, NatsPublisherHealth.LiveTag, HealthStatus.Healthy);
        await host.StopAsync();
    }

    [Fact]
    public async Task Readiness_follows_the_link_and_liveness_does_not()
    {
        await using var server = await NatsServer.StartAsync();
        await using var proxy = CuttingProxy.Start(server.Port);
        using var host = await StartAsync(akka => akka.WithNatsPublisher(Servers(proxy.Url)));
        await IsAsync(host, NatsPublisherHealth.ReadyTag, HealthStatus.Healthy);

        proxy.Refuse();
        proxy.CutWithRst();
        await IsAsync(host, NatsPublisherHealth.ReadyTag, HealthStatus.Unhealthy);
        await IsAsync(host, NatsPublisherHealth.LiveTag, HealthStatus.Healthy);

        proxy.Accept();
        await IsAsync(host, NatsPublisherHealth.ReadyTag, HealthStatus.Healthy);
        await host.StopAsync();
    }

    [Fact]
    public async Task After_the_end_of_the_system_it_does_not_live()
    {
        using var host = await StartAsync(akka => akka.WithNatsPublisher());
        await host.Services.GetRequiredService<ActorSystem>().Terminate();

        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(host, NatsPublisherHealth.LiveTag)).Status);
    }

    /// <summary>Waits for a check with the tag that says so: an actor that a busy machine holds up is not ready, and does not live.</summary>
    private static async Task<HealthReportEntry> IsAsync(IHost host, string tag, HealthStatus status, Func<HealthReportEntry, bool>? says = null)
    {
        var entry = default(HealthReportEntry);
        await Until.TrueAsync(
            async () =>
            {
                entry = (await CheckAsync(host, tag)).Entries.Values.Single();
                return entry.Status == status && (says?.Invoke(entry) ?? true);
            },
            text: $"{tag} {status}");
        return entry;
    }

    private static Task<HealthReport> CheckAsync(IHost host, string tag) =>
        host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains(tag));

    private static Action<NatsPublisherOptions> Servers(string url, long maxMessages = 100_000) => options => options.Settings = settings =>
        settings with
        {
            Connection = settings.Connection with
            {
                Servers = [url],
                Backoff = new BackoffSettings { Min = TimeSpan.FromMilliseconds(20), Max = TimeSpan.FromMilliseconds(200), Authorization = TimeSpan.FromMilliseconds(200) },
            },
            Buffer = settings.Buffer with { MaxMessages = maxMessages },
            // Withheld PONGs do not end a link before a test has seen what it waits for.
            Delivery = settings.Delivery with { ConfirmTimeout = TimeSpan.FromMinutes(1) },
        };

    private static IConfiguration Configuration(params (string Key, string Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))).Build();

    private static async Task<IHost> StartAsync(Action<AkkaConfigurationBuilder> configure)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddAkka("hosted", akka => configure(akka.AddHocon(
            "akka.stdout-loglevel = OFF\nakka.coordinated-shutdown.exit-clr = off\nakka.coordinated-shutdown.phases.service-stop.timeout = 2s",
            HoconAddMode.Prepend)));
        builder.Services.AddHealthChecks().AddNatsPublisher();
        var host = builder.Build();
        try
        {
            await host.StartAsync();
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    private sealed class Orders;

    private sealed class Audit;
}
