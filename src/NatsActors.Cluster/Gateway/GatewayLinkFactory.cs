using Akka.Actor;
using NatsActors.Links;
using NatsActors.Protocol;
using AkkaCluster = Akka.Cluster.Cluster;

namespace NatsActors.Cluster.Gateway;

/// <summary>Makes the links of one publisher, each to the gateway whose turn it is.</summary>
internal sealed class GatewayLinkFactory : ILinkFactory
{
    private readonly ExtendedActorSystem _system;
    private readonly GatewayPlan _plan;
    private readonly string _publisher;
    private readonly GatewayChoice<GatewayMember> _choice;

    public GatewayLinkFactory(ExtendedActorSystem system, GatewayPlan plan, string publisher)
    {
        (_system, _plan, _publisher) = (system, plan, publisher);
        var cluster = AkkaCluster.Get(system);
        _choice = new GatewayChoice<GatewayMember>(() => GatewayMember.Of(cluster, plan.Settings.Role), Random.Shared.Next(1024));
        OnlyServer = ServerAddress.Named($"a gateway (role {plan.Settings.Role})");
    }

    public ServerAddress OnlyServer { get; }

    public ILink Open(LinkRequest request, Action<LinkReport> report)
    {
        if (!_choice.TryNext(out var member))
        {
            return NoLink.Report(request.Epoch, report, $"no member with the role '{_plan.Settings.Role}' is up and reachable");
        }

        var channel = new SessionChannel();
        var link = new GatewayLink(request, new Route(member, _choice), channel, _plan.Settings.Window, _plan.Time, report);
        var open = new Open(
            (ulong)Random.Shared.NextInt64(), _plan.Versions, request.Epoch, _publisher, request.AckInbox, request.ConfirmTimeout,
            request.Settings.PingInterval, RemoteFrames.MaxMessageBytes(_system));
        channel.Actor = _system.SystemActorOf(
            Props.Create(() => new GatewayLinkActor(link, channel, member, _plan, open)).WithDeploy(Deploy.Local).WithDispatcher(_plan.Dispatcher));
        return link;
    }

    private sealed class Route(GatewayMember member, GatewayChoice<GatewayMember> choice) : IGatewayRoute
    {
        public string Address { get; } = member.ToString();

        public bool Failed() => choice.Failed(member);

        public bool Left() => choice.Left(member);

        public void Proved() => choice.Proved();
    }

    /// <summary>A link that could not be made.</summary>
    private sealed record NoLink(long Epoch) : ILink
    {
        public static NoLink Report(long epoch, Action<LinkReport> report, string detail)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static lost => lost.Report(lost.Lost), (Report: report, Lost: new LinkLost(epoch, LinkLossKind.Unreachable, detail)), preferLocal: false);
            return new NoLink(epoch);
        }

        public void Write(Buffer.FrameBatch batch)
        {
        }

        public void Close()
        {
        }
    }
}
