using Akka.Actor;
using Microsoft.Extensions.Logging;
using NatsActors.Connection;
using NatsActors.Links;
using NatsActors.Protocol;

namespace NatsActors.Cluster.Gateway;

/// <summary>
/// The gateway of a member: gives links of other nodes a session each, at most so many at a time, and knows which server is next. Nothing
/// is buffered here: a gateway that dies loses nothing.
/// </summary>
internal sealed class GatewayActor : UntypedActor
{
    private readonly SessionParts _parts;
    private readonly ILogger _logger;
    private readonly Func<bool> _hasOtherGateway;
    private readonly ServerPool _servers;
    private readonly Dictionary<ulong, IActorRef> _sessions = [];
    private readonly long _start;
    private IActorRef? _leaver;
    private bool _full;

    public GatewayActor(SessionParts parts, ILogger logger, Func<bool> hasOtherGateway)
    {
        (_parts, _logger, _hasOtherGateway) = (parts, logger, hasOtherGateway);
        _servers = new ServerPool(parts.Connection, Random.Shared);
        _start = parts.Plan.Time.GetTimestamp();
    }

    private TimeSpan Now => _parts.Plan.Time.GetElapsedTime(_start);

    private int MaxSessions => _parts.Plan.Settings.MaxSessions;

    // What a session held is its sender's to send again, so a session that fails is not restarted.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void PreStart() =>
        _logger.GatewayStarted(_parts.Plan.Settings.Role, string.Join(", ", _servers.Servers), MaxSessions);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Open open:
                OnOpen(open);
                break;
            case ServerNews news:
                OnNews(news);
                break;
            case Leave:
                OnLeave();
                break;
            case Terminated ended:
                OnEnded(ended.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnOpen(Open open)
    {
        if (_sessions.TryGetValue(open.Session, out var known))
        {
            known.Forward(open);
        }
        else if (open.Versions.InCommonWith(_parts.Plan.Versions) is not { } version)
        {
            var node = Sender.Path.Address.ToString();
            _logger.SessionRefused(open.Publisher, node, open.Versions.MisfitAtGateway(_parts.Plan.Versions, node));
            Refuse(open, Refusal.Version, "no version in common");
        }
        else if (open.AckInbox is { } inbox && SubjectRules.Check(inbox) is { } fault)
        {
            Refuse(open, Refusal.BadOpen, $"the inbox of PubAcks {fault}");
        }
        else if (_leaver is not null)
        {
            Refuse(open, Refusal.Leaving, "the gateway's node leaves the cluster");
        }
        else if (_sessions.Count >= MaxSessions)
        {
            if (!_full)
            {
                _full = true;
                _logger.GatewayFull(MaxSessions, open.Publisher, Sender.Path.Address.ToString());
            }

            Refuse(open, Refusal.Sessions, $"the gateway has {MaxSessions} sessions already ({GatewaySettingsReader.Root}.max-sessions)");
        }
        else
        {
            Begin(open, version);
        }
    }

    private void Begin(Open open, int version)
    {
        var (sender, server, parts) = (Sender, _servers.Next(Now).Server, _parts);
        var session = Context.ActorOf(Props.Create(() => new GatewaySessionActor(open, version, sender, server, parts))
            .WithDeploy(Deploy.Local).WithDispatcher(_parts.Plan.Dispatcher));
        _sessions[open.Session] = Context.Watch(session);
    }

    private void Refuse(Open open, Refusal reason, string detail) =>
        Sender.Tell(new Refused(open.Session, _parts.Plan.Versions, reason, detail), Self);

    private void OnNews(ServerNews news)
    {
        switch (news.Report)
        {
            case LinkUp up:
                _servers.Up(news.Server, Now);
                Discover(news.Server, up.Info);
                break;
            case LinkConfirmed:
                _servers.Proved();
                break;
            case LinkInfoChanged changed:
                Discover(news.Server, changed.Info);
                if (changed.Info.LameDuck)
                {
                    _servers.LameDuck(news.Server, Now);
                }

                Sender.Tell(news with { HasAlternative = !_servers.Next(Now).Server.Equals(news.Server) }, Self);
                break;
            case LinkLost { Kind: not LinkLossKind.Local } lost when news.WasUp:
                _servers.Lost(news.Server, lost.Kind, Now);
                break;
            case LinkLost { Kind: not LinkLossKind.Local } lost:
                _servers.Failed(news.Server, lost.Kind, Now);
                break;
        }
    }

    private void Discover(ServerAddress server, ServerInfo info)
    {
        if (_parts.Connection.DiscoverServers)
        {
            _servers.Discovered(server, info.ConnectUrls);
        }
    }

    /// <summary>
    /// Sends the sessions' links to other gateways. Without another gateway the sessions stay to the end, so that publishers can drain
    /// through them.
    /// </summary>
    private void OnLeave()
    {
        if (_sessions.Count == 0 || !_hasOtherGateway())
        {
            Sender.Tell(new Left(_sessions.Count), Self);
            return;
        }

        _leaver = Sender;
        foreach (var session in _sessions.Values)
        {
            session.Tell(Leave.Instance, Self);
        }
    }

    private void OnEnded(IActorRef session)
    {
        if (_sessions.FirstOrDefault(entry => entry.Value.Equals(session)) is { Value: not null } entry)
        {
            _sessions.Remove(entry.Key);
        }

        if (_full && _sessions.Count < MaxSessions)
        {
            _full = false;
            _logger.GatewayHasRoom(_sessions.Count);
        }

        if (_sessions.Count == 0)
        {
            _leaver?.Tell(new Left(0), Self);
        }
    }
}
