using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;

namespace NatsActors.Specs.Stepping;

/// <summary>
/// Holds the turns of all actors of one system and runs them on the thread that calls <see cref="RunToRest"/>, one at a time: the
/// first that was queued, or the one that <see cref="Choice"/> picks. No actor runs at any other time, so the same calls give the
/// same run.
/// </summary>
/// <remarks>
/// A dispatcher queues one turn for each mailbox that has messages, and a <see cref="StepMailbox"/> hands out one message a turn.
/// </remarks>
internal sealed class StepQueue : Setup
{
    /// <summary>More than any spec needs. Actors that tell each other something forever fail the spec here.</summary>
    private const int MaxTurns = 100_000;

    private readonly Lock _gate = new();
    private readonly List<IRunnable> _turns = [];
    private bool _running;

    public static Config Config { get; } = ConfigurationFactory.ParseString(
        $$"""
        akka.actor.default-mailbox.mailbox-type = "{{typeof(StepMailbox).AssemblyQualifiedName}}"
        akka.actor.mailbox.unbounded-deque-based.mailbox-type = "{{typeof(StepDequeMailbox).AssemblyQualifiedName}}"
        akka.actor.default-dispatcher.executor = "{{typeof(StepExecutorConfigurator).AssemblyQualifiedName}}"
        akka.actor.internal-dispatcher.executor = "{{typeof(StepExecutorConfigurator).AssemblyQualifiedName}}"
        akka.actor.default-blocking-io-dispatcher.executor = "{{typeof(StepExecutorConfigurator).AssemblyQualifiedName}}"
        """);

    /// <summary>Picks the actor that takes the next turn; null for the order in which the actors got work.</summary>
    public Random? Choice { get; set; }

    /// <summary>Sees a message that is about to enter an actor's mailbox, and says what enters instead.</summary>
    public Func<ActorPath, Envelope, IReadOnlyList<Envelope>>? Entering { get; init; }

    /// <summary>The number of the turn that runs, or ran last.</summary>
    public long Turn { get; private set; }

    public void Add(IRunnable turn)
    {
        lock (_gate)
        {
            _turns.Add(turn);
        }
    }

    /// <summary>Returns when no actor has anything left to do.</summary>
    public void RunToRest()
    {
        Assert.False(_running, "An actor waits for actors.");
        _running = true;
        try
        {
            var last = Turn + MaxTurns;
            while (Turn < last && Next() is { } next)
            {
                Turn++;
                next.Run();
            }

            Assert.True(Turn < last, "The actors do not come to rest.");
        }
        finally
        {
            _running = false;
        }
    }

    private IRunnable? Next()
    {
        lock (_gate)
        {
            if (_turns.Count == 0)
            {
                return null;
            }

            var at = Choice?.Next(_turns.Count) ?? 0;
            var next = _turns[at];
            _turns.RemoveAt(at);
            return next;
        }
    }
}

/// <summary>The executor that the configuration names; finds the queue of its system in the system's setup.</summary>
internal sealed class StepExecutorConfigurator : ExecutorServiceConfigurator
{
    public StepExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
    }

    public override ExecutorService Produce(string id) => new StepExecutor(id, Prerequisites.Settings.Setup.Get<StepQueue>().Value);

    private sealed class StepExecutor(string id, StepQueue queue) : ExecutorService(id)
    {
        public override void Execute(IRunnable run) => queue.Add(run);

        public override void Shutdown()
        {
        }
    }
}
