namespace NatsActors.Kernel;

/// <summary>Makes and stops actors.</summary>
internal interface IActorRefFactory
{
    /// <summary>Starts an actor below this one and returns at once; it is created on its own run.</summary>
    /// <exception cref="InvalidActorNameException">The name is taken by a living actor, or not allowed.</exception>
    IActorRef ActorOf(Props props, string? name = null);

    /// <summary>Stops an actor after the message that it is handling.</summary>
    void Stop(IActorRef actor);
}

/// <summary>An actor's view of its surroundings; only for use on the actor's own run.</summary>
internal interface IActorContext : IActorRefFactory
{
    IActorRef Self { get; }

    IActorRef Sender { get; }

    IActorRef Parent { get; }

    ActorSystem System { get; }

    Props Props { get; }

    /// <summary>The living child of that name, or <see cref="ActorRefs.Nobody"/>.</summary>
    IActorRef Child(string name);

    IEnumerable<IActorRef> GetChildren();

    /// <summary>Asks for one <see cref="Terminated"/> when the subject has ended; at once when it has already.</summary>
    IActorRef Watch(IActorRef subject);

    /// <summary>Takes the watch back: no <see cref="Terminated"/> arrives any more, not even one that is in the mailbox.</summary>
    IActorRef Unwatch(IActorRef subject);
}

/// <summary>The context of an <see cref="UntypedActor"/>.</summary>
internal interface IUntypedActorContext : IActorContext
{
    void Become(UntypedReceive receive);
}
