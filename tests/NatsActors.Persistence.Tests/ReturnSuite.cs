using Akka.Actor;
using Akka.Configuration;
using NatsActors.Persistence.Tests.Engines;
using NatsActors.Persistence.Tests.Stage;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests;

/// <summary>A publisher that moves to another actor system and comes back, as keys of a cluster do.</summary>
public abstract class ReturnSuite(JournalEngine engine) : JournalTests<JournalEngine>(engine)
{
    private const string Filter = "replay-filter.mode";
    private readonly List<ActorSystem> _systems = [];

    public override async Task DisposeAsync()
    {
        foreach (var system in _systems)
        {
            await system.Terminate();
        }

        await base.DisposeAsync();
    }

    [Fact]
    public async Task Comes_back_and_moves_again_with_everything()
    {
        Proxy.Refuse();
        var (one, other) = (System(), System());
        await LiveAsync(one, 1, 10);
        await LiveAsync(other, 11, 10);
        await LiveAsync(one, 21, 10);

        Assert.Equal(30, (await RecoveredAsync(other)).Messages);

        Proxy.Accept();
        await AssertArrivedAsync(30);
    }

    [Fact]
    public async Task With_the_replay_filter_it_takes_nothing_until_that_is_off_and_loses_nothing()
    {
        Proxy.Refuse();
        var (one, other) = (System("repair-by-discard-old"), System("repair-by-discard-old"));
        await LiveAsync(one, 1, 10);
        await LiveAsync(other, 11, 10);
        await LiveAsync(one, 21, 10);

        var events = EventsOf(other);
        var publisher = NatsPublishers.Get(other).Start(Settings);
        await Until.TrueAsync(() => events.Messages.OfType<JournalFailed>().Any());
        var failed = events.Messages.OfType<JournalFailed>().First();
        Assert.Contains($"set {Engine.PluginId}.{Filter} = off", failed.Cause, StringComparison.Ordinal);
        var reply = await publisher.Ask<PublishReply>(Numbers.Message(900), Until.DefaultTimeout);
        Assert.Equal(RejectReason.NotDurable, Assert.IsType<Rejected>(reply).Reason);
        Assert.Empty(events.Messages.OfType<JournalRecovered>());
        await publisher.GracefulStop(Until.DefaultTimeout);

        Assert.Equal(30, (await RecoveredAsync(System())).Messages);
        Proxy.Accept();
        await AssertArrivedAsync(30);
    }

    /// <param name="filter">null for what the journal's HOCON has.</param>
    private ActorSystem System(string? filter = null)
    {
        var system = ActorSystem.Create("moving", ConfigurationFactory.ParseString(
            $$"""
            akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [] }
            {{(filter is null ? "" : $"{Engine.PluginId}.{Filter} = {filter}")}}
            """).WithFallback(Engine.Hocon));
        _systems.Add(system);
        return system;
    }

    /// <summary>Publishes numbered messages there, and ends.</summary>
    private async Task LiveAsync(ActorSystem system, int from, int count)
    {
        var publisher = NatsPublishers.Get(system).Start(Settings);
        for (var number = from; number < from + count; number++)
        {
            Assert.IsType<Ack>(await publisher.Ask<PublishReply>(Numbers.Message(number), Until.DefaultTimeout));
        }

        await publisher.GracefulStop(Until.DefaultTimeout);
    }

    private async Task<JournalRecovered> RecoveredAsync(ActorSystem system)
    {
        var events = EventsOf(system);
        NatsPublishers.Get(system).Start(Settings);
        await Until.TrueAsync(() => events.Messages.OfType<JournalRecovered>().Any());
        return events.Messages.OfType<JournalRecovered>().First();
    }

    private static Listener EventsOf(ActorSystem system)
    {
        var events = new Listener(system);
        system.EventStream.Subscribe(events, typeof(NatsEvent));
        return events;
    }
}

public sealed class SqliteReturnTests() : ReturnSuite(new SqliteEngine());

[Collection(nameof(PostgresCollection))]
public sealed class PostgresReturnTests(PostgresFixture fixture) : ReturnSuite(new PostgresEngine(fixture.Cluster));
