using NatsActors.Actors;

namespace NatsActors;

/// <summary>
/// What a publisher's Props carry: how to make its state. Props can be used again and again, so the state itself is made for
/// each actor, by <see cref="RunningPublishers"/>.
/// </summary>
internal sealed class PublisherPlan(PublisherSettings settings, Func<PublisherState> makeState)
{
    public PublisherSettings Settings { get; } = settings;

    public PublisherState MakeState() => makeState();

    /// <summary>Akka prints the arguments of Props in errors.</summary>
    public override string ToString() => $"publisher {Settings.Name}";
}

/// <summary>Makes the publisher's actor; a restart of it goes on with the state that it had.</summary>
internal sealed class PublisherProducer(PublisherPlan plan, RunningPublishers running, HostSettings host) : IIndirectActorProducer
{
    public Type ActorType => typeof(PublisherActor);

    public ActorBase Produce()
    {
        var state = running.Claim(Here.Self, plan);
        return new PublisherActor(
            state,
            static props => props.WithMailbox(Mailboxes.PublisherMailbox.Path),
            props => props.WithDispatcher(host.Dispatcher));
    }

    public void Release(ActorBase actor)
    {
    }

    /// <summary>The context of the actor that is being made is open to actors' classes only.</summary>
    private abstract class Here : UntypedActor
    {
        public static new IActorRef Self => Context.Self;
    }
}
