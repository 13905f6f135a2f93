using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using NatsActors.Actors;
using NatsActors.Specs;
using NatsActors.Testing;

namespace NatsActors.Tests.Door;

/// <summary>A publisher of a real actor system, whose links the test plays.</summary>
internal sealed class DoorStage : IAsyncDisposable
{
    private readonly ConcurrentQueue<object> _events = new();

    public DoorStage(PublisherSettings? settings = null, string hocon = "", bool connected = true, int maxRestarts = PublisherActor.MaxRestarts)
    {
        System = ActorSystem.Create("door", ConfigurationFactory.ParseString(hocon).WithFallback(ConfigurationFactory.ParseString(
            """
            akka.loglevel = OFF
            akka.stdout-loglevel = OFF
            akka.loggers = []
            akka.coordinated-shutdown.run-by-actor-system-terminate = off
            """)));
        System.EventStream.Subscribe(new Recorder(System, _events.Enqueue), typeof(NatsEvent));
        System.EventStream.Subscribe(new Recorder(System, _events.Enqueue), typeof(AllDeadLetters));
        (Publisher, Parts) = NatsPublishers.Get(System).Start(
            (settings ?? Small()).Validate(), Links, TimeProvider.System, new Random(1), maxRestarts: maxRestarts);
        // What is told passes the door once the reference has its actor, and the connection actor is the last that starts.
        Until.TrueAsync(() => Links.Count > 0 && ((ActorRefWithCell)Publisher).Underlying is ActorCell).GetAwaiter().GetResult();
        if (connected)
        {
            ConnectAsync().GetAwaiter().GetResult();
        }
    }

    public ActorSystem System { get; }

    public IActorRef Publisher { get; }

    public PublisherParts Parts { get; }

    public FakeLinks Links { get; } = new();

    public PublisherStatus Status => Parts.Buffer.Status();

    public IEnumerable<object> Events => _events;

    public static PublisherSettings Small(Func<BufferSettings, BufferSettings>? buffer = null) => new()
    {
        Connection = new() { Servers = ["nats://a:4222"] },
        Buffer = (buffer ?? (same => same))(new BufferSettings { MaxMessages = 10 }),
    };

    public async Task ConnectAsync()
    {
        Links.Last.Up();
        await EventAsync<Connected>();
    }

    public async Task<T> EventAsync<T>()
    {
        await Until.TrueAsync(() => _events.OfType<T>().Any(), text: typeof(T).Name);
        return _events.OfType<T>().First();
    }

    public Teller NewTeller(Action<object>? onTold = null) => new(this, onTold);

    public IActorRef Child(string name) => System.ActorSelection(Publisher.Path / name).ResolveOne(Until.DefaultTimeout).GetAwaiter().GetResult();

    /// <summary>The actor handles nothing until the result is disposed.</summary>
    public IDisposable Hold(string child)
    {
        var actor = (IInternalActorRef)Child(child);
        actor.Suspend();
        return new Held(actor);
    }

    public async ValueTask DisposeAsync() => await System.Terminate();

    public static Publish Message(string payload = "x") => new("s", global::System.Text.Encoding.UTF8.GetBytes(payload));

    private sealed class Held(IInternalActorRef actor) : IDisposable
    {
        public void Dispose() => actor.Resume();
    }
}

/// <summary>A sender that keeps what it is told, and may run the test's code on the teller's thread first.</summary>
internal sealed class Teller(DoorStage stage, Action<object>? onTold) : MinimalActorRef
{
    private readonly ConcurrentQueue<(object Message, IActorRef Sender)> _told = new();

    public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "user" / Guid.NewGuid().ToString("N");

    public override IActorRefProvider Provider => ((ExtendedActorSystem)stage.System).Provider;

    public IReadOnlyList<object> Told => [.. _told.Select(each => each.Message)];

    public IReadOnlyList<IActorRef> Senders => [.. _told.Select(each => each.Sender)];

    public void Tell(object message) => stage.Publisher.Tell(message, this);

    public async Task<T> HearAsync<T>(int count = 1)
    {
        await Until.TrueAsync(() => Told.OfType<T>().Count() >= count, text: typeof(T).Name);
        return Told.OfType<T>().Last();
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        onTold?.Invoke(message);
        _told.Enqueue((message, sender));
    }
}
