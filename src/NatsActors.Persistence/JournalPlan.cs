using Akka.Actor;
using Akka.Pattern;
using NatsActors.Actors;

namespace NatsActors.Persistence;

/// <summary>The journal's actor under a supervisor of Akka.NET that starts it anew, with back-off. Found by NatsActors by its name.</summary>
internal sealed class JournalPlan : IJournalPlan
{
    /// <exception cref="Exception">Akka.Persistence cannot make the journal.</exception>
    public JournalPlan(ActorSystem system, string journal)
    {
        // Here and not when an actor asks for it: what is wrong with the journal's section is an error of the caller.
        _ = Akka.Persistence.Persistence.Instance.Apply(system).JournalFor(journal);
    }

    public Props Props(JournalPort publisher)
    {
        var settings = publisher.Settings.Durability;
        var journal = Akka.Actor.Props.Create(() => new JournalActor(publisher)).WithDeploy(Deploy.Local);
        journal = publisher.Dispatcher is { } dispatcher ? journal.WithDispatcher(dispatcher) : journal;
        // Of the publisher's own random numbers: Akka.NET's cannot be given a seed.
        var min = settings.RetryMin * (1 + (0.2 * publisher.Random.NextDouble()));
        return BackoffSupervisor.Props(
            Backoff.OnStop(journal, "pages", min < settings.RetryMax ? min : settings.RetryMax, settings.RetryMax, 0, -1)
                .WithAutoReset(settings.RetryMax)
                .WithDefaultStoppingStrategy()
                .WithFinalStopMessage(static message => message is PublisherEnded));
    }
}
