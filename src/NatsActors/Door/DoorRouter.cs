using Akka.Actor;
using Akka.Routing;
using Akka.Util;

namespace NatsActors.Door;

/// <summary>
/// Makes a publisher's reference that of a routed actor whose router is the door: Akka.NET calls <see cref="Router.Route"/> on
/// the teller's thread and leaves only <c>PoisonPill</c> and the like to the head actor's mailbox.
/// </summary>
/// <remarks>
/// Props can be used for several actors, and each actor needs a door of its own. Akka.NET merges the deployment into the Props of
/// every actor that it makes (<see cref="WithFallback"/>): there each actor gets a configuration of its own.
/// </remarks>
internal sealed class DoorConfig(IDoorPlan plan) : RouterConfig(plan.Dispatcher)
{
    private IDoorOwner? _owner;
    private ActorPath? _path;

    /// <summary>The reference is that of a publisher of this process: what is told passes its door on the teller's thread.</summary>
    public static bool IsDoor(IActorRef publisher) => publisher is ActorRefWithCell { Underlying.Props.RouterConfig: DoorConfig };

    public override bool StopRouterWhenAllRouteesRemoved => false;

    public override RouterConfig WithFallback(RouterConfig routerConfig) => new DoorConfig(plan);

    public override void VerifyConfig(ActorPath path)
    {
        plan.Verify(path);
        _path = path;
    }

    public override Router CreateRouter(ActorSystem system)
    {
        var (path, provider) = (_path!, ((ExtendedActorSystem)system).Provider);
        _owner = plan.MakeOwner(path);
        _owner.Door.FindPublisher = () => provider.ResolveActorRef(path) is var found && !found.IsNobody() && found is ActorRefWithCell ? found : null;
        return new DoorRouter(_owner.Door);
    }

    public override ActorBase CreateRouterActor() => _owner!.MakeHead();

    public override ISurrogate ToSurrogate(ActorSystem system) =>
        throw new NotSupportedException("A publisher is not deployed to another system; start it where it is to run.");

    /// <summary>Hands every message to the door.</summary>
    private sealed class DoorRouter(PublishDoor door) : Router(new RandomLogic())
    {
        public override Router WithRoutees(params Routee[] routees) => this;

        public override void Route(object message, IActorRef sender) => door.Pass(UnWrap(message), sender);
    }
}

/// <summary>What Props carry: how to make the parts of one publisher.</summary>
internal interface IDoorPlan
{
    /// <summary>The dispatcher of the head actor.</summary>
    string Dispatcher { get; }

    /// <summary>Fails when the deployment of the path does not fit a publisher.</summary>
    void Verify(ActorPath path);

    /// <summary>Makes the parts of the actor at the path.</summary>
    IDoorOwner MakeOwner(ActorPath path);
}

/// <summary>One publisher, through all restarts of its actors.</summary>
internal interface IDoorOwner
{
    PublishDoor Door { get; }

    ActorBase MakeHead();
}
