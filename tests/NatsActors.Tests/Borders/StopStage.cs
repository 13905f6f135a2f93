using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using NatsActors.Specs;
using NatsActors.Testing;
using NatsActors.Tests.Door;

namespace NatsActors.Tests.Borders;

/// <summary>A <see cref="DoorStage"/> that keeps its log, and can end its publisher in every way that Akka.NET has.</summary>
internal sealed class StopStage : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _log = new();

    public StopStage(Func<BufferSettings, BufferSettings>? buffer = null, bool connected = true)
    {
        Stage = new DoorStage(DoorStage.Small(buffer), "akka.loglevel = INFO", connected);
        Stage.System.EventStream.Subscribe(
            new Recorder(Stage.System, line => _log.Enqueue($"{((LogEvent)line).LogLevel()} {((LogEvent)line).Message}")), typeof(LogEvent));
    }

    public static TheoryData<string> Ways => ["Stop", "GracefulStop", "PoisonPill", "Kill", "Terminate"];

    public DoorStage Stage { get; }

    public IActorRef Publisher => Stage.Publisher;

    public FakeLink Link => Stage.Links.Last;

    public IReadOnlyCollection<string> Log => _log;

    /// <summary>Messages of the library that reached nobody.</summary>
    public IEnumerable<DeadLetter> OwnDeadLetters =>
        Stage.Events.OfType<DeadLetter>().Where(letter => letter.Message.GetType().Assembly == typeof(NatsPublishers).Assembly);

    /// <summary>Ends the publisher; completes when its actors are gone.</summary>
    public async Task EndAsync(string way)
    {
        switch (way)
        {
            case "Stop":
                Stage.System.Stop(Publisher);
                break;
            case "GracefulStop":
                Assert.True(await Publisher.GracefulStop(Until.DefaultTimeout));
                break;
            case "PoisonPill":
                Publisher.Tell(PoisonPill.Instance);
                break;
            case "Kill":
                Publisher.Tell(Kill.Instance);
                break;
            default:
                await Stage.System.Terminate();
                break;
        }

        await Until.TrueAsync(() => ((ActorRefWithCell)Publisher).Underlying.IsTerminated);
    }

    public ValueTask DisposeAsync() => Stage.DisposeAsync();
}
