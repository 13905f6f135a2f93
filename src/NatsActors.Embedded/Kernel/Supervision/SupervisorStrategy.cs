namespace NatsActors.Kernel;

/// <summary>What a supervisor does about a child that failed.</summary>
internal enum Directive
{
    /// <summary>Keeps the instance and goes on with the next message.</summary>
    Resume,

    /// <summary>Makes a new instance and goes on with the next message.</summary>
    Restart,

    /// <summary>Fails itself, with the child's exception.</summary>
    Escalate,

    /// <summary>Stops the child.</summary>
    Stop,
}

/// <summary>Maps a failure to a directive.</summary>
internal interface IDecider
{
    Directive Decide(Exception cause);
}

/// <summary>How an actor treats children that fail.</summary>
internal abstract class SupervisorStrategy
{
    /// <summary>Stops what could not be created or broke a death pact, restarts everything else.</summary>
    public static readonly IDecider DefaultDecider = new LocalOnlyDecider(
        cause => cause is ActorInitializationException or DeathPactException ? Directive.Stop : Directive.Restart);

    public static readonly SupervisorStrategy DefaultStrategy = new OneForOneStrategy(DefaultDecider.Decide);

    public static readonly SupervisorStrategy StoppingStrategy = new OneForOneStrategy(_ => Directive.Stop);

    public abstract Directive Decide(Exception cause);

    /// <summary>Counts a restart and says whether it is still within the limit.</summary>
    internal abstract bool MayRestart(ChildStats child, TimeProvider time);

    private sealed class LocalOnlyDecider(Func<Exception, Directive> decider) : IDecider
    {
        public Directive Decide(Exception cause) => decider(cause);
    }
}

/// <summary>Applies the directive to the child that failed and leaves the others alone.</summary>
internal sealed class OneForOneStrategy : SupervisorStrategy
{
    private readonly int _maxNrOfRetries;
    private readonly TimeSpan _window;
    private readonly Func<Exception, Directive> _decider;

    /// <param name="maxNrOfRetries">Restarts that a child may have; null or -1 for any number, 0 for none. Beyond it, it is stopped.</param>
    /// <param name="withinTimeRange">The time in which they are counted; null counts over the child's life.</param>
    /// <param name="localOnlyDecider">The directive for a failure.</param>
    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> localOnlyDecider)
    {
        _maxNrOfRetries = maxNrOfRetries ?? -1;
        _window = withinTimeRange ?? Timeout.InfiniteTimeSpan;
        _decider = localOnlyDecider;
    }

    public OneForOneStrategy(Func<Exception, Directive> localOnlyDecider)
        : this(null, null, localOnlyDecider)
    {
    }

    public override Directive Decide(Exception cause) => _decider(cause);

    internal override bool MayRestart(ChildStats child, TimeProvider time)
    {
        if (_maxNrOfRetries == 0)
        {
            return false;
        }

        if (_window > TimeSpan.Zero)
        {
            // Akka's rule: a window without a number allows one restart in it.
            return child.CountInWindow(time, _window) <= (_maxNrOfRetries > 0 ? _maxNrOfRetries : 1);
        }

        return _maxNrOfRetries < 0 || child.Count() <= _maxNrOfRetries;
    }
}
