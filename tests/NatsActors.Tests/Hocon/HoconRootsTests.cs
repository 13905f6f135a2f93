using Akka.Actor;
using Akka.Configuration;

namespace NatsActors.Tests.Hocon;

/// <summary>Misspelt sections around the settings of publishers, as a user of a system meets them.</summary>
public sealed class HoconRootsTests
{
    [Theory]
    [InlineData("nats-actor {}", "nats-actor")]
    [InlineData("nats-actor.publisher.buffer.max-messages = 5", "nats-actor")]
    [InlineData("natsactors.publisher.buffer.max-messages = 5", "natsactors")]
    [InlineData("NatsActors { publishers.orders {} }", "NatsActors")]
    [InlineData("nast-actors { publsher { } }", "nast-actors")]
    [InlineData("nats.actors { publisher {} }", "nats.actors")]
    [InlineData("\"nats-actors.\" { publisher {} }", "\"nats-actors.\"")]
    public async Task A_root_close_to_nats_actors_is_an_error(string hocon, string root) =>
        Assert.Equal([$"{root}: is not a section; did you mean nats-actors?"], (await RefusedAsync(hocon)).Violations);

    [Theory]
    [InlineData("my-nats-actors { server = a }")]
    [InlineData("nats { url = a, subject = b }")]
    [InlineData("my-app { nats-actor { publisher {} } }")]
    [InlineData("nats-actor = 5")]
    public async Task Roots_of_others_are_left_alone(string hocon)
    {
        await using var test = new TestSystem(hocon + "\nnats-actors.publisher.buffer.max-messages = 5");

        Assert.Equal(5, test.Publishers.SettingsOf().Buffer.MaxMessages);
    }

    [Theory]
    [InlineData("publsher", "publisher")]
    [InlineData("publishrs", "publishers")]
    [InlineData("aka", "akka")]
    public async Task A_misspelt_section_in_nats_actors_is_told_once(string given, string meant) =>
        Assert.Equal(
            [$"nats-actors.{given}: is not a section; did you mean {meant}?"],
            (await RefusedAsync($"nats-actors.{given} {{ delivery.resend = off, buffer {{ max-messages = 5, max-bytes = 1MiB }} }}")).Violations);

    [Fact]
    public async Task One_error_has_the_misspelt_root_of_any_layer_and_every_other_violation()
    {
        var config = ConfigurationFactory.ParseString("nats-actors.publisher.buffer.max-bites = 5MiB, nats-actors.publsher {}")
            .WithFallback(ConfigurationFactory.ParseString("nats-actor.publisher.buffer.max-messages = 5"))
            .WithFallback(ConfigurationFactory.ParseString("akka.loglevel = OFF, akka.stdout-loglevel = OFF"));
        using var system = ActorSystem.Create("layers", config);

        var error = Assert.Throws<SettingsException>(() => NatsPublishers.Get(system));

        Assert.Equal(
            [
                "nats-actor: is not a section; did you mean nats-actors?",
                "nats-actors.publsher: is not a section; did you mean publisher?",
                "nats-actors.publisher.buffer.max-bites: is not a key; did you mean buffer.max-bytes?",
            ],
            error.Violations);
        await system.Terminate();
    }

    [Theory]
    [InlineData("oders", "There is no publisher 'oders'; did you mean 'orders'? nats-actors knows publisher, audit, orders.")]
    [InlineData("billing", "There is no publisher 'billing'; nats-actors knows publisher, audit, orders.")]
    public async Task An_unknown_publisher_is_told_with_the_names_and_the_nearest(string name, string message)
    {
        await using var test = new TestSystem("nats-actors.publishers { orders {}\n audit {} }");

        var error = Assert.Throws<ArgumentException>(() => test.Publishers.Publisher(name));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    private static async Task<SettingsException> RefusedAsync(string hocon)
    {
        await using var test = new TestSystem(hocon);
        return Assert.Throws<SettingsException>(() => NatsPublishers.Get(test.System));
    }
}
