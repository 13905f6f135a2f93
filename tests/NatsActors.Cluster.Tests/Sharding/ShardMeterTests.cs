using System.Collections.Concurrent;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using NatsActors.Cluster.Tests.Gateway;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Sharding;

/// <summary>Tests that keep all threads of the pool at work: nothing runs beside them.</summary>
[CollectionDefinition(nameof(BusyAlone), DisableParallelization = true)]
public sealed class BusyAlone;

/// <summary>The metrics of a type stay exact while its publishers end, and end with their actor system.</summary>
[Collection(nameof(BusyAlone))]
public sealed class ShardMeterTests
{
    private const int Publishers = 200;
    private const int Messages = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Counters_neither_count_twice_nor_fall_while_publishers_end()
    {
        using var metrics = new TypeMetrics("ending");
        var log = new Hook();
        await using var lone = new LoneType("ending", log);
        lone.Type.Meter.Show(lone.Type);
        var publishers = Enumerable.Range(1, Publishers).Select(number => lone.Publisher($"k{number}")).ToList();
        var batch = new PublishBatch([.. Enumerable.Repeat(Publish.Text("orders.new", "x"), Messages)]);
        await Task.WhenAll(publishers.Select(publisher => publisher.Ask<BatchReply>(batch, Patience)));

        // A publisher may answer a moment before its actor has its name in the list.
        await Until.TrueAsync(() => lone.Type.Running().Count() == Publishers);

        const int All = Publishers * Messages;
        var wrong = new ConcurrentQueue<string>();
        // A publisher that ends has its account, and logs its end, before its owner hears of the end.
        log.Written = () => Read();
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        var reader = Task.Run(async () =>
        {
            for (var seen = 0.0; seen < All;)
            {
                limit.Token.ThrowIfCancellationRequested();
                var now = Read();
                if (now < seen)
                {
                    wrong.Enqueue($"undelivered: {now} after {seen}");
                }

                seen = now;
                // Others get the locks meanwhile.
                await Task.Yield();
            }
        });
        foreach (var (number, publisher) in publishers.Index())
        {
            if (number % 2 == 0)
            {
                publisher.Tell(new Drain(TimeSpan.Zero));
            }
            else
            {
                lone.System.Stop(publisher);
            }
        }

        await reader;
        Assert.Empty(wrong);
        await Until.TrueAsync(() => metrics.Collect()["publishers"].Single() == 0);

        lone.Type.Meter.End();
        Assert.Empty(metrics.Collect()["publishers"]);
        Assert.Equal(All, metrics.Collect()["messages.accepted"].Single());

        double Read()
        {
            var read = metrics.Collect();
            var (accepted, undelivered) = (read["messages.accepted"].Single(), read["messages.undelivered"].Single());
            if (accepted != All || undelivered > All)
            {
                wrong.Enqueue($"accepted: {accepted}, undelivered: {undelivered}");
            }

            return undelivered;
        }
    }

    [Fact]
    public async Task Each_actor_system_of_a_process_takes_the_place_of_the_one_before()
    {
        using var metrics = new TypeMetrics("again");
        for (var life = 1; life <= 2; life++)
        {
            await using (var node = Node.Start())
            {
                ShardedNatsPublishers.Get(node.System).Start("again");
                Assert.Equal(0, metrics.Collect()["publishers"].Single());
                Assert.Equal(0, metrics.Collect()["messages.accepted"].Single());
            }

            Assert.Empty(metrics.Collect()["publishers"]);
            Assert.Equal(0, metrics.Collect()["messages.accepted"].Single());
        }
    }

    private sealed class Hook : ILogger
    {
        public Action? Written { get; set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Written?.Invoke();
    }
}
