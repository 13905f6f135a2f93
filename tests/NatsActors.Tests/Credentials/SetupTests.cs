using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NatsActors.Hosting;
using NatsActors.Testing;

namespace NatsActors.Tests.Credentials;

/// <summary>Passwords through a Setup, to a real nats-server that demands them; the configuration, which a system shows, has none.</summary>
public sealed class SetupTests
{
    private const string Password = "correct-horse-battery";
    private const string Other = "staple-of-the-auditor";

    private static string Users =>
        $"authorization {{ users = [ {{ user: u, password: {Password} }}, {{ user: auditor, password: {Other}, permissions: {{ publish: audit }} }} ] }}";

    [Fact]
    public async Task A_setup_of_akka_hosting_logs_in()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = Users });
        await using var reader = await NatsReader.ConnectAsync(server.Port, "u", Password);
        await reader.SubscribeAsync("a");
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddAkka("hosted", akka => akka
            .AddHocon("akka.stdout-loglevel = OFF\nakka.loglevel = OFF\nakka.coordinated-shutdown.exit-clr = off\n" + TestSystem.To(server), HoconAddMode.Prepend)
            .AddSetup(NatsPublisherSetup.Empty.WithCredentials(NatsCredentials.UserPassword("u", Password)))
            .WithNatsPublisher());
        using var host = builder.Build();
        await host.StartAsync();

        var publisher = host.Services.GetRequiredService<IRequiredActor<NatsPublisherKey>>().ActorRef;
        Assert.IsType<Ack>(await publisher.Ask<PublishReply>(new Publish("a", "hello"u8.ToArray())));

        Assert.Equal("hello", Assert.Single(await reader.WaitForAsync(1)).Text);
        var system = host.Services.GetRequiredService<ActorSystem>();
        AssertHidden(system.Settings.Config.ToString(includeFallback: true), system.Settings.ToString(), system.Settings.Setup.ToString());
        await host.StopAsync();
    }

    [Fact]
    public async Task A_setup_of_the_actor_system_logs_in_and_a_publishers_own_credentials_come_before_those_of_all()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { Config = Users });
        await using var test = new TestSystem(
            "akka.log-config-on-start = on\nnats-actors.publishers.audit {}\n" + TestSystem.To(server),
            NatsPublisherSetup.Empty
                .WithCredentials(NatsCredentials.UserPassword("u", Password))
                .WithCredentials(NatsCredentials.UserPassword("auditor", Other), "audit"));

        var outcomes = new List<Outcome>
        {
            await OutcomeAsync(test, test.Publishers.Publisher(), "a"),
            await OutcomeAsync(test, test.Publishers.Publisher("audit"), "audit"),
            await OutcomeAsync(test, test.Publishers.Publisher("audit"), "a"),
        };

        Assert.IsType<Delivered>(outcomes[0]);
        Assert.IsType<Delivered>(outcomes[1]);
        Assert.Equal(UndeliveredReason.PermissionDenied, Assert.IsType<Undelivered>(outcomes[2]).Reason);
        AssertHidden([.. test.Log, .. test.Events.Select(occurrence => occurrence.ToString()), test.System.Settings.Config.ToString(includeFallback: true)]);
        AssertHidden(test.System.Settings.Setup.Get<NatsPublisherSetup>().Value.ToString());
    }

    private static async Task<Outcome> OutcomeAsync(TestSystem test, IActorRef publisher, string subject)
    {
        var inbox = Inbox.Create(test.System);
        inbox.Send(publisher, new Publish(subject, default) { WantsOutcome = true });
        Assert.IsType<Ack>(await inbox.ReceiveAsync(Until.DefaultTimeout));
        return Assert.IsType<Outcome>(await inbox.ReceiveAsync(Until.DefaultTimeout), exactMatch: false);
    }

    private static void AssertHidden(params string?[] texts) => Assert.All(texts, text =>
    {
        Assert.DoesNotContain(Password, text ?? "", StringComparison.Ordinal);
        Assert.DoesNotContain(Other, text ?? "", StringComparison.Ordinal);
    });
}
