using Akka.Actor;
using Akka.Configuration;
using Akka.Routing;
using NatsActors.Hosting;

namespace NatsActors.Tests.Hosting;

/// <summary>What <c>akka.actor.deployment</c> may say of a publisher's paths.</summary>
public sealed class DeploymentRulesTests : IDisposable
{
    private const string Allowed = "only 'dispatcher' may be given for a publisher and its actors";

    private ActorSystem? _system;

    public void Dispose() => _system?.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("/other { router = round-robin-pool, nr-of-instances = 2 }")]
    [InlineData("/nats-publisher { router = from-code }")]
    [InlineData("/nats-publisher {}")]
    [InlineData("/nats-publisher/buffer/child { mailbox = m }")]
    public void Nothing_that_concerns_a_publisher_is_allowed_and_gives_no_dispatcher(string deployment)
    {
        var (system, path) = Publisher(deployment);

        DeploymentRules.Check(system, path);
        Assert.Null(DeploymentRules.DispatcherOf(system, path));
    }

    [Fact]
    public void A_dispatcher_is_allowed_for_each_actor_apart()
    {
        var (system, path) = Publisher("/nats-publisher { dispatcher = one }\n /nats-publisher/buffer { dispatcher = two }");

        DeploymentRules.Check(system, path);
        Assert.Equal("one", DeploymentRules.DispatcherOf(system, path));
        Assert.Equal("two", DeploymentRules.DispatcherOf(system, path / "buffer"));
        Assert.Null(DeploymentRules.DispatcherOf(system, path / "connection"));
    }

    [Fact]
    public void A_name_with_a_dot_is_found_under_its_quoted_key()
    {
        var (system, _) = Publisher("\"/nats-publisher-eu.orders\" { dispatcher = one }");
        var path = UserOf(system) / "nats-publisher-eu.orders";

        DeploymentRules.Check(system, path);
        Assert.Equal("one", DeploymentRules.DispatcherOf(system, path));
    }

    [Fact]
    public void A_pattern_gives_a_dispatcher_too()
    {
        var (system, path) = Publisher("\"/nats-publisher/*\" { dispatcher = one }");

        Assert.Equal("one", DeploymentRules.DispatcherOf(system, path / "buffer"));
        Assert.Equal("one", DeploymentRules.DispatcherOf(system, path / "connection"));
    }

    [Theory]
    [InlineData(
        "/nats-publisher { router = round-robin-pool, nr-of-instances = 2 }",
        "/nats-publisher.router = round-robin-pool: a publisher is its own router; " + Allowed)]
    [InlineData(
        "/nats-publisher/buffer { router = broadcast-group, routees.paths = [\"/user/a\"] }",
        "/nats-publisher/buffer.router = broadcast-group: a publisher is its own router; " + Allowed)]
    [InlineData(
        "/nats-publisher { mailbox = my-mailbox }",
        "/nats-publisher.mailbox = my-mailbox: a publisher keeps messages in its buffer; " + Allowed)]
    [InlineData(
        "/nats-publisher/connection { stash-capacity = 5 }",
        "/nats-publisher/connection.stash-capacity = 5: a publisher keeps messages in its buffer; " + Allowed)]
    [InlineData(
        "\"/nats-publisher/*\" { mailbox = my-mailbox }",
        "/nats-publisher/*.mailbox = my-mailbox: a publisher keeps messages in its buffer; " + Allowed)]
    [InlineData(
        "/nats-publisher { dispatcher = no-such-dispatcher }",
        "/nats-publisher.dispatcher = no-such-dispatcher: is not a dispatcher of this system's configuration")]
    public void Everything_else_is_refused_with_its_key_its_value_and_what_is_allowed(string deployment, string violation)
    {
        var (system, path) = Publisher(deployment);

        var error = Assert.Throws<ConfigurationException>(() => DeploymentRules.Check(system, path));

        Assert.Equal(
            $"The deployment of the publisher akka://deployment/user/nats-publisher is not valid:{Environment.NewLine}  akka.actor.deployment.{violation}",
            error.Message);
    }

    [Fact]
    public void A_node_that_is_somewhere_else_is_refused()
    {
        var (system, path) = Publisher(
            "/nats-publisher { remote = \"akka.tcp://other@127.0.0.1:4053\" }",
            "akka.actor.provider = remote, akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }");

        var error = Assert.Throws<ConfigurationException>(() => DeploymentRules.Check(system, path));

        Assert.Contains(
            "akka.actor.deployment./nats-publisher.remote = akka.tcp://other@127.0.0.1:4053: a publisher runs in the system that starts it; " + Allowed,
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void All_keys_that_are_refused_are_in_one_error()
    {
        var (system, path) = Publisher(
            "/nats-publisher { router = random-pool, nr-of-instances = 2, mailbox = m, stash-capacity = 1 }\n /nats-publisher/buffer { mailbox = n }");

        var error = Assert.Throws<ConfigurationException>(() => DeploymentRules.Check(system, path));

        Assert.Equal(
            ["/nats-publisher.router", "/nats-publisher.mailbox", "/nats-publisher.stash-capacity", "/nats-publisher/buffer.mailbox"],
            error.Message.Split(Environment.NewLine).Skip(1).Select(line => line.Trim().Split(" = ")[0]["akka.actor.deployment.".Length..]));
    }

    [Fact]
    public void A_deployment_that_is_made_in_code_is_seen()
    {
        var (system, path) = Publisher("");
        ((ExtendedActorSystem)system).Provider.Deployer.SetDeploy(new Deploy("/nats-publisher", ConfigurationFactory.Empty, new RoundRobinPool(2), Deploy.NoScopeGiven, ""));

        var error = Assert.Throws<ConfigurationException>(() => DeploymentRules.Check(system, path));

        Assert.Contains("akka.actor.deployment./nats-publisher.router = RoundRobinPool", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_outside_of_user_has_no_deployment()
    {
        var (system, _) = Publisher("/nats-publisher { mailbox = m }");
        var path = new RootActorPath(((ExtendedActorSystem)system).Provider.DefaultAddress) / "system" / "nats-publisher";

        DeploymentRules.Check(system, path);
        Assert.Null(DeploymentRules.DispatcherOf(system, path));
    }

    private static ActorPath UserOf(ActorSystem system) => new RootActorPath(((ExtendedActorSystem)system).Provider.DefaultAddress) / "user";

    private (ActorSystem System, ActorPath Path) Publisher(string deployment, string more = "")
    {
        _system = ActorSystem.Create(
            "deployment",
            $$"""
            akka { loglevel = OFF, stdout-loglevel = OFF }
            one { type = Dispatcher }
            two { type = Dispatcher }
            {{more}}
            akka.actor.deployment {
              {{deployment}}
            }
            """);
        return (_system, UserOf(_system) / "nats-publisher");
    }
}
