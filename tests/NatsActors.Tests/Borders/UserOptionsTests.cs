using Akka.Actor;
using NATS.Client.Core;
using NATS.NKeys;
using NatsActors.Hosting;
using NatsActors.Testing;

namespace NatsActors.Tests.Borders;

/// <summary>What users can say only in code, or only in HOCON, reaches the links of their publisher.</summary>
public sealed class UserOptionsTests : IDisposable
{
    private readonly KeyPair _pair = KeyPair.CreatePair(PrefixByte.User);

    private NatsServerOptions NKeyServer => new()
    {
        Config = $"authorization {{ users = [{{ nkey: {_pair.GetPublicKey()}, permissions: {{ publish: \">\", subscribe: {{ deny: \">\" }} }} }}, {{ user: r, password: r }}] }}",
    };

    public void Dispose() => _pair.Dispose();

    [Fact]
    public async Task An_NKey_of_the_setup_logs_in_also_a_user_who_may_not_subscribe()
    {
        await using var server = await NatsServer.StartAsync(NKeyServer);
        await using var test = new TestSystem(TestSystem.To(server), NatsPublisherSetup.Empty.WithNatsOpts(WithNKey));

        await AssertArrivesAsync(server, test.Publishers.Publisher());

        Assert.IsType<Connected>(test.Events.First());
        test.Publishers.Publisher().Tell(ForceReconnect.Instance);
        await test.EventAsync<Reconnected>();
    }

    [Fact]
    public async Task Options_of_a_publishers_own_name_come_before_those_of_all()
    {
        await using var server = await NatsServer.StartAsync(NKeyServer);
        await using var test = new TestSystem(
            "nats-actors.publishers.orders {}\n" + TestSystem.To(server),
            NatsPublisherSetup.Empty.WithNatsOpts(opts => opts).WithNatsOpts(WithNKey, "orders"));

        await AssertArrivesAsync(server, test.Publishers.Publisher("orders"));
        test.Publishers.Publisher();

        Assert.Equal("publisher", (await test.EventAsync<AuthenticationFailed>()).Publisher);
    }

    [Fact]
    public async Task Options_that_throw_fail_the_attempt_and_say_why()
    {
        await using var server = await NatsServer.StartAsync();
        await using var test = new TestSystem(
            TestSystem.To(server), NatsPublisherSetup.Empty.WithNatsOpts(_ => throw new InvalidOperationException("my own options")));
        var publisher = test.Publishers.Publisher();

        Assert.Contains("my own options", (await test.EventAsync<Disconnected>()).Detail, StringComparison.Ordinal);
        Assert.IsType<Ack>(await publisher.Ask<PublishReply>(new Publish("a", default), Until.DefaultTimeout));
    }

    [Fact]
    public async Task Options_of_the_facade_reach_its_links()
    {
        await using var server = await NatsServer.StartAsync(NKeyServer);
        await using var reader = await NatsReader.ConnectAsync(server.Port, "r", "r");
        await reader.SubscribeAsync("a");
        await using var publisher = NatsPublisher.Start(
            new PublisherSettings { Connection = new ConnectionSettings { Servers = [server.Url] } }, options: WithNKey);

        var (_, outcome) = await publisher.PublishForOutcomeAsync(new Publish("a", "hello"u8.ToArray()));

        Assert.IsType<Delivered>(outcome);
        Assert.Equal("hello", Assert.Single(await reader.WaitForAsync(1)).Text);
    }

    [Fact]
    public async Task A_websocket_address_of_the_hocon_is_connected_to()
    {
        var port = LoopbackPorts.Next();
        await using var server = await NatsServer.StartAsync(new NatsServerOptions
        {
            Config = $"authorization {{ users = [{{ user: u, password: p }}, {{ user: r, password: r }}] }}\nwebsocket {{ host: 127.0.0.1, port: {port}, no_tls: true }}",
        });
        await using var test = new TestSystem(
            $"nats-actors.publisher.connection.servers = [\"ws://127.0.0.1:{port}\"]",
            NatsPublisherSetup.Empty.WithCredentials(NatsCredentials.UserPassword("u", "p")));

        await AssertArrivesAsync(server, test.Publishers.Publisher());

        Assert.Equal($"ws://127.0.0.1:{port}", (await test.EventAsync<Connected>()).Server);
    }

    private NatsOpts WithNKey(NatsOpts opts) =>
        opts with { AuthOpts = new NatsAuthOpts { Seed = _pair.GetSeed(), NKey = _pair.GetPublicKey() } };

    private static async Task AssertArrivesAsync(NatsServer server, IActorRef publisher)
    {
        await using var reader = await NatsReader.ConnectAsync(server.Port, "r", "r");
        await reader.SubscribeAsync("a");
        Assert.IsType<Ack>(await publisher.Ask<PublishReply>(new Publish("a", "hello"u8.ToArray()), Until.DefaultTimeout));
        Assert.True((await publisher.Ask<Flushed>(new Flush(Until.DefaultTimeout), Until.DefaultTimeout)).Completed);
        Assert.Equal("hello", Assert.Single(await reader.WaitForAsync(1)).Text);
    }
}
