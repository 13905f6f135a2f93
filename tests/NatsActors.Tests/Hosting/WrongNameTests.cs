using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NatsActors.Hosting;
using NatsActors.Testing;

namespace NatsActors.Tests.Hosting;

/// <summary>Names and sections that do not exist, in a host with an actor system.</summary>
public sealed class WrongNameTests
{
    private const string Hocon = "nats-actors.publishers { orders {}\n audit {} }";

    [Fact]
    public async Task A_name_that_no_publisher_has_degrades_both_checks_and_lists_the_names()
    {
        using var host = await StartAsync(
            (akka, _) => akka.AddHocon(Hocon, HoconAddMode.Prepend).WithNatsPublisher<Orders>(options => options.Name = "orders"), "oders");

        foreach (var check in await CheckAsync(host))
        {
            Assert.Equal(
                (HealthStatus.Degraded, "there is no publisher 'oders'; did you mean 'orders'? running: orders; described by HOCON and not started: audit, publisher"),
                (check.Status, check.Description));
        }

        await host.StopAsync();
    }

    [Fact]
    public async Task A_publisher_that_code_starts_later_is_degraded_until_then_and_a_stopped_one_does_not_live()
    {
        using var host = await StartAsync((akka, _) => akka.AddHocon(Hocon, HoconAddMode.Prepend), "orders");
        async Task<HealthReportEntry> LiveAsync() => (await CheckAsync(host)).Single(check => check.Tags.Contains(NatsPublisherHealth.LiveTag));
        var before = await LiveAsync();
        Assert.Equal(
            (HealthStatus.Degraded, "the publisher 'orders', which HOCON describes, has not been started"), (before.Status, before.Description));

        var system = host.Services.GetRequiredService<ActorSystem>();
        var publisher = NatsPublishers.Get(system).Publisher("orders");
        await Until.TrueAsync(async () => (await LiveAsync()).Status == HealthStatus.Healthy);

        await publisher.GracefulStop(TimeSpan.FromSeconds(10));
        await Until.TrueAsync(async () => (await LiveAsync()) is { Status: HealthStatus.Unhealthy, Description: "the publisher 'orders' has ended" });
        await host.StopAsync();
    }

    [Fact]
    public async Task Hocon_that_is_not_valid_does_not_fail_liveness()
    {
        using var host = await StartAsync((akka, _) => akka.AddHocon("nats-actor {}", HoconAddMode.Prepend), "orders");

        var live = (await CheckAsync(host)).Single(check => check.Tags.Contains(NatsPublisherHealth.LiveTag));

        Assert.Equal(HealthStatus.Degraded, live.Status);
        Assert.Contains("nats-actor: is not a section; did you mean nats-actors?", live.Description, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_publisher_of_the_container_has_its_checks_beside_those_of_the_actor_system()
    {
        await using var server = await NatsServer.StartAsync();
        using var host = await StartAsync(
            (akka, _) => akka.WithNatsPublisher(options => options.Settings = settings => To(server.Url, settings)),
            services => services.AddNatsPublisher("orders", To(server.Url, new PublisherSettings())),
            "orders",
            "publisher");

        await Until.TrueAsync(async () => (await CheckAsync(host)).All(check => check.Status == HealthStatus.Healthy));
        Assert.Equal(4, (await CheckAsync(host)).Count);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_section_that_does_not_exist_fails_the_start_with_the_nearest_name()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync((akka, builder) =>
        {
            Configure(builder);
            akka.WithNatsPublisher(builder.Configuration.GetSection("Nats:Ordres"));
        }));

        Assert.Contains(
            "Nats:Ordres: the configuration has no such section, or the section has no keys; did you mean Nats:Orders? known are Nats:Orders",
            error.ToString(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Nats:Other", 5)]
    [InlineData("Nats:Orders", 7)]
    public async Task An_optional_section_leaves_the_settings_to_hocon_when_it_does_not_exist(string path, long expected)
    {
        using var host = await StartAsync((akka, builder) =>
        {
            Configure(builder);
            akka.AddHocon("nats-actors.publisher.buffer.max-messages = 5", HoconAddMode.Prepend)
                .WithNatsPublisher(builder.Configuration.GetSection(path), optional: true);
        });
        var publisher = host.Services.GetRequiredService<IRequiredActor<NatsPublisherKey>>().ActorRef;

        Assert.Equal(expected, (await publisher.Ask<PublisherStatus>(GetStatus.Instance)).MaxMessages);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_container_without_a_configuration_has_publishers_too()
    {
        using var host = await StartAsync((akka, _) => akka.WithNatsPublisher(), services => services.RemoveAll<IConfiguration>(), "publisher");

        await Until.TrueAsync(async () =>
            (await CheckAsync(host)).Single(check => check.Tags.Contains(NatsPublisherHealth.LiveTag)).Status == HealthStatus.Healthy);
        await host.StopAsync();
    }

    private static void Configure(HostApplicationBuilder builder) => builder.Configuration.AddInMemoryCollection(
        [KeyValuePair.Create("Nats:Orders:Buffer:MaxMessages", (string?)"7")]);

    private static PublisherSettings To(string url, PublisherSettings settings) =>
        settings with { Connection = settings.Connection with { Servers = [url] } };

    private static async Task<IReadOnlyList<HealthReportEntry>> CheckAsync(IHost host) =>
        [.. (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries.Values];

    private static Task<IHost> StartAsync(Action<AkkaConfigurationBuilder, HostApplicationBuilder> configure, params string[] names) =>
        StartAsync(configure, _ => { }, names);

    private static async Task<IHost> StartAsync(
        Action<AkkaConfigurationBuilder, HostApplicationBuilder> configure, Action<IServiceCollection> add, params string[] names)
    {
        var builder = Host.CreateApplicationBuilder();
        add(builder.Services);
        builder.Logging.ClearProviders();
        builder.Services.AddAkka("hosted", akka => configure(
            akka.AddHocon(
                "akka.stdout-loglevel = OFF\nakka.coordinated-shutdown.exit-clr = off\nakka.coordinated-shutdown.phases.service-stop.timeout = 2s",
                HoconAddMode.Prepend),
            builder));
        foreach (var name in names)
        {
            builder.Services.AddHealthChecks().AddNatsPublisher(name);
        }

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
}
