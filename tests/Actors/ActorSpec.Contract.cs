namespace NatsActors.Specs;

/// <summary>
/// The base of the specs that both runtimes run. This half says what a runtime has to give them; the test project of each
/// runtime writes the other half (its <c>ActorSpec.cs</c>), with whatever base class it needs. Partial members instead of an
/// interface, since a runtime's types may be internal and a test class must be public: a member that is left out does not
/// compile.
/// </summary>
/// <remarks>
/// One instance a test: it makes its own actor system and ends it when it is disposed. Nothing here waits for wall time where
/// the runtime can do without it, and nothing waits longer than a deadline.
/// </remarks>
public abstract partial class ActorSpec
{
    /// <summary>The clock of the actors and their timers; moves by <see cref="Advance"/> only.</summary>
    internal partial TimeProvider Time { get; }

    /// <summary>How many runs of the model take its share of a test run's time.</summary>
    internal static partial int ModelRuns { get; }

    /// <summary>Moves the clock, fires the timers that are due, in order, and settles.</summary>
    internal partial void Advance(TimeSpan by);

    /// <summary>
    /// Returns when the actors have handled what was sent to them, and what that led to. Does nothing while an actor is blocked.
    /// </summary>
    internal partial void Settle();

    /// <summary>A reference that keeps what it is told.</summary>
    internal partial IProbe CreateProbe();

    /// <summary>
    /// Starts a <c>PublisherActor</c> over the state as a top-level actor, with the buffer actor's mailbox bounded by
    /// <c>state.Mailbox</c> as the runtime's host does it, and settles.
    /// </summary>
    internal partial IActorRef Start(NatsActors.Actors.PublisherState state);

    /// <summary>The living child of that name (<c>buffer</c>, <c>connection</c>).</summary>
    internal partial IActorRef Child(IActorRef parent, string name);

    /// <summary>From now on the actor handles nothing; disposing lets it go on and settles.</summary>
    internal partial IDisposable Block(IActorRef actor);

    /// <summary>Subscribes a probe to a type (and those derived from it) on the system's event stream.</summary>
    internal partial void Subscribe(IProbe probe, Type channel);

    /// <summary>The message of an event that <see cref="UnhandledEvent"/> names.</summary>
    internal partial object UnhandledMessageOf(object occurrence);

    /// <summary>The runtime's type of the event about a message that an actor did not handle.</summary>
    internal partial Type UnhandledEvent { get; }
}

/// <summary>A reference that keeps what it is told, in order. Settles before it looks.</summary>
internal interface IProbe
{
    IActorRef Ref { get; }

    /// <summary>Who sent the message that was expected last.</summary>
    IActorRef? LastSender { get; }

    /// <summary>The next message, which must be a <typeparamref name="T"/>.</summary>
    T ExpectMsg<T>();

    /// <summary>Fails when a message is there, or arrives before the actors have come to rest.</summary>
    void ExpectNoMsg();

    /// <summary>Everything that has arrived and was not expected yet.</summary>
    IReadOnlyList<object> TakeAll();

    /// <summary>Ends the actor behind the reference, if the runtime has one there: what it is told is lost.</summary>
    void Stop();
}
