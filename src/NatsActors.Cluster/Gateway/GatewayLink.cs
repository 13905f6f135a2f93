using NatsActors.Buffer;
using NatsActors.Links;

namespace NatsActors.Cluster.Gateway;

/// <summary>What a link knows of its gateway, and what it tells others about it.</summary>
internal interface IGatewayRoute
{
    /// <summary>The gateway's member, for texts.</summary>
    string Address { get; }

    /// <summary>The link is lost. True when there is another gateway, where none has failed lately.</summary>
    bool Failed();

    /// <summary>The link has to be left. True when there is another gateway, whatever has failed: this one ends in any case.</summary>
    bool Left();

    /// <summary>The gateway has confirmed something.</summary>
    void Proved();
}

/// <summary>The way to a session. The methods must not block.</summary>
internal interface ISessionChannel
{
    void Send(IToSession message);

    /// <summary>The link has ended: nothing is received any more.</summary>
    void End();
}

/// <summary>
/// A link to a gateway, which has a link to a server of its own for it. It behaves as a link to a server: one life, and what it reports
/// is what the gateway's link has reported. Nothing that was not confirmed is lost with it, since the buffer sends it again on the
/// next link. The actor that receives for it is <see cref="GatewayLinkActor"/>; everything here is guarded by one lock.
/// </summary>
internal sealed class GatewayLink : ILink
{
    private readonly LinkRequest _request;
    private readonly IGatewayRoute _route;
    private readonly ISessionChannel _channel;
    private readonly TimeProvider _time;
    private readonly Action<LinkReport> _receiver;
    private readonly LinkReports _reports;
    private readonly Lock _gate = new();
    private readonly Outflow _outflow;
    private readonly Queue<FrameBatch> _early = new(LinkCredit.Batches);
    private readonly ITimer _opening;
    private List<string>? _denied;
    private SilenceWatch? _watch;
    private string? _openingText;
    private long _heard;
    private long _given;
    private int _unwritten;
    private bool _unconfirmed;
    private bool _isUp;
    private bool _leaving;
    private bool _otherServer;
    private bool _ended;
    private Protocol.ServerInfo _info = new();

    public GatewayLink(
        LinkRequest request, IGatewayRoute route, ISessionChannel channel, int window, TimeProvider time, Action<LinkReport> receiver)
    {
        (_request, _route, _channel, _time, _receiver) = (request, route, channel, time, receiver);
        _reports = new LinkReports(Hand);
        _outflow = new Outflow(window, channel.Send);
        _openingText = "the gateway has not answered";
        _opening = time.CreateTimer(
            static link => ((GatewayLink)link!).OpeningTooLong(), this, request.Settings.ConnectTimeout, Timeout.InfiniteTimeSpan);
    }

    public long Epoch => _request.Epoch;

    public void Write(FrameBatch batch)
    {
        var excess = false;
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            excess = _unwritten == LinkCredit.Batches;
            if (!excess)
            {
                _unwritten++;
                _given = batch.LastSequence;
                _unconfirmed = true;
                _watch?.Asked();
                if (_isUp)
                {
                    _outflow.Add(batch);
                }
                else
                {
                    _early.Enqueue(batch);
                }
            }
        }

        if (excess)
        {
            End(LinkLossKind.Local, $"more than {LinkCredit.Batches} batches were given unwritten");
        }
    }

    public void Close() => End(LinkLossKind.Local, "closed by the publisher");

    /// <summary>
    /// The link could not be made, or is lost. A loss that is the gateway's is <see cref="LinkLossKind.Unreachable"/>: it says nothing about
    /// the message in flight, where a link that the server closed does.
    /// </summary>
    public void Broke(LinkLossKind kind, string detail) => End(kind, detail);

    /// <summary>There is a session, which is told at once that the link lives. The link waits for the session's own link.</summary>
    /// <param name="pieceBytes">The most bytes of a piece of a batch.</param>
    public void Opened(int pieceBytes)
    {
        lock (_gate)
        {
            if (_ended || _outflow.PieceBytes > 0)
            {
                return;
            }

            _outflow.PieceBytes = pieceBytes;
            _outflow.Send(number => new Ping(number));
            _openingText = "the gateway has no link to a server yet";
            _opening.Change(_request.Settings.ConnectTimeout, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The gateway's member leaves the cluster: the link is like one to a server in lame duck mode.</summary>
    public void Leaving()
    {
        lock (_gate)
        {
            NoteLeaving();
        }

        _reports.Flush();
    }

    /// <summary>Takes a message of the session in.</summary>
    public void On(ToLink message)
    {
        string? fault = null;
        lock (_gate)
        {
            if (_ended || message.Number <= _heard)
            {
                // Akka.Remote does not repeat messages; one that comes twice says nothing new.
                return;
            }

            if (message.Number != _heard + 1)
            {
                fault = $"message {message.Number} of the gateway came after {_heard}: what was between them is lost";
            }
            else if (!_outflow.Take(message.Taken))
            {
                fault = $"the gateway has taken message {message.Taken}, which was not sent";
            }
            else
            {
                _heard = message.Number;
                _watch?.Heard();
                fault = Take(message);
            }
        }

        if (fault is not null)
        {
            End(LinkLossKind.Unreachable, fault);
        }
        else if (message is SessionLost lost)
        {
            End(lost.Kind, lost.Detail);
        }

        _reports.Flush();
    }

    public override string ToString() => $"GatewayLink {{ Epoch = {Epoch}, Gateway = {_route.Address} }}";

    /// <returns>Why the link has to end; null for nothing.</returns>
    private string? Take(ToLink message)
    {
        if (message is not (SessionUp or SessionLost or Taken or GatewayLeaving) && !_isUp)
        {
            return $"the gateway sent {message.GetType().Name} before its link was up";
        }

        switch (message)
        {
            case SessionUp when _outflow.PieceBytes == 0:
                // Opened has no number, so that its loss is no gap; without it the size of a piece is not known.
                return "the gateway's link is up before the gateway has answered";
            case SessionUp up:
                Up(up);
                return null;
            case InfoChanged changed:
                _info = changed.Info;
                _otherServer = changed.HasAlternative;
                Changed();
                return null;
            case GatewayLeaving:
                NoteLeaving();
                return null;
            case Written written:
                _unwritten--;
                _reports.Post(new LinkWritten(Epoch, written.ThroughSequence));
                return _unwritten < 0 ? "the gateway has written a batch that it was not given" : null;
            case Denied denied:
                (_denied ??= []).AddRange(denied.Subjects);
                return _denied.Count > FenceBook.MaxDenied ? $"the gateway named more than {FenceBook.MaxDenied} denied subjects" : null;
            case Confirmed confirmed:
                _unconfirmed &= confirmed.ThroughSequence != _given;
                _reports.Post(new LinkConfirmed(Epoch, confirmed.ThroughSequence, _denied) { RoundTrip = confirmed.RoundTrip });
                _denied = null;
                _route.Proved();
                return null;
            case PubAcks acks:
                return _reports.Post(new LinkPubAcks(Epoch, acks.Acks)) ? null : LinkReports.Overflow.Message;
            default:
                return null;
        }
    }

    private void Up(SessionUp up)
    {
        if (_isUp)
        {
            return;
        }

        _isUp = true;
        _opening.Dispose();
        _watch = new SilenceWatch(
            _time, _request.ConfirmTimeout, _request.Settings.PingInterval, IsUnanswered, Probe,
            () => End(LinkLossKind.Timeout, $"nothing was heard of the gateway for {_request.ConfirmTimeout.TotalSeconds:0.###} s"));
        _info = up.Info;
        _reports.Post(new LinkUp(Epoch, up.Info) { Peer = $"{_route.Address} ({up.Server})" });
        if (_leaving)
        {
            Changed();
        }

        while (_early.TryDequeue(out var batch))
        {
            _watch.Asked();
            _outflow.Add(batch);
        }
    }

    private void NoteLeaving()
    {
        if (_ended || _leaving)
        {
            return;
        }

        _leaving = true;
        if (_isUp)
        {
            Changed();
        }
    }

    private void Changed()
    {
        _reports.Post(new LinkInfoChanged(Epoch, _info with { LameDuck = _info.LameDuck || _leaving })
        {
            HasAlternative = _leaving ? _route.Left() : _otherServer,
        });
    }

    private bool IsUnanswered()
    {
        lock (_gate)
        {
            return !_ended && (_outflow.IsUnanswered || _unconfirmed);
        }
    }

    private void Probe()
    {
        lock (_gate)
        {
            if (!_ended)
            {
                _outflow.Send(number => new Ping(number));
            }
        }
    }

    private void OpeningTooLong()
    {
        var text = _openingText;
        End(LinkLossKind.Unreachable, $"{text} for {_request.Settings.ConnectTimeout.TotalSeconds:0.###} s");
    }

    /// <summary>Ends the link. The first reason wins.</summary>
    private void End(LinkLossKind kind, string detail)
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            var alternative = kind != LinkLossKind.Local && _route.Failed();
            _early.Clear();
            _outflow.Drop();
            if (_outflow.PieceBytes > 0)
            {
                _outflow.Send(number => new Close(number));
            }

            _channel.End();
            _reports.Post(new LinkLost(Epoch, kind, detail) { HasAlternative = alternative, Peer = _isUp ? null : _route.Address });
        }

        _opening.Dispose();
        _watch?.Dispose();
        // On another thread: the reason may be a call of the receiver's.
        ThreadPool.UnsafeQueueUserWorkItem(static reports => reports.Flush(), _reports, preferLocal: false);
    }

    /// <summary>Calls the receiver. A receiver that throws has missed a report, so the link ends.</summary>
    private void Hand(LinkReport report)
    {
        try
        {
            _receiver(report);
        }
        catch (Exception error)
        {
            End(LinkLossKind.Local, $"the receiver of {report.GetType().Name} threw {error.GetType().Name}");
        }
    }
}
