using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NatsActors.Connection;
using NatsActors.Hosting;
using NatsActors.Specs;
using NatsActors.Testing;
using NatsActors.Tests.Outages;

namespace NatsActors.Tests.Facade;

/// <summary>The end of a publisher with an actor system of its own, under users' code that blocks or throws.</summary>
public sealed class FacadeEndTests
{
    /// <summary>The id of the line of a publisher that has ended with everything delivered.</summary>
    private const int ClosedLine = 13;

    /// <summary>The id of the line of a handler that has failed.</summary>
    private const int HandlerFailedLine = 14;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly FakeLinks _links = new();
    private readonly EventLog _events = new();

    [Fact]
    public async Task Disposing_while_the_last_line_is_written_waits_for_the_last_event()
    {
        using var held = new ManualResetEventSlim();
        var publisher = Start(new LineLog(line => Assert.True(line != ClosedLine || held.Wait(Soon))));
        var drain = publisher.DrainAsync(TimeSpan.Zero);
        await Until.TrueAsync(() => publisher.Status.State == ConnectionState.Closed);

        var dispose = publisher.DisposeAsync().AsTask();

        var relay = await publisher.System.ActorSelection("/user/events").ResolveOne(Soon);
        var stopped = relay.WatchAsync();
        Assert.NotSame(stopped, await Task.WhenAny(stopped, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System)));
        held.Set();
        await Task.WhenAll(drain, dispose).WaitAsync(Soon);
        Assert.IsType<Closed>(_events.All[^1]);
    }

    [Fact]
    public async Task The_hosts_time_out_throws_nothing_when_the_publisher_has_been_disposed()
    {
        var publisher = Start();
        await publisher.PublishAsync("s", default);
        using var holding = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        using var timeout = new CancellationTokenSource();
        var holder = new Recorder(publisher.System, _ =>
        {
            holding.Set();
            Assert.True(release.Wait(Soon));
        });
        // What is told to a reference before its actor has started waits there, and would come behind what passes the door.
        await publisher.Reference.Ask<PublisherStatus>(new GetStatus(), Soon);
        // The answers come in this order.
        var dispose = publisher.DisposeAsync().AsTask();
        publisher.Reference.Tell(new Drain(Soon), holder);
        var stopped = HostOf(publisher).StoppedAsync(timeout.Token);
        publisher.Reference.Tell(new Drain(TimeSpan.Zero), ActorRefs.NoSender);
        Assert.True(holding.Wait(Soon));
        await Until.TrueAsync(() => IsDisposed(publisher));
        Assert.False(stopped.IsCompleted);

        await timeout.CancelAsync();

        release.Set();
        await Task.WhenAll(stopped, dispose).WaitAsync(Soon);
    }

    [Fact]
    public async Task A_start_that_fails_ends_its_actor_system()
    {
        var settings = new PublisherSettings { Durability = new DurabilitySettings { Journal = "no-such-journal" } };
        var hocon = ConfigurationFactory.ParseString($"""akka.extensions = ["{typeof(SystemKeeper).AssemblyQualifiedName}"]""");

        Assert.Throws<SettingsException>(() => NatsPublisher.Start(settings, _links, null, TimeProvider.System, null, null, hocon));

        Assert.True(SystemKeeper.Kept.TryTake(out var system));
        await Until.TrueAsync(system.HasEnded);
    }

    [Fact]
    public async Task A_logger_that_throws_keeps_no_event_from_the_other_handlers()
    {
        var publisher = Start(new LineLog(line =>
        {
            if (line == HandlerFailedLine)
            {
                throw new InvalidOperationException("a logger's fault");
            }
        }));
        var second = new EventLog();
        publisher.EventRaised += _ => throw new InvalidOperationException("a user's fault");
        publisher.EventRaised += second.Add;

        await publisher.DisposeAsync().AsTask().WaitAsync(Soon);

        Assert.Equal([typeof(Draining), typeof(Closed)], second.All.Select(static each => each.GetType()));
    }

    private static NatsPublisherHost HostOf(NatsPublisher publisher) => new(
        new ServiceCollection().AddSingleton(publisher).BuildServiceProvider(),
        [new PublisherRegistration(null, null, _ => throw new InvalidOperationException("The publisher has been started."))]);

    private static bool IsDisposed(NatsPublisher publisher)
    {
        try
        {
            _ = publisher.FlushAsync(TimeSpan.Zero);
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    private NatsPublisher Start(LineLog? lines = null) =>
        NatsPublisher.Start(new PublisherSettings(), _links, lines, TimeProvider.System, new Random(1), _events.Add);

    /// <summary>An extension that keeps the actor systems that are started with it.</summary>
    private sealed class SystemKeeper : ExtensionIdProvider<SystemKeeper>, IExtension
    {
        public static ConcurrentBag<ActorSystem> Kept { get; } = [];

        public override SystemKeeper CreateExtension(ExtendedActorSystem system)
        {
            Kept.Add(system);
            return this;
        }
    }
}
