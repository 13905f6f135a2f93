using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using NatsActors.Links;
using AkkaCluster = Akka.Cluster.Cluster;

namespace NatsActors.Cluster.Gateway;

/// <summary>
/// Receives for one link: asks the gateway for a session until it is answered, hands the session's messages on, and notices what the cluster
/// and Akka.Remote know of the gateway's member. It lives as long as the link.
/// </summary>
internal sealed class GatewayLinkActor : UntypedActor, IWithTimers
{
    // A system that was lost lets nothing through for a while (akka.remote.retry-gate-closed-for); what is sent then is lost.
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(250);

    private readonly GatewayLink _link;
    private readonly SessionChannel _channel;
    private readonly GatewayMember _gateway;
    private readonly GatewayPlan _plan;
    private readonly Open _open;
    private readonly string _question;
    private readonly AkkaCluster _cluster = AkkaCluster.Get(Context.System);

    public GatewayLinkActor(GatewayLink link, SessionChannel channel, GatewayMember gateway, GatewayPlan plan, Open open)
    {
        (_link, _channel, _gateway, _plan, _open) = (link, channel, gateway, plan, open);
        // Akka's serializer has no form for a ulong.
        _question = $"{open.Session}";
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _channel.Actor = Self;
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.UnreachableMember));
        Context.System.EventStream.Subscribe(Self, typeof(AssociationEvent));
        Context.System.EventStream.Subscribe(Self, typeof(QuarantinedEvent));
        Timers.StartPeriodicTimer(nameof(Ask), Ask.Instance, TimeSpan.Zero, AskAgain);
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        Context.System.EventStream.Unsubscribe(Self);
        _link.Broke(LinkLossKind.Unreachable, "the link's actor was stopped");
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ToLink report:
                _link.On(report);
                break;
            case Ask:
                var gateway = Context.ActorSelection(new RootActorPath(_gateway.Address) / "system" / _plan.ActorName);
                gateway.Tell(_open, Self);
                gateway.Tell(new Identify(_question), Self);
                break;
            case Opened opened when opened.Session == _open.Session:
                OnOpened(opened);
                break;
            case Refused refused when refused.Session == _open.Session:
                OnRefused(refused);
                break;
            case ActorIdentity { Subject: null, MessageId: string question } when question == _question:
                _link.Broke(LinkLossKind.Unreachable, "the member has no gateway: it has the role, and must start one (WithNatsGateway)");
                break;
            case SessionChannel.LinkEnded:
                Context.Stop(Self);
                break;
            case Opened or Refused or ActorIdentity:
                break;
            default:
                OnNews(message);
                break;
        }
    }

    private void OnOpened(Opened opened)
    {
        if (_channel.Session is not null)
        {
            return;
        }

        Timers.CancelAll();
        _channel.Session = Sender;
        _link.Opened(RemoteFrames.PieceBytes(_open.MaxMessageBytes, opened.MaxMessageBytes));
    }

    private void OnRefused(Refused refused) => _link.Broke(
        refused.Reason == Refusal.Version ? LinkLossKind.Protocol : LinkLossKind.Unreachable,
        refused.Reason == Refusal.Version ? _open.Versions.Misfit(refused.Versions, $"{_gateway}") : refused.Detail);

    private void OnNews(object message)
    {
        switch (message)
        {
            case ClusterEvent.UnreachableMember unreachable:
                BreakFor(unreachable.Member, "is unreachable");
                break;
            case ClusterEvent.MemberLeft or ClusterEvent.MemberExited:
                if (((ClusterEvent.IMemberEvent)message).Member.UniqueAddress.Equals(_gateway.Node))
                {
                    _link.Leaving();
                }

                break;
            case ClusterEvent.MemberDowned downed:
                BreakFor(downed.Member, "is down");
                break;
            case ClusterEvent.MemberRemoved removed:
                BreakFor(removed.Member, "has left the cluster");
                break;
            case ClusterEvent.IMemberEvent:
                break;
            case AssociationErrorEvent error when _gateway.Address.Equals(error.RemoteAddress):
                var text = LinkFailure.Quoting(LinkLossKind.Unreachable, "no connection to the member: ", LinkFailure.Words(error.Cause));
                _link.Broke(text.Kind, text.Message);
                break;
            case DisassociatedEvent lost when _gateway.Address.Equals(lost.RemoteAddress):
                _link.Broke(LinkLossKind.Unreachable, "the connection to the member is lost");
                break;
            case QuarantinedEvent quarantined when _gateway.Address.Equals(quarantined.Address):
                _link.Broke(LinkLossKind.Unreachable, "Akka.Remote has quarantined the member");
                break;
            case AssociationEvent or QuarantinedEvent:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void BreakFor(Member member, string what)
    {
        if (member.UniqueAddress.Equals(_gateway.Node))
        {
            _link.Broke(LinkLossKind.Unreachable, $"the member {what}");
        }
    }

    /// <summary>Time to ask for a session.</summary>
    private sealed record Ask : Akka.Actor.INoSerializationVerificationNeeded
    {
        public static Ask Instance { get; } = new();
    }
}
