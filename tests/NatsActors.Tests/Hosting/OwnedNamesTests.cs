using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NatsActors.Actors;
using NatsActors.Hosting;
using NatsActors.Specs;
using NatsActors.Testing;

namespace NatsActors.Tests.Hosting;

/// <summary>Publishers of keys come and go by the thousand: their names neither crowd out those of other publishers nor fill a description.</summary>
public sealed class OwnedNamesTests
{
    private static readonly PublisherOwner Owner = new("orders", NullLogger.Instance, static (_, _) => { });

    [Fact]
    public async Task Ten_thousand_keys_that_have_ended_leave_room_for_the_name_of_a_publisher()
    {
        await using var test = new TestSystem();
        var running = new RunningPublishers(static _ => { });
        for (var number = 1; number <= 10_000; number++)
        {
            Run($"orders-{number}", Owner);
        }

        Run("audit", null);
        Assert.True(running.HasRun("audit"));
        Assert.False(running.HasRun("orders-1"));

        void Run(string name, PublisherOwner? owner)
        {
            var settings = new PublisherSettings { Name = name };
            running.Claim(ActorRefs.Nobody, new PublisherParts(
                settings, new FakeLinks(), test.System, NullLogger.Instance, TimeProvider.System, owner: owner));
            running.Forget(ActorRefs.Nobody);
        }
    }

    [Fact]
    public async Task A_look_for_a_name_lists_no_keys_and_finds_no_key_that_has_ended()
    {
        await using var test = new TestSystem();
        await using var services = new ServiceCollection().AddSingleton(test.System).BuildServiceProvider();
        var lookup = new PublisherLookup(services);
        var settings = new PublisherSettings { Name = "orders-key1", Connection = new() { Servers = ["nats://127.0.0.1:1"] } };
        var publisher = test.System.ActorOf(test.Publishers.PropsOf(settings, owner: Owner));
        // The name is known once the head actor has started; the door answers before.
        await publisher.Ask<ActorIdentity>(new Identify(null), Until.DefaultTimeout);

        var missing = Assert.IsType<PublisherSighting.Missing>(lookup.Find("orders-key2"));
        Assert.Equal("there is no publisher 'orders-key2'; no publisher runs; described by HOCON and not started: publisher", missing.Description);
        Assert.IsType<PublisherSighting.Found>(lookup.Find("orders-key1"));

        test.System.Stop(publisher);
        await Until.TrueAsync(() => lookup.Find("orders-key1") is PublisherSighting.Missing);
    }
}
