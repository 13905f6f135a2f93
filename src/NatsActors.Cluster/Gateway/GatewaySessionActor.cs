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
/// The actor of one session. It ends with the link's actor, when nothing is heard of the link for longer than its pings take, and when its
/// own link to the server is lost. In the last case it waits for the other side's answer, so that the reason arrives before the news of
/// the end.
/// </summary>
internal sealed class GatewaySessionActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly Open _open;
    private readonly IActorRef _sender;
    private readonly ServerAddress _server;
    private readonly SessionParts _parts;
    private readonly int _version;
    private readonly GatewaySession _session;
    private readonly TimeSpan _confirmTimeout;
    private readonly TimeSpan _patience;
    private long _heard;
    private bool _proved;
    private bool _lost;
    private bool _closed;

    public GatewaySessionActor(Open open, int version, IActorRef sender, ServerAddress server, SessionParts parts)
    {
        (_open, _version, _sender, _server, _parts) = (open, version, sender, server, parts);
        var self = Self;
        _session = new GatewaySession(
            server, parts.Plan.Settings.MaxBatch, Math.Clamp(open.MaxMessageBytes, RemoteFrames.Least, parts.MaxMessageBytes), message => sender.Tell(message, self));
        _confirmTimeout = Clamp(open.ConfirmTimeout);
        _patience = (Clamp(open.PingInterval) * 2) + (_confirmTimeout * 2);
        _heard = parts.Plan.Time.GetTimestamp();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Context.Watch(_sender);
        Answer();
        var self = Self;
        _session.Link = _parts.Links.Open(
            new LinkRequest(_open.Epoch, _server, _parts.Connection, _confirmTimeout, _open.AckInbox), report => self.Tell(report));
        Timers.StartPeriodicTimer(Look.Instance, Look.Instance, _patience / 4);
    }

    protected override void PostStop() => _session.Link?.Close();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case IToSession received:
                _heard = _parts.Plan.Time.GetTimestamp();
                _session.On(received);
                _closed |= received is Close;
                StopWhenDone();
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
                    Context.Stop(Self);
                }

                break;
            case Terminated or NoLastWords:
                Context.Stop(Self);
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
            _lost = true;
            Timers.StartSingleTimer(NoLastWords.Instance, NoLastWords.Instance, LastWords);
            StopWhenDone();
        }
    }

    private void StopWhenDone()
    {
        if (_lost && _closed)
        {
            Context.Stop(Self);
        }
    }

    private sealed record Look : GatewayNotice
    {
        public static Look Instance { get; } = new();
    }

    private sealed record NoLastWords : GatewayNotice
    {
        public static NoLastWords Instance { get; } = new();
    }
}
