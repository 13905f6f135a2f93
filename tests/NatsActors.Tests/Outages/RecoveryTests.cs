using System.Collections.Concurrent;
using NatsActors.Testing;
using Xunit.Abstractions;

namespace NatsActors.Tests.Outages;

/// <summary>How soon publishers with the default waits are back when their server is, as a user sees it. Alone, because it measures time.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class RecoveryTests(ITestOutputHelper output)
{
    private const int Systems = 10;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Between two attempts lies a second; the clock of the test sees the server's side of them.</summary>
    private static readonly TimeSpan LeastGap = TimeSpan.FromMilliseconds(950);

    /// <summary>Every publisher has an actor system of its own, so none hears of the others.</summary>
    [Theory]
    [InlineData(0.3)]
    [InlineData(1.5)]
    [InlineData(4)]
    public async Task Busy_and_idle_publishers_are_back_within_two_seconds_of_a_killed_server(double seconds)
    {
        await using var server = await NatsServer.StartAsync();
        var publishers = new List<Returning>();
        try
        {
            for (var i = 0; i < Systems; i++)
            {
                publishers.Add(await Returning.StartAsync(server.Url, busy: i % 2 == 0));
            }

            await server.KillAsync();
            await Task.WhenAll(publishers.Select(publisher => publisher.DownForAsync(TimeSpan.FromSeconds(seconds))));
            var listening = StampAsync(server.NextLogLineAsync("Listening for client connections", Until.DefaultTimeout));
            await server.RestartAsync();
            var back = await Task.WhenAll(publishers.Select(publisher => publisher.BackAsync()));

            var waits = await Task.WhenAll(back.Select(async at => TimeProvider.System.GetElapsedTime(await listening, at)));
            output.WriteLine($"outage {seconds} s: back after {string.Join(", ", waits.Order().Select(wait => $"{wait.TotalMilliseconds:0}"))} ms");
            Assert.InRange(waits.Max(), TimeSpan.MinValue, Limit);
        }
        finally
        {
            await Task.WhenAll(publishers.Select(publisher => publisher.DisposeAsync().AsTask()));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_takes_links_and_drops_them_is_asked_once_a_second_and_waited_for_no_longer_than_that(bool busy)
    {
        var asked = new ConcurrentQueue<long>();
        var behaves = false;
        await using var server = ScriptedServer.Start(async connection =>
        {
            asked.Enqueue(TimeProvider.System.GetTimestamp());
            await connection.BringUpAsync();
            while (Volatile.Read(ref behaves))
            {
                await connection.ReadPingAsync();
                await connection.SendAsync("PONG\r\n");
            }
        });
        await using var publisher = await AkkaPublisherHost.Instance.StartAsync(
            new PublisherSettings
            {
                Connection = new ConnectionSettings { Servers = [server.Url] },
                Delivery = new DeliverySettings { PoisonAfter = 1000 },
            });
        if (busy)
        {
            await publisher.SendAsync([.. Enumerable.Range(1, 100).Select(Rig.Number)]);
        }

        await Until.TrueAsync(() => asked.Count >= 4);
        var (started, first) = (TimeProvider.System.GetTimestamp(), asked.Count);
        Volatile.Write(ref behaves, true);
        var (_, outcome) = await publisher.PublishForOutcomeAsync(Rig.Number(0));

        Assert.IsType<Delivered>(outcome);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, Limit);
        Assert.InRange(asked.Count, first, first + 1);
        Assert.All(asked.Zip(asked.Skip(1), TimeProvider.System.GetElapsedTime), gap => Assert.True(gap >= LeastGap, $"asked after {gap}"));
    }

    [Fact]
    public async Task A_publisher_in_a_long_wait_comes_back_with_another_one_of_its_actor_system()
    {
        await using var server = await NatsServer.StartAsync();
        await using var test = new TestSystem(
            TestSystem.To(server) + "nats-actors.publishers.slow.connection.backoff { min = 1d, max = 1d }");
        test.Publishers.Publisher();
        test.Publishers.Publisher("slow");
        await test.EventAsync<Connected>(connected => connected.Publisher != "slow");
        await test.EventAsync<Connected>(connected => connected.Publisher == "slow");

        await server.KillAsync();
        await test.EventAsync<Disconnected>(lost => lost.Publisher == "slow");
        await server.RestartAsync();

        await test.EventAsync<Reconnected>(back => back.Publisher == "slow");
    }

    private static async Task<long> StampAsync(Task task)
    {
        await task;
        return TimeProvider.System.GetTimestamp();
    }

    /// <summary>A publisher in an actor system of its own: a busy one has a backlog when the server comes back, an idle one has not.</summary>
    private sealed class Returning(bool busy) : IAsyncDisposable
    {
        private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<long> _reconnected = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Task<long>? _delivered;
        private IHostedPublisher? _publisher;

        public static async Task<Returning> StartAsync(string url, bool busy)
        {
            var returning = new Returning(busy);
            returning._publisher = await AkkaPublisherHost.Instance.StartAsync(
                new PublisherSettings { Connection = new ConnectionSettings { Servers = [url] } }, returning.OnEvent);
            await returning._connected.Task.WaitAsync(Until.DefaultTimeout, TimeProvider.System);
            if (busy)
            {
                await returning._publisher.SendAsync([.. Enumerable.Range(1, 100).Select(Rig.Number)]);
            }

            return returning;
        }

        public async Task DownForAsync(TimeSpan time)
        {
            await Until.TrueAsync(async () => (await _publisher!.StatusAsync()).LinkDownFor > TimeSpan.Zero);
            _delivered = busy ? StampAsync(_publisher!.PublishForOutcomeAsync(Rig.Number(0))) : null;
            await Until.TrueAsync(async () => (await _publisher!.StatusAsync()).LinkDownFor >= time);
        }

        /// <summary>When the first frame of a busy publisher was confirmed, or the link of an idle one was up.</summary>
        public Task<long> BackAsync() => (_delivered ?? _reconnected.Task).WaitAsync(Until.DefaultTimeout, TimeProvider.System);

        public async ValueTask DisposeAsync()
        {
            await _publisher!.DrainAsync(TimeSpan.Zero);
            await _publisher.DisposeAsync();
        }

        private void OnEvent(NatsEvent occurrence)
        {
            if (occurrence is Connected)
            {
                _connected.TrySetResult();
            }
            else if (occurrence is Reconnected)
            {
                _reconnected.TrySetResult(TimeProvider.System.GetTimestamp());
            }
        }
    }
}
