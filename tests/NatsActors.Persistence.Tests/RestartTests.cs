using System.Collections.Concurrent;
using Akka.Actor;
using NatsActors.Hosting;
using NatsActors.Persistence.Tests.Engines;
using NatsActors.Persistence.Tests.Stage;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests;

/// <summary>Actors of a publisher with a journal that fail or are stopped: everybody gets an answer, and nothing that had an Ack is lost.</summary>
public sealed class RestartTests() : JournalTests<FaultyEngine>(new FaultyEngine())
{
    private readonly ConcurrentQueue<NatsEvent> _events = new();

    public static TheoryData<string> Actors => ["journal/pages", "journal", "buffer", "connection", ""];

    [Theory]
    [MemberData(nameof(Actors))]
    public async Task A_crash_loses_nothing_that_had_an_Ack_and_answers_everybody(string actor)
    {
        using var system = CreateSystem();
        var publisher = NatsPublishers.Get(system).Start(Settings);
        var next = 1;
        var acked = new List<int>();
        for (var round = 0; round < 4; round++)
        {
            var inbox = new Listener(system);
            for (var i = 0; i < 50; i++)
            {
                publisher.Tell(Numbers.Message(next + i), inbox);
            }

            system.ActorSelection(publisher.Path / actor.Split('/', StringSplitOptions.RemoveEmptyEntries)).Tell(Kill.Instance);
            for (var i = 50; i < 100; i++)
            {
                publisher.Tell(Numbers.Message(next + i), inbox);
            }

            var replies = await inbox.WaitForAsync(100);
            Assert.All(replies, reply => Assert.True(
                reply is Ack or Rejected { Reason: RejectReason.NotDurable or RejectReason.Closed }, reply.ToString()));
            acked.AddRange(replies.Select((reply, index) => (reply, index)).Where(each => each.reply is Ack).Select(each => (int)((Ack)each.reply).Sequence));
            next += 100;
            if (actor.Length == 0)
            {
                break;
            }

            await Until.TrueAsync(async () => (await publisher.Ask<PublisherStatus>(GetStatus.Instance)).JournalDownFor is null);
        }

        if (actor.Length > 0)
        {
            var drained = await publisher.Ask<Drained>(new Drain(Until.DefaultTimeout));
            Assert.True(drained.Complete);
            Assert.Equal(acked.Count, drained.Totals.Accepted);
            Assert.True(drained.Totals.Balanced);
            await Reader.PingAsync();
            Assert.Equal(acked.Count, Numbers.FirstArrivals(Reader).Count());
            Assert.Equal(Numbers.FirstArrivals(Reader).Order(), Numbers.FirstArrivals(Reader));
        }

        await system.Terminate();
    }

    [Theory]
    [InlineData("PoisonPill")]
    [InlineData("Stop")]
    [InlineData("Terminate")]
    public async Task A_stop_rejects_what_waits_for_the_journal_and_keeps_what_is_in_it(string way)
    {
        Proxy.Refuse();
        using var system = CreateSystem();
        // Taken now, because it is null for a moment of the end.
        var ended = system.WhenTerminated;
        var publisher = NatsPublishers.Get(system).Start(Settings);
        var kept = new Listener(system);
        for (var number = 1; number <= 5; number++)
        {
            publisher.Tell(Numbers.Message(number) with { WantsOutcome = true }, kept);
        }

        await kept.WaitForAsync(5);
        Engine.Hold();
        var waiting = new Listener(system);
        for (var number = 6; number <= 10; number++)
        {
            publisher.Tell(Numbers.Message(number) with { WantsOutcome = true }, waiting);
        }

        var batch = new Listener(system);
        publisher.Tell(new PublishBatch(Numbers.Batch(11, 300)), batch);
        var flush = publisher.Ask<Flushed>(new Flush(TimeSpan.FromHours(1)));
        switch (way)
        {
            case "PoisonPill":
                publisher.Tell(PoisonPill.Instance);
                break;
            case "Stop":
                system.Stop(publisher);
                break;
            default:
                _ = system.Terminate();
                break;
        }

        Assert.All(await waiting.WaitForAsync(5), reply => Assert.Equal(RejectReason.Closed, Assert.IsType<Rejected>(reply).Reason));
        var reply = Assert.IsType<BatchReply>((await batch.WaitForAsync(1))[0]);
        Assert.Equal((0, RejectReason.Closed), (reply.Accepted, Assert.IsType<Rejected>(reply.Refusal).Reason));
        Assert.Equal(
            Enumerable.Range(1, 5).Select(n => ((long)n, UndeliveredReason.Kept)),
            (await kept.WaitForAsync(10)).OfType<Undelivered>().Select(each => (each.Sequence, each.Reason)));
        Assert.True((await flush.WaitAsync(Until.DefaultTimeout, TimeProvider.System)).Completed);
        Engine.Release();
        _ = system.Terminate();
        await ended;

        // What was rejected may come all the same, as the reason says; what had an Ack must.
        Proxy.Accept();
        var next = await StartRecoveredAsync();
        await next.FlushAsync();
        await Reader.PingAsync();
        Assert.Equal(Numbers.To(5), Numbers.Of(Reader.Messages).Take(5));
    }

    [Fact]
    public async Task CoordinatedShutdown_drains_and_leaves_nothing_in_the_journal()
    {
        using var system = CreateSystem();
        var publisher = NatsPublishers.Get(system).Start(Settings);
        // What waits for the journal to be read is refused by a drain.
        await Until.TrueAsync(async () => (await publisher.Ask<PublisherStatus>(GetStatus.Instance)).JournalDownFor is null);
        var inbox = new Listener(system);
        for (var number = 1; number <= 500; number++)
        {
            publisher.Tell(Numbers.Message(number), inbox);
        }

        await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        Assert.Equal(500, (await inbox.WaitForAsync(500)).OfType<Ack>().Count());
        await AssertArrivedAsync(500);
        var next = await StartRecoveredAsync();
        Assert.Equal(0, (await next.EventAsync<JournalRecovered>()).Messages);
    }

    [Fact]
    public async Task A_journal_of_the_systems_HOCON_is_used_by_name()
    {
        Proxy.Refuse();
        var hocon = $$"""
            nats-actors.publishers.orders {
              connection { servers = ["{{Proxy.Url}}"], backoff { min = 10ms, max = 50ms } }
              durability { journal = "{{Engine.PluginId}}", persistence-id = "all-orders" }
            }
            """;
        using (var system = CreateSystem(hocon))
        {
            var orders = NatsPublishers.Get(system).Publisher("orders");
            Assert.Equal(new Ack(1), await orders.Ask<PublishReply>(Numbers.Message(1)));
            await system.Terminate();
        }

        Assert.NotEmpty(Engine.EventsOf("all-orders"));
        using (var system = CreateSystem(hocon))
        {
            var orders = NatsPublishers.Get(system).Publisher("orders");
            Proxy.Accept();
            Assert.Equal(new Ack(2), await orders.Ask<PublishReply>(Numbers.Message(2)));
            await AssertArrivedAsync(2);
            Assert.True((await orders.Ask<Drained>(new Drain(Until.DefaultTimeout))).Complete);
            await system.Terminate();
        }
    }

    [Fact]
    public void A_journal_that_HOCON_does_not_have_is_an_error_that_names_the_key()
    {
        using var system = CreateSystem();
        var error = Assert.Throws<SettingsException>(() => NatsPublishers.Get(system).Start(
            Durability(Settings, d => d with { Journal = "akka.persistence.journal.nowhere" })));
        Assert.Contains("durability.journal", error.Message, StringComparison.Ordinal);
        Assert.Contains("akka.persistence.journal.nowhere", error.Message, StringComparison.Ordinal);
    }

    private ActorSystem CreateSystem(string hocon = "")
    {
        var system = ActorSystem.Create("journal-tests", Akka.Configuration.ConfigurationFactory.ParseString(
            hocon + "\n" + """
            akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [] }
            akka.coordinated-shutdown { run-by-clr-shutdown-hook = off, exit-clr = off, run-by-actor-system-terminate = off }
            """).WithFallback(Engine.Hocon));
        return system;
    }
}
