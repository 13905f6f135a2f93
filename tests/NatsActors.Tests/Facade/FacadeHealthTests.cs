using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using NatsActors.Testing;

namespace NatsActors.Tests.Facade;

/// <summary>Health checks in a container without an actor system.</summary>
public sealed class FacadeHealthTests
{
    [Fact]
    public async Task Each_publisher_has_checks_by_its_name_and_an_outage_changes_readiness_only()
    {
        await using var server = await NatsServer.StartAsync();
        await using var proxy = CuttingProxy.Start(server.Port);
        using var host = Build(services =>
        {
            services.AddNatsPublisher(To(server.Url) with { Name = "own" });
            services.AddNatsPublisher("orders", To(proxy.Url));
            services.AddHealthChecks().AddNatsPublisher("own").AddNatsPublisher("orders");
        });
        await host.StartAsync();
        await Until.TrueAsync(async () => (await CheckAsync(host)).Status == HealthStatus.Healthy);

        proxy.Refuse();
        proxy.CutWithRst();
        await Until.TrueAsync(async () => (await CheckAsync(host)).Entries["nats-publisher-orders-ready"].Status == HealthStatus.Unhealthy);
        await Until.TrueAsync(async () => (await CheckAsync(host)).Entries is var entries
            && entries["nats-publisher-orders-live"].Status == HealthStatus.Healthy
            && entries["nats-publisher-own-ready"].Status == HealthStatus.Healthy);

        proxy.Accept();
        await Until.TrueAsync(async () => (await CheckAsync(host)).Status == HealthStatus.Healthy);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_name_that_no_publisher_has_fails_the_start_with_the_names_that_exist()
    {
        using var host = Build(services =>
        {
            services.AddHealthChecks().AddNatsPublisher("oders").AddNatsPublisher("billing");
            services.AddNatsPublisher(To("nats://127.0.0.1:4222"));
            services.AddNatsPublisher("orders", To("nats://127.0.0.1:4222"));
        });
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Equal(
            "AddHealthChecks().AddNatsPublisher: there is no publisher 'oders'; did you mean 'orders'? running: orders, publisher; "
            + "there is no publisher 'billing'; running: orders, publisher. AddNatsPublisher of the services adds a publisher.",
            error.Message);
    }

    [Fact]
    public async Task A_disposed_publisher_does_not_live()
    {
        using var host = Build(services =>
        {
            services.AddNatsPublisher("orders", To($"nats://127.0.0.1:{LoopbackPorts.Next()}"));
            services.AddHealthChecks().AddNatsPublisher("orders");
        });
        await host.StartAsync();
        await host.Services.GetRequiredKeyedService<NatsPublisher>("orders").DisposeAsync();

        var live = (await CheckAsync(host)).Entries["nats-publisher-orders-live"];
        Assert.Equal((HealthStatus.Unhealthy, "the actor system of the publisher 'orders' has ended"), (live.Status, live.Description));
    }

    private static Task<HealthReport> CheckAsync(IHost host) =>
        host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    private static PublisherSettings To(string url) => new()
    {
        Connection = new ConnectionSettings
        {
            Servers = [url],
            Backoff = new BackoffSettings { Min = TimeSpan.FromMilliseconds(20), Max = TimeSpan.FromMilliseconds(200) },
        },
    };

    private static IHost Build(Action<IServiceCollection> add)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLogging();
        add(builder.Services);
        return builder.Build();
    }
}
