using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NatsActors.Testing;
using NatsActors.Tests.Outages;

namespace NatsActors.Tests.Facade;

/// <summary>Several publishers in one container of a generic host.</summary>
public sealed class KeyedHostTests
{
    private readonly LineLog _lines = new();

    [Fact]
    public async Task A_service_uses_several_publishers_to_its_last_moment_and_all_of_it_arrives()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("t.>");
        using var host = Build(builder =>
        {
            Configure(builder, ("Nats:Orders:Connection:Servers:0", server.Url), ("Nats:Audit:Connection:Servers:0", server.Url));
            // Registered before the publishers, so the service stops after them by the order of registration alone.
            builder.Services.AddHostedService<TwoPublishers>();
            builder.Services.AddNatsPublisher("orders", builder.Configuration.GetSection("Nats:Orders"));
            builder.Services.AddNatsPublisher("audit", builder.Configuration.GetSection("Nats:Audit"));
            builder.Services.AddNatsPublisher(To(server.Url));
        });
        await host.StartAsync();
        await host.StopAsync();

        Assert.Equal(
            ["t.audit", "t.orders", "t.own"],
            (await reader.WaitForAsync(3)).Where(message => message.Text == "stop").Select(message => message.Subject).Order());
        foreach (var name in new[] { "orders", "audit", "publisher" })
        {
            Assert.Contains(_lines.All, line => line.Contains($"{name}: closed; everything has its outcome", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Each_starts_with_the_host_and_is_one_instance_under_both_types()
    {
        using var host = Build(builder =>
        {
            builder.Services.AddNatsPublisher("orders", Unreachable());
            builder.Services.AddNatsPublisher("audit", _ => Unreachable() with { Name = "replaced by the key" });
            builder.Services.AddNatsPublisher(Unreachable());
        });
        await host.StartAsync();
        // Every publisher reports its first failed attempt, although nobody has resolved it.
        foreach (var name in new[] { "orders", "audit", "publisher" })
        {
            await Until.TrueAsync(() => _lines.All.Any(line => line.Contains($"{name}: ", StringComparison.Ordinal)), text: name);
        }

        var services = host.Services;
        Assert.Same(services.GetRequiredKeyedService<NatsPublisher>("orders"), services.GetRequiredKeyedService<INatsPublisher>("orders"));
        Assert.Same(services.GetRequiredService<NatsPublisher>(), services.GetRequiredService<INatsPublisher>());
        Assert.Equal(3, new HashSet<NatsPublisher>(
        [
            services.GetRequiredService<NatsPublisher>(),
            services.GetRequiredKeyedService<NatsPublisher>("orders"),
            services.GetRequiredKeyedService<NatsPublisher>("audit"),
        ]).Count);
        await host.StopAsync();
    }

    [Fact]
    public async Task The_drains_run_side_by_side_within_the_hosts_timeout()
    {
        await using var server = await NatsServer.StartAsync();
        await using var proxy = CuttingProxy.Start(server.Port);
        using var host = Build(builder =>
        {
            builder.Services.AddNatsPublisher("first", To(proxy.Url));
            builder.Services.AddNatsPublisher("second", To(proxy.Url));
        });
        await host.StartAsync();
        NatsPublisher[] publishers =
            [host.Services.GetRequiredKeyedService<NatsPublisher>("first"), host.Services.GetRequiredKeyedService<NatsPublisher>("second")];
        await Until.TrueAsync(() => publishers.All(publisher => publisher.Status.State == ConnectionState.Connected));
        proxy.Hang();
        foreach (var publisher in publishers)
        {
            Assert.IsType<Ack>(await publisher.PublishAsync("s", default));
        }

        // Neither drain can end before the proxy goes on, so one after the other would show one Draining publisher only.
        var stopping = host.StopAsync();
        await Until.TrueAsync(() => publishers.All(publisher => publisher.Status.State == ConnectionState.Draining));
        Assert.False(stopping.IsCompleted);
        proxy.Release();
        await stopping.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.All(publishers, publisher => Assert.Equal(1, publisher.Status.Totals.Delivered));
    }

    [Fact]
    public async Task The_hosts_shutdown_timeout_ends_all_drains_and_names_the_publishers()
    {
        using var host = Build(builder =>
        {
            builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(300));
            builder.Services.AddNatsPublisher("first", Unreachable());
            builder.Services.AddNatsPublisher("second", Unreachable());
        });
        await host.StartAsync();
        await host.Services.GetRequiredKeyedService<NatsPublisher>("first").PublishAsync("s", default);
        await host.Services.GetRequiredKeyedService<NatsPublisher>("second").PublishAsync("s", default);
        await host.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));
        foreach (var name in new[] { "first", "second" })
        {
            Assert.Contains(_lines.All, line =>
                line.Contains($"{name}: closed; the drain ended with 1 messages not sent: ", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("key and key")]
    [InlineData("key and name")]
    [InlineData("name and key")]
    public void A_name_twice_is_refused_where_it_is_added(string which)
    {
        var services = new ServiceCollection();
        var named = Unreachable() with { Name = "orders" };
        _ = which == "name and key" ? services.AddNatsPublisher(named) : services.AddNatsPublisher("orders", Unreachable());
        var error = Assert.Throws<InvalidOperationException>(
            () => which == "key and name" ? services.AddNatsPublisher(named) : services.AddNatsPublisher("orders", Unreachable()));
        Assert.Equal(
            "There is a publisher of the name 'orders' among the services already. Each publisher needs a name of its own.", error.Message);
    }

    [Fact]
    public async Task A_name_twice_that_only_the_start_shows_fails_the_start()
    {
        using var host = Build(builder =>
        {
            builder.Services.AddNatsPublisher("orders", Unreachable());
            builder.Services.AddNatsPublisher(_ => Unreachable() with { Name = "orders" });
        });
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
        Assert.Contains("There is a publisher of the name 'orders'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_error_has_the_violations_of_every_publisher()
    {
        using var host = Build(builder =>
        {
            Configure(builder, ("Nats:Orders:Buffer:MaxMesages", "5"), ("Nats:Audit:Connection:Servers:0", "nats://127.0.0.1:4222"));
            builder.Services.AddNatsPublisher("orders", builder.Configuration.GetSection("Nats:Orders"));
            builder.Services.AddNatsPublisher("audit", builder.Configuration.GetSection("Nats:Audits"));
            builder.Services.AddNatsPublisher("bad name", Unreachable());
        });
        var error = await Assert.ThrowsAsync<SettingsException>(() => host.StartAsync());
        Assert.Equal(
            [
                "Nats:Orders:Buffer:MaxMesages: is not a key; did you mean buffer.max-messages?",
                "Nats:Audits: the configuration has no such section, or the section has no keys; did you mean Nats:Audit? known are Nats:Audit, Nats:Orders",
                "name: 'bad name' must be made of letters, digits, '-', '_' and '.'",
            ],
            error.Violations);
    }

    [Fact]
    public async Task A_stand_in_takes_the_publishers_place_and_the_host_starts_none()
    {
        using var host = Build(builder =>
        {
            builder.Services.AddNatsPublisher(Unreachable());
            builder.Services.AddHealthChecks().AddNatsPublisher();
            builder.Services.RemoveAll<NatsPublisher>();
            builder.Services.Replace(ServiceDescriptor.Singleton<INatsPublisher>(_ => null!));
        });
        await host.StartAsync();
        Assert.Null(host.Services.GetService<NatsPublisher>());
        await host.StopAsync();
        Assert.DoesNotContain(_lines.All, line => line.Contains("publisher: ", StringComparison.Ordinal));
    }

    private static PublisherSettings Unreachable() => To($"nats://127.0.0.1:{LoopbackPorts.Next()}");

    private static PublisherSettings To(string url) => new()
    {
        Connection = new ConnectionSettings { Servers = [url] },
        // Longer than a test waits for what it does while the proxy hangs.
        Delivery = new DeliverySettings { ConfirmTimeout = TimeSpan.FromMinutes(1) },
    };

    private static void Configure(HostApplicationBuilder builder, params (string Key, string Value)[] values) =>
        builder.Configuration.AddInMemoryCollection(values.Select(value => KeyValuePair.Create(value.Key, (string?)value.Value)));

    private IHost Build(Action<HostApplicationBuilder> add)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<ILoggerFactory>(_lines);
        add(builder);
        return builder.Build();
    }

    private sealed class TwoPublishers(
        [FromKeyedServices("orders")] NatsPublisher orders, [FromKeyedServices("audit")] INatsPublisher audit, INatsPublisher own)
        : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            Assert.True(orders.TryPublish("t.orders", "stop"u8, out _));
            Assert.True(audit.TryPublish("t.audit", "stop"u8, out _));
            Assert.True(own.TryPublish("t.own", "stop"u8, out _));
            return Task.CompletedTask;
        }
    }
}
