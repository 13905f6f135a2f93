using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.TestKit;
using NatsActors.Specs.Journals;

namespace NatsActors.Specs.Stepping;

/// <summary>
/// An actor system whose actors run on the caller's thread only, inside <see cref="Settle"/>, <see cref="Advance"/> and
/// <see cref="Dispose"/>, under a clock that only <see cref="Advance"/> moves.
/// </summary>
internal sealed class SteppedSystem : IDisposable
{
    // A spec ends its system where it stands, with a full buffer or an outage: nothing is drained in virtual time.
    private static readonly Config Base = ConfigurationFactory.ParseString(
        """
        akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        akka.coordinated-shutdown.run-by-actor-system-terminate = off
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        akka.loggers = []
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.log-dead-letters = off
        """).WithFallback(StepQueue.Config).WithFallback(PlayedJournal.Config);

    private readonly StepQueue _queue;
    private readonly SchedulerTime _time;

    /// <param name="entering">Sees a message that is about to enter an actor's mailbox, and says what enters instead.</param>
    /// <param name="journal">What <see cref="PlayedJournal.Plugin"/> stands for; null for a journal that is empty and works.</param>
    public SteppedSystem(Func<ActorPath, Envelope, IReadOnlyList<Envelope>>? entering = null, PlayedJournal? journal = null)
    {
        Journal = journal ?? new PlayedJournal();
        _queue = new StepQueue { Entering = entering };
        System = ActorSystem.Create("specs", ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(Base), _queue, Journal));
        _time = new SchedulerTime((TestScheduler)System.Scheduler);
        Settle();
    }

    public ActorSystem System { get; }

    /// <summary>The journal of the system.</summary>
    public PlayedJournal Journal { get; }

    /// <summary>The clock of the actors and their timers.</summary>
    public TimeProvider Time => _time;

    /// <summary>Picks the actor that takes the next turn; null for the order in which the actors got work.</summary>
    public Random? Choice
    {
        get => _queue.Choice;
        set => _queue.Choice = value;
    }

    /// <summary>How many turns the actors have taken.</summary>
    public long Turns => _queue.Turn;

    /// <summary>Runs the actors until none has anything left to do.</summary>
    public void Settle() => _queue.RunToRest();

    /// <summary>Moves the clock, and runs the actors whenever a timer may have fired.</summary>
    public void Advance(TimeSpan by)
    {
        Settle();

        // Timers that a handled message starts are due as well: step to each, not over them.
        var step = TimeSpan.FromMilliseconds(10);
        for (var left = by; left > TimeSpan.Zero; left -= step)
        {
            _time.Scheduler.Advance(left < step ? left : step);
            Settle();
        }
    }

    /// <summary>Ends all actors here; Akka completes its task of the termination later, on the thread pool.</summary>
    public void Dispose()
    {
        _queue.Choice = null;
        _ = System.Terminate();
        Settle();
        var root = (ActorRefWithCell)((ExtendedActorSystem)System).LookupRoot;
        Assert.True(root.Underlying.IsTerminated, "The actor system does not terminate.");
    }

    private sealed class SchedulerTime(TestScheduler scheduler) : TimeProvider
    {
        public TestScheduler Scheduler => scheduler;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => scheduler.Now;

        public override long GetTimestamp() => scheduler.Now.UtcTicks;
    }
}
