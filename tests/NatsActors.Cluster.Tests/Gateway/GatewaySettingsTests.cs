using Akka.Actor;
using Akka.Cluster.Hosting;
using Akka.Configuration;
using Akka.Hosting;
using Akka.Remote.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NatsActors.Cluster.Gateway;
using NatsActors.Hosting;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Gateway;

/// <summary>The section nats-actors.gateway, and what Akka.Hosting does with it.</summary>
public sealed class GatewaySettingsTests
{
    [Fact]
    public void The_defaults_are_those_of_the_reference()
    {
        Assert.Equal(new GatewaySettings("nats", "gateway", 1000, 16 * 1024 * 1024, 1024 * 1024), GatewaySettingsReader.Read(ConfigurationFactory.Empty));
    }

    [Fact]
    public async Task Every_violation_names_its_key_its_value_and_what_is_allowed()
    {
        await using var node = Node.Start(
            """nats-actors.gateway { role = "a b", publisher = "", max-sessions = 0, max-batch = 1KiB, window = 5, max-sesions = 3, other = 1 }""");

        var error = Assert.Throws<SettingsException>(() => node.Gateways);

        Assert.Equal(
        [
            "nats-actors.gateway.max-sesions: is not a key; did you mean nats-actors.gateway.max-sessions?",
            "nats-actors.gateway.other: is not a key; known are role, publisher, max-sessions, max-batch, window",
            "nats-actors.gateway.role: 'a b' must be made of letters, digits, '-', '_' and '.'",
            "nats-actors.gateway.publisher: '' must be made of letters, digits, '-', '_' and '.'",
            "nats-actors.gateway.max-sessions: '0' must be a whole number from 1 to 100000",
            "nats-actors.gateway.max-batch: '1KiB' must be a size from 512KiB to 1GiB, such as 16MiB",
            "nats-actors.gateway.window: '5' must be a size from 512KiB to 64MiB, such as 16MiB",
        ], error.Violations);
    }

    [Theory]
    [InlineData("-4294967295")]
    [InlineData("4294967297")]
    [InlineData("many")]
    public void Sessions_beyond_the_limits_are_refused(string sessions) => Assert.Equal(
        [$"nats-actors.gateway.max-sessions: '{sessions}' must be a whole number from 1 to 100000"],
        Assert.Throws<SettingsException>(
            () => GatewaySettingsReader.Read(ConfigurationFactory.ParseString($"nats-actors.gateway.max-sessions = {sessions}"))).Violations);

    [Fact]
    public async Task A_system_that_is_no_node_is_told_so()
    {
        var system = ActorSystem.Create("alone", "akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [] }");

        var error = Assert.Throws<ConfigurationException>(() => NatsGateway.Get(system));

        Assert.Contains("a gateway needs the cluster", error.Message, StringComparison.Ordinal);
        await system.Terminate();
    }

    [Fact]
    public async Task A_gateway_needs_its_role()
    {
        await using var node = Node.Start("", "web");

        var error = Assert.Throws<SettingsException>(() => node.Gateways.Start());

        Assert.Equal(
            "nats-actors.gateway.role: 'nats' must be one of this node's roles (akka.cluster.roles: web), because links look for a gateway there",
            Assert.Single(error.Violations));
    }

    [Fact]
    public async Task Credentials_belong_to_the_gateway()
    {
        using var host = Start(0, "web", akka => akka.WithGatewayNatsPublisher());
        await host.StopAsync();

        var error = Assert.Throws<SettingsException>(() => Start(0, "web", akka => akka.WithGatewayNatsPublisher(
            options => options.Credentials = NatsCredentials.UserPassword("u", "not-to-be-shown"))));

        Assert.StartsWith("Credentials: has no meaning for a publisher through a gateway", Assert.Single(error.Violations), StringComparison.Ordinal);
        Assert.DoesNotContain("not-to-be-shown", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_hosts_publish_through_one_gateway_whose_password_stays_there()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = "authorization { user: u, password: only-the-gateways }" });
        await using var reader = await NatsReader.ConnectAsync(server.Port, "u", "only-the-gateways");
        await reader.SubscribeAsync("orders");
        var (first, second) = (LoopbackPorts.Next(), LoopbackPorts.Next());
        using var gateway = Start(first, "nats", akka => akka.WithNatsGateway(options =>
        {
            options.Connection = connection => connection with { Servers = [server.Url] };
            options.Credentials = NatsCredentials.UserPassword("u", "only-the-gateways");
        }));
        using var shop = Start(second, "web", akka => akka.WithGatewayNatsPublisher(), seed: first);

        var publisher = shop.Services.GetRequiredService<IRequiredActor<NatsPublisherKey>>().ActorRef;
        Assert.IsType<Ack>(await publisher.Ask<PublishReply>(Publish.Text("orders", "one"), Until.DefaultTimeout));

        Assert.Equal("one", (await reader.WaitForAsync(1, TimeSpan.FromSeconds(30)))[0].Text);
        Assert.NotNull(gateway.Services.GetRequiredService<IRequiredActor<NatsGatewayKey>>().ActorRef);
        await shop.StopAsync();
        await gateway.StopAsync();
    }

    private static IHost Start(int port, string role, Action<AkkaConfigurationBuilder> configure, int? seed = null)
    {
        port = port == 0 ? LoopbackPorts.Next() : port;
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddAkka("shop", akka =>
        {
            akka.WithRemoting("127.0.0.1", port)
                .WithClustering(new ClusterOptions { Roles = [role], SeedNodes = [$"akka.tcp://shop@127.0.0.1:{seed ?? port}"] });
            configure(akka);
        });
        var host = builder.Build();
        host.Start();
        return host;
    }
}
