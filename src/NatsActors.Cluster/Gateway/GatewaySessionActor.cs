using Akka.Actor;
using NatsActors.Links;
using NatsActors.Protocol;

namespace NatsActors.Cluster.Gateway;

/// <summary>What the sessions of one gateway have in common.</summary>
/// <param name="Plan">The plan of the system.</param>
/// <param name="Connection">The connection's settings, with the gateway's own credentials.</param>
/// <param name="Links">Makes links to servers.</param>
/// <param name="MaxMessageBytes">The largest message of Akka.Remote.</param>
internal sealed record SessionParts(GatewayPlan Plan, ConnectionSettings Connection, ILinkFactory Links, int MaxMessageBytes);

/// <summary>
/// The actor of one session. It ends when the link closes it, when nothing is heard of the link for longer than its pings take, and when its
/// own link to the server is lost; the last message says why. Neither side watches the other: a watch is a system message, and a
/// connection that is cut again while one is unanswered makes Akka.Remote quarantine the node.
/// </summary>
internal sealed class GatewaySessionActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly Open _open;
    private readonly IActorRef _sender;
    private readonly ServerAddress _server;
    private readonly SessionParts _parts;
    private readonly int _version;
    private readonly GatewaySession _session;
    private readonly TimeSpan _confirmTimeout;
    private TimeSpan _patience;
    private long _heard;
    private bool _proved;

    public GatewaySessionActor(Open open, int version, IActorRef sender, ServerAddress server, SessionParts parts)
    {
        (_open, _version, _sender, _server, _parts) = (open, version, sender, server, parts);
        var self = Self;
        _session = new GatewaySession(
            server, parts.Plan.Settings.MaxBatch, Math.Clamp(open.MaxMessageBytes, RemoteFrames.Least, parts.MaxMessageBytes), message => sender.Tell(message, self));
        _confirmTimeout = Clamp(open.ConfirmTimeout);
        // A link pings at once when it is told of its session. A link that has ended meanwhile, as after a slow opening, sends nothing.
        _patience = _confirmTimeout;
        _heard = parts.Plan.Time.GetTimestamp();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Answer();
        var self = Self;
        _session.Link = _parts.Links.Open(
            new LinkRequest(_open.Epoch, _server, _parts.Connection, _confirmTimeout, _open.AckInbox), report => self.Tell(report));
        Timers.StartPeriodicTimer(Look.Instance, Look.Instance, _patience / 4);
    }

    protected override void PostStop()
    {
        if (_session.Link is not null)
        {
            _session.End(LinkLossKind.Unreachable, "the gateway has ended the session");
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case IToSession received:
                _heard = _parts.Plan.Time.GetTimestamp();
                _patience = (Clamp(_open.PingInterval) * 2) + (_confirmTimeout * 2);
                _session.On(received);
                break;
            case LinkReport report:
                OnReport(report);
                break;
            case ServerNews { Report: LinkInfoChanged changed } answer:
                _session.OnInfo(changed.Info, answer.HasAlternative);
                break;
            case Open:
                Answer();
                break;
            case Leave:
                _session.Leave();
                break;
            case Look:
                if (_parts.Plan.Time.GetElapsedTime(_heard) > _patience)
                {
                    _session.End(LinkLossKind.Unreachable, $"the gateway has heard nothing of the link for {_patience.TotalSeconds:0.###} s");
                }

                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static TimeSpan Clamp(TimeSpan time) => time < Shortest ? Shortest : time > Longest ? Longest : time;

    private void Answer() => _sender.Tell(new Opened(_open.Session, _version, _parts.MaxMessageBytes), Self);

    private void OnReport(LinkReport report)
    {
        if (report is LinkUp or LinkInfoChanged or LinkLost || (report is LinkConfirmed && !_proved))
        {
            _proved |= report is LinkConfirmed;
            Context.Parent.Tell(new ServerNews(_server, report, _session.IsUp));
        }

        _session.On(report);
        if (report is LinkLost)
        {
            Context.Stop(Self);
        }
    }

    private sealed record Look : GatewayNotice
    {
        public static Look Instance { get; } = new();
    }
}
