using System.Collections.Concurrent;
using Akka.Actor;
using NatsActors.Actors;
using NatsActors.Door;

namespace NatsActors.Hosting;

/// <summary>
/// Makes the parts of a publisher for its Props. Props can make several actors, and each actor gets parts of its own.
/// </summary>
/// <param name="settings">The settings.</param>
/// <param name="system">The actor system.</param>
/// <param name="dispatcher">The dispatcher of the actors, unless the deployment of a path names another.</param>
/// <param name="makeParts">Makes the parts of one publisher, whose actors run on the dispatcher.</param>
internal sealed class PublisherPlan(
    PublisherSettings settings, ActorSystem system, string dispatcher, Func<string, PublisherParts> makeParts)
    : IDoorPlan
{
    private readonly ConcurrentDictionary<IActorRef, Lazy<PublisherParts>> _refused = new();

    // The parts of the first actor, when they were made before it.
    private PublisherParts? _first;

    public string Dispatcher => dispatcher;

    public void Verify(ActorPath path) => DeploymentRules.Check(system, path);

    /// <summary>Makes the parts of the first actor before there is one.</summary>
    public PublisherParts Prepare(ActorPath path) => _first = Make(path);

    public IDoorOwner MakeOwner(ActorPath path) => Interlocked.Exchange(ref _first, null) ?? Make(path);

    private PublisherParts Make(ActorPath path) => makeParts(DeploymentRules.DispatcherOf(system, path) ?? dispatcher);

    /// <summary>Akka prints the arguments of Props in errors.</summary>
    public override string ToString() => $"publisher {settings.Name}";

    /// <summary>The Props of the publisher: a routed actor whose router is the door.</summary>
    public Props Props() => Akka.Actor.Props.Create(() => new Misdeployed(this))
        .WithDeploy(new Deploy(new DoorConfig(this), LocalScope.Instance));

    /// <summary>
    /// The parts of a publisher that has ended before its start. Its door answers every message, and its <see cref="Closed"/> names the
    /// cause. The parts are made once for each router.
    /// </summary>
    public PublisherParts Refuse(IActorRef router) => _refused.GetOrAdd(router, _ => new Lazy<PublisherParts>(() =>
    {
        var parts = makeParts(dispatcher);
        parts.Door.Publisher = router;
        PublisherEnd.Run(
            parts,
            $"akka.actor.deployment makes {router.Path} a router of another kind; a publisher is its own router: remove the key 'router' of its path");
        return parts;
    })).Value;
}

/// <summary>
/// The actor that another router would make as its routee, after a deployment has replaced the door. The actor answers like a
/// publisher that has ended.
/// </summary>
internal sealed class Misdeployed : UntypedActor
{
    private readonly PublisherParts _parts;

    public Misdeployed(PublisherPlan plan)
    {
        _parts = plan.Refuse(Context.Parent);
    }

    protected override void OnReceive(object message) => _parts.Door.Pass(message, Sender);
}
