using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NatsActors.Testing;
using NatsActors.Tests.Outages;

namespace NatsActors.Tests.Facade;

public sealed class HostingTests
{
    private readonly LineLog _lines = new();

    [Fact]
    public async Task A_service_publishes_from_its_constructor_and_while_it_stops_and_all_of_it_arrives()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("t.>");
        using var host = Build(services =>
        {
            // Registered before the publisher, so it stops after it by the order of registration alone.
            services.AddHostedService<Chatty>();
            services.AddNatsPublisher(Section(("Nats:Orders:Connection:Servers:0", server.Url)), "orders");
        });
        await host.StartAsync();
        await host.StopAsync();
        Assert.Equal(["constructor", "start", "stop"], (await reader.WaitForAsync(3)).Select(message => message.Text));
        Assert.Single(_lines.All, line => line.Contains("orders: closed; everything has its outcome: accepted 3", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_hosts_shutdown_timeout_ends_the_drain_and_the_log_says_what_was_left()
    {
        using var host = Build(services =>
        {
            services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(300));
            services.AddNatsPublisher(Unreachable());
        });
        await host.StartAsync();
        var publisher = host.Services.GetRequiredService<NatsPublisher>();
        await publisher.PublishAsync("s", default);
        await publisher.PublishAsync("s", default);
        await host.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Contains(_lines.All, line =>
            line.StartsWith("Warning", StringComparison.Ordinal)
            && line.Contains("closed; the drain ended with 2 messages not sent: 2 to s; accepted 2", StringComparison.Ordinal));
        Assert.Equal(ConnectionState.Closed, publisher.Status.State);
    }

    [Fact]
    public async Task All_violations_of_a_section_stand_in_one_error_that_fails_the_start()
    {
        using var host = Build(services => services.AddNatsPublisher(Section(
            ("Nats:Orders:Buffer:MaxMesages", "5"),
            ("Nats:Orders:Buffer:Overflow", "drop"),
            ("Nats:Orders:Delivery:ConfirmTimeout", "soon"))));
        var error = await Assert.ThrowsAsync<SettingsException>(() => host.StartAsync());
        Assert.Equal(3, error.Violations.Count);
        Assert.Contains("Nats:Orders:Buffer:MaxMesages", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Settings_may_come_from_other_services()
    {
        using var host = Build(services =>
        {
            services.AddSingleton(Unreachable() with { Name = "made" });
            services.AddNatsPublisher(provider => provider.GetRequiredService<PublisherSettings>());
        });
        await host.StartAsync();
        var publisher = host.Services.GetRequiredService<NatsPublisher>();
        Assert.Same(publisher, host.Services.GetRequiredService<NatsPublisher>());
        await publisher.DrainAsync(TimeSpan.Zero);
        await host.StopAsync();
        await Until.TrueAsync(() => _lines.All.Any(line => line.Contains("made: closed", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_second_publisher_in_one_container_is_refused()
    {
        var services = new ServiceCollection().AddNatsPublisher(Unreachable());
        Assert.Throws<InvalidOperationException>(() => services.AddNatsPublisher(Unreachable()));
    }

    private static PublisherSettings Unreachable() => new()
    {
        Connection = new ConnectionSettings { Servers = [$"nats://127.0.0.1:{LoopbackPorts.Next()}"] },
    };

    private static IConfigurationSection Section(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(value => KeyValuePair.Create(value.Key, (string?)value.Value)))
            .Build()
            .GetSection("Nats:Orders");

    private IHost Build(Action<IServiceCollection> add)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<ILoggerFactory>(_lines);
        add(builder.Services);
        return builder.Build();
    }

    private sealed class Chatty : IHostedService
    {
        private readonly NatsPublisher _publisher;

        public Chatty(NatsPublisher publisher)
        {
            _publisher = publisher;
            publisher.TryPublish("t.x", "constructor"u8, out _);
        }

        public async Task StartAsync(CancellationToken cancellationToken) =>
            await _publisher.PublishAsync("t.x", "start"u8.ToArray(), cancellationToken);

        public async Task StopAsync(CancellationToken cancellationToken) =>
            await _publisher.PublishAsync("t.x", "stop"u8.ToArray(), cancellationToken);
    }
}
