using System.Net.Sockets;
using NatsActors.Testing;

namespace NatsActors.Tests.Infrastructure;

public sealed class NatsServerTests
{
    [Fact]
    public async Task Messages_reach_a_reader_in_order_with_their_headers_left_empty()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await using var writer = await NatsReader.ConnectAsync(server.Port);
        await reader.SubscribeAsync("lines.>");
        for (var i = 0; i < 1000; i++)
        {
            await writer.PublishAsync($"lines.{i % 3}", BitConverter.GetBytes(i));
        }

        var received = await reader.WaitForAsync(1000);

        Assert.Equal(Enumerable.Range(0, 1000), received.Select(message => BitConverter.ToInt32(message.Payload)));
        Assert.Equal("lines.1", received[1].Subject);
        Assert.All(received, message => Assert.Empty(message.Headers));
    }

    [Fact]
    public async Task Servers_that_start_at_the_same_time_do_not_share_a_port()
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => NatsServer.StartAsync()));

        Assert.Equal(4, servers.Select(server => server.Port).Distinct().Count());
        Assert.Equal(4, servers.Select(server => server.Pid).Distinct().Count());
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_killed_server_comes_back_on_its_port_with_what_its_stream_held()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        var port = server.Port;
        await using (var reader = await NatsReader.ConnectAsync(server.Port))
        {
            await new StreamAdmin(reader).CreateAsync("LINES", ["lines"], TimeSpan.FromMinutes(2));
            for (var i = 0; i < 100; i++)
            {
                var ack = await reader.RequestAsync("lines", BitConverter.GetBytes(i));
                Assert.Contains("\"stream\":\"LINES\"", ack.Text);
            }

            await server.KillAsync();
            await reader.Ended;
        }

        Assert.False(server.IsRunning);
        await server.RestartAsync();
        await using var after = await NatsReader.ConnectAsync(server.Port);
        var stored = new List<int>();
        await foreach (var message in new StreamAdmin(after).ReadAllAsync("LINES"))
        {
            stored.Add(BitConverter.ToInt32(message.Payload));
        }

        Assert.Equal(port, server.Port);
        Assert.Equal(Enumerable.Range(0, 100), stored);
    }

    [Fact]
    public async Task A_stream_larger_than_the_flow_control_window_is_read_whole()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        var admin = new StreamAdmin(reader);
        await admin.CreateAsync("BIG", ["big"]);
        var payload = new byte[10_000];
        for (var i = 0; i < 5000; i++)
        {
            await reader.PublishAsync("big", payload);
        }

        await Until.TrueAsync(async () => (await admin.InfoAsync("BIG")).Messages == 5000);

        Assert.Equal(5000, await admin.ReadAllAsync("BIG").CountAsync());
    }

    [Fact]
    public async Task A_suspended_server_answers_nothing_until_it_is_resumed()
    {
        await using var server = await NatsServer.StartAsync();
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        server.Suspend();
        var pong = reader.PingAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => pong.WaitAsync(TimeSpan.FromMilliseconds(200)));

        server.Resume();

        await pong;
    }

    [Fact]
    public async Task A_reload_brings_a_new_configuration_into_force()
    {
        await using var server = await NatsServer.StartAsync();
        await server.ReloadAsync("authorization { user: \"u\", password: \"p\" }");

        await Assert.ThrowsAsync<IOException>(() => NatsReader.ConnectAsync(server.Port));
        await using var reader = await NatsReader.ConnectAsync(server.Port, "u", "p");
        await reader.PingAsync();
    }

    [Fact]
    public async Task A_configuration_that_the_server_refuses_fails_with_its_words()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => NatsServer.StartAsync(new NatsServerOptions { Config = "no_such_option: 1" }));

        Assert.Contains("unknown field \"no_such_option\"", failure.Message);
    }

    [Fact]
    public async Task Disposal_leaves_neither_the_process_nor_its_files()
    {
        var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        var (port, store) = (server.Port, server.StoreDirectory);

        await server.DisposeAsync();

        Assert.False(Directory.Exists(store));
        using var client = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync("127.0.0.1", port));
    }
}
