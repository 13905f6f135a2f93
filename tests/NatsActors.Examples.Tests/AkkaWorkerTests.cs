using System.Globalization;
using NatsActors.Testing;
using Xunit.Abstractions;

namespace NatsActors.Examples.Tests;

/// <summary>
/// The example as its users start it, against a real nats-server that is killed and that hangs. What a stream has at the end is
/// read by a client of its own and compared with what the producers say was accepted.
/// </summary>
/// <remarks>Times are short here; AKKA_WORKER_HANG and AKKA_WORKER_SECONDS (in seconds) make them longer.</remarks>
public sealed class AkkaWorkerTests(ITestOutputHelper output)
{
    private const int Producers = 3;

    private static TimeSpan Hang => Seconds("AKKA_WORKER_HANG", 2);

    private static TimeSpan Between => Seconds("AKKA_WORKER_SECONDS", 1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_worker_survives_a_kill_and_a_hang_of_the_server_without_loss_and_in_order(bool streams)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await CreateStreamAsync(server);
        await using var worker = StartWorker(server, streams, perSecond: 2000);
        await worker.SaysAsync("connected to");

        await Task.Delay(Between, TimeProvider.System);
        await server.KillAsync();
        await Task.Delay(Between, TimeProvider.System);
        await server.RestartAsync();
        await worker.SaysAsync("reconnected to");
        await Task.Delay(Between, TimeProvider.System);
        server.Suspend();
        await Task.Delay(Hang, TimeProvider.System);
        server.Resume();
        await Task.Delay(Between, TimeProvider.System);
        Assert.Equal(0, await worker.StopAsync());

        var stored = await ReadAsync(server);
        output.WriteLine(worker.Output);
        output.WriteLine(string.Join("; ", worker.Accepted.Select(each => $"{each.Key}: {each.Value} accepted, {stored[each.Key].Count} stored")));
        Assert.Equal(Producers, worker.Accepted.Count);
        foreach (var (subject, accepted) in worker.Accepted)
        {
            Assert.True(accepted > 1000, $"{subject}: {accepted}");
            Assert.Equal(Enumerable.Range(1, (int)accepted), stored[subject]);
        }

        Assert.Contains("publisher: closed; everything has its outcome:", worker.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Producers_of_the_worker_wait_for_room_during_a_long_outage_and_go_on_after_it(bool streams)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await CreateStreamAsync(server);
        await using var worker = StartWorker(server, streams, perSecond: 20_000);
        await worker.SaysAsync("connected to");

        await server.KillAsync();
        await worker.SaysAsync("the buffer is full");
        await server.RestartAsync();
        await worker.SaysAsync("the buffer has room again");
        Assert.Equal(0, await worker.StopAsync());

        var stored = await ReadAsync(server);
        Assert.Equal(Producers, worker.Accepted.Count);
        // The first to fill the buffer may have left no room to another before the stop.
        Assert.All(worker.Accepted, each => Assert.Equal(Enumerable.Range(1, (int)each.Value), stored.GetValueOrDefault(each.Key, [])));
        Assert.Contains(worker.Accepted.Values, static accepted => accepted > 0);
    }

    private static WorkerProcess StartWorker(NatsServer server, bool streams, int perSecond) =>
        WorkerProcess.Start(server.Url, streams ? 0 : Producers, perSecond, streams ? Producers : 0);

    private static async Task CreateStreamAsync(NatsServer server)
    {
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await new StreamAdmin(reader).CreateAsync("WORKER", ["worker.>"]);
    }

    private static async Task<Dictionary<string, List<int>>> ReadAsync(NatsServer server)
    {
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        var numbers = new Dictionary<string, List<int>>();
        await foreach (var message in new StreamAdmin(reader).ReadAllAsync("WORKER"))
        {
            if (!numbers.TryGetValue(message.Subject, out var own))
            {
                numbers[message.Subject] = own = [];
            }

            own.Add(int.Parse(message.Text, CultureInfo.InvariantCulture));
        }

        return numbers;
    }

    private static TimeSpan Seconds(string variable, double otherwise) => TimeSpan.FromSeconds(
        double.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var given) ? given : otherwise);
}
