using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using NatsActors.Testing;

namespace NatsActors.Tests;

/// <summary>An actor system in real time that keeps every line of its log and every event of its publishers.</summary>
internal sealed class TestSystem : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _log = new();
    private readonly ConcurrentQueue<NatsEvent> _events = new();

    public TestSystem(string hocon = "", params Setup[] setups)
    {
        var config = ConfigurationFactory.ParseString(hocon).WithFallback(ConfigurationFactory.ParseString(
            """
            akka.loglevel = DEBUG
            akka.stdout-loglevel = OFF
            akka.loggers = []
            akka.coordinated-shutdown.run-by-actor-system-terminate = off
            akka.actor.debug.unhandled = on
            """));
        System = ActorSystem.Create("tests", ActorSystemSetup.Create([BootstrapSetup.Create().WithConfig(config), .. setups]));
        var recorder = new Recorder(System, Keep);
        System.EventStream.Subscribe(recorder, typeof(LogEvent));
        System.EventStream.Subscribe(recorder, typeof(NatsEvent));
    }

    public ActorSystem System { get; }

    public NatsPublishers Publishers => NatsPublishers.Get(System);

    public IReadOnlyCollection<string> Log => _log;

    public IReadOnlyCollection<NatsEvent> Events => _events;

    public static string To(NatsServer server, string more = "") => To(server.Port, more);

    public static string To(int port, string more = "") =>
        $$"""
        nats-actors.publisher {
          connection { servers = ["nats://127.0.0.1:{{port}}"], backoff { min = 20ms, max = 200ms, authorization = 200ms } }
          {{more}}
        }
        """;

    public async Task<T> EventAsync<T>(Func<T, bool>? wanted = null)
        where T : NatsEvent
    {
        await Until.TrueAsync(() => _events.OfType<T>().Any(e => wanted?.Invoke(e) ?? true), text: typeof(T).Name);
        return _events.OfType<T>().First(e => wanted?.Invoke(e) ?? true);
    }

    /// <summary>A child of a publisher, once the publisher's head actor has made it.</summary>
    public static async Task<IInternalActorRef> ChildAsync(IActorRef publisher, string name)
    {
        var head = (ActorRefWithCell)publisher;
        await Until.TrueAsync(() => head.Underlying is ActorCell && !head.GetSingleChild(name).IsNobody());
        return (IInternalActorRef)head.GetSingleChild(name);
    }

    public Task LoggedAsync(string part) =>
        Until.TrueAsync(() => _log.Any(line => line.Contains(part, StringComparison.Ordinal)), text: part);

    /// <summary>A line with the part is there by now; the failure shows all lines.</summary>
    public void AssertLogged(string part) =>
        Assert.True(_log.Any(line => line.Contains(part, StringComparison.Ordinal)), $"not logged: {part}\n{string.Join('\n', _log)}");

    public async ValueTask DisposeAsync()
    {
        // Taken before, because WhenTerminated is null for a moment of the end (ActorSystemEnd).
        var ended = System.WhenTerminated;
        _ = System.Terminate();
        await ended;
    }

    private void Keep(object message)
    {
        switch (message)
        {
            case NatsEvent occurrence:
                _events.Enqueue(occurrence);
                break;
            case LogEvent line:
                _log.Enqueue($"{line.LogLevel()} {line.LogSource} {line.Message} {line.Cause}");
                break;
        }
    }
}
