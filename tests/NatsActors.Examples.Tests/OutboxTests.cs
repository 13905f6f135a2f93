using System.Text.Json;
using NatsActors.Testing;

namespace NatsActors.Examples.Tests;

/// <summary>
/// The example as a process of its own against a real nats-server, both of which are killed. The stream is read by a client of its own
/// and compared with the orders that the database has.
/// </summary>
public sealed class OutboxTests
{
    private const string Stream = "ORDERS";

    [Fact]
    public async Task Every_committed_order_is_in_the_stream_once_and_in_order_after_kills_of_the_service_and_of_the_server()
    {
        await using var server = await StartServerAsync();
        await using var outbox = new OutboxProcess(server.Url);

        // Orders of an outage; the process that took them is killed before the server is back.
        await server.KillAsync();
        outbox.Start(orders: 600);
        await outbox.SaysAsync("600 orders placed, 119 refused");
        await outbox.KillAsync();
        Assert.Equal(600, (await outbox.OutboxAsync()).Count);

        // Killed between the stream and the database: a batch is stored, and its rows cannot be deleted.
        await server.RestartAsync();
        await using (await outbox.LockAsync())
        {
            outbox.Start(orders: 0);
            await StoredAsync(server, 100);
            await outbox.KillAsync();
        }

        Assert.Equal(600, (await outbox.OutboxAsync()).Count);

        // Killed while it takes orders and sends.
        outbox.Start(orders: 2000);
        await StoredAsync(server, 700);
        await outbox.KillAsync();

        outbox.Start(orders: 100);
        await server.KillAsync();
        await outbox.SaysAsync("100 orders placed");
        await server.RestartAsync();
        await outbox.EmptyAsync();
        Assert.Equal(0, await outbox.StopAsync());

        var (orders, stored) = (await outbox.OrdersAsync(), await ReadAsync(server));
        Assert.True(orders.Count >= 700, $"{orders.Count}");
        Assert.Equal(orders, stored.Select(IdOf));
    }

    [Fact]
    public async Task A_commit_wakes_the_relay_and_its_message_has_the_id_and_the_headers_of_its_row()
    {
        await using var server = await StartServerAsync();
        await using var outbox = new OutboxProcess(server.Url);

        outbox.Start(orders: 5, "--Relay:Poll=01:00:00");
        await outbox.SaysAsync("5 orders placed");
        await outbox.EmptyAsync();

        Assert.All(await ReadAsync(server), message =>
        {
            Assert.Equal("orders.placed", message.Subject);
            Assert.True(Guid.TryParse(message.Headers.Single(header => header.Key == "Nats-Msg-Id").Value, out _));
            Assert.Equal(
                JsonDocument.Parse(message.Payload).RootElement.GetProperty("customer").GetString(),
                message.Headers.Single(header => header.Key == "Customer").Value);
        });
    }

    [Fact]
    public async Task Rows_that_will_never_be_stored_keep_the_reason_and_those_behind_them_go_on()
    {
        await using var server = await StartServerAsync(
            "authorization { default_permissions { publish: { deny: \"orders.secret\" } }, users: [ { user: u, password: p } ] }, no_auth_user: u",
            maxMessageSize: 1000);
        await using var outbox = new OutboxProcess(server.Url);
        outbox.Start(orders: 1);
        await StoredAsync(server, 1);

        await outbox.InsertAsync("orders placed", "the subject is no subject");
        await outbox.InsertAsync("orders.secret", "the server denies the subject");
        await outbox.InsertAsync("orders.placed", new string('x', 2000));
        await outbox.InsertAsync("orders.placed", "good");
        await StoredAsync(server, 2);
        await Until.TrueAsync(async () => await outbox.OutboxAsync() is [not null, not null, not null]);

        Assert.Collection(
            await outbox.OutboxAsync(),
            subject => Assert.StartsWith("BadSubject: ", subject, StringComparison.Ordinal),
            denied => Assert.StartsWith("PermissionDenied: ", denied, StringComparison.Ordinal),
            size => Assert.StartsWith("NotStored: message size exceeds maximum allowed", size, StringComparison.Ordinal));
        Assert.Equal("good", (await ReadAsync(server))[^1].Text);

        await outbox.ExecuteAsync("UPDATE Outbox SET Subject = 'orders.mended', Failure = NULL WHERE Failure LIKE 'BadSubject%'");
        await StoredAsync(server, 3);
        Assert.Equal("orders.mended", (await ReadAsync(server))[^1].Subject);
    }

    [Fact]
    public async Task Orders_wait_for_a_stream_that_is_full_or_not_there()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await using var outbox = new OutboxProcess(server.Url);

        outbox.Start(orders: 8);
        await outbox.SaysAsync("no link, or no stream takes them");
        await new StreamAdmin(reader).CreateAsync(Stream, ["orders.>"], maxMessages: 5);
        await StoredAsync(server, 5);
        await outbox.SaysAsync("The outbox waits at orders.placed");
        await Until.TrueAsync(async () => await outbox.OutboxAsync() is [null, null, null]);
        var before = (await ReadAsync(server)).Select(IdOf).ToList();
        await reader.RequestAsync($"$JS.API.STREAM.PURGE.{Stream}", default);
        await outbox.EmptyAsync();

        Assert.Equal(await outbox.OrdersAsync(), before.Concat((await ReadAsync(server)).Select(IdOf)));
    }

    [Fact]
    public async Task The_command_of_the_page_brings_its_orders_to_the_stream()
    {
        const string Command = "dotnet run -c Release --project examples/Outbox -- ";
        var arguments = MarkdownPage.Of("docs/outbox.md").BlocksIn("sh").SelectMany(block => block.Text.Split('\n'))
            .Single(line => line.StartsWith(Command, StringComparison.Ordinal))[Command.Length..].Split(' ');
        Assert.Equal(["--Orders", "1000"], arguments);
        await using var server = await StartServerAsync();
        await using var outbox = new OutboxProcess(server.Url);

        outbox.Start(orders: 0, arguments);
        await outbox.SaysAsync("1000 orders placed");
        await outbox.EmptyAsync();

        Assert.Equal(await outbox.OrdersAsync(), (await ReadAsync(server)).Select(IdOf));
    }

    private static async Task<NatsServer> StartServerAsync(string config = "", int maxMessageSize = -1)
    {
        var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true, Config = config });
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await new StreamAdmin(reader).CreateAsync(Stream, ["orders.>"], TimeSpan.FromHours(1), maxMessageSize: maxMessageSize);
        return server;
    }

    private static async Task StoredAsync(NatsServer server, long messages)
    {
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        var admin = new StreamAdmin(reader);
        await Until.TrueAsync(async () => (await admin.InfoAsync(Stream)).Messages >= messages, TimeSpan.FromSeconds(60));
    }

    private static async Task<List<StoredMessage>> ReadAsync(NatsServer server)
    {
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        return await new StreamAdmin(reader).ReadAllAsync(Stream).ToListAsync();
    }

    private static long IdOf(StoredMessage order) => JsonDocument.Parse(order.Payload).RootElement.GetProperty("Id").GetInt64();
}
