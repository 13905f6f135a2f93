using Akka.Actor;
using NatsActors.Buffer;
using NatsActors.Connection;
using NatsActors.Door;
using NatsActors.Links;
using NatsActors.Protocol;

namespace NatsActors.Actors;

/// <summary>
/// Manages the life of links: one at a time, the next after the last has ended, to the server that the pool names. Its states
/// and their transitions are <see cref="ConnectionTable"/>. A link's batches and confirmations go between the link and the
/// buffer actor directly; what concerns its life comes here. Reports of older links are ignored.
/// </summary>
internal sealed partial class ConnectionActor : UntypedActor, IWithTimers
{
    private static readonly object BackoffTimer = new();

    private readonly PublisherParts _parts;
    private readonly ConnectionMemory _memory;
    private readonly IActorRef _buffer;
    private ConnectionState _current = ConnectionState.Connecting;

    public ConnectionActor(PublisherParts parts, IActorRef buffer)
    {
        _parts = parts;
        _memory = parts.Connection;
        _buffer = buffer;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private string Name => _parts.Settings.Name;

    private bool HasLink => _current is ConnectionState.Connected or ConnectionState.Draining;

    private TimeSpan Now => TimeSpan.FromMilliseconds(_parts.Clock.Now());

    protected override void PreStart()
    {
        if (_memory.Ended)
        {
            Move(ConnectionInput.Close);
            Become(Ended);
            return;
        }

        if (!_parts.Buffer.IsDurable || _parts.Buffer.IsClaimed)
        {
            Dial();
        }
    }

    protected override void PreRestart(Exception reason, object message)
    {
        // The link's last report may be the message that was lost: nothing is waited for, and its memory is not used again.
        if (_memory.Link is not null)
        {
            Abandon($"the connection actor failed: {reason.GetType().Name}");
        }
    }

    protected override void PostStop()
    {
        StopListening();
        _memory.Link?.Close();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LinkReport report:
                if (report.Epoch == _memory.Epoch && _memory.Link is not null)
                {
                    _memory.Peer = report.Peer ?? _memory.Peer;
                    OnReport(report);
                }

                break;
            case JournalRestored:
                if (_memory.Link is null && _current == ConnectionState.Connecting)
                {
                    Dial();
                }

                break;
            case BackoffElapsed:
                Dial();
                break;
            case LinkQuiet quiet:
                if (quiet.Epoch == _memory.Epoch && _retiring)
                {
                    _memory.Link?.Close();
                }

                break;
            case LinkProved proved:
                if (proved.Epoch == _memory.Epoch && HasLink)
                {
                    _memory.Pool.Proved();
                }

                break;
            case Connected other:
                OnFoundUp(other.Publisher, other.Server);
                break;
            case Reconnected other:
                OnFoundUp(other.Publisher, other.Server);
                break;
            case Reconnect:
                MakeNewLink();
                break;
            case LinkForgotten:
                // The buffer actor had no link yet while one is being made: the attempt goes on.
                if (HasLink)
                {
                    _memory.Link?.Close();
                }

                break;
            case DrainBegun:
                _memory.DrainPending = true;
                Move(ConnectionInput.Drain);
                break;
            case PublisherEnded:
                End();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnReport(LinkReport report)
    {
        switch (report)
        {
            case LinkUp up:
                OnUp(up);
                break;
            case LinkInfoChanged changed:
                OnInfo(changed);
                break;
            case LinkLost lost:
                OnLost(lost);
                break;
            default:
                Unhandled(report);
                break;
        }
    }

    /// <summary>Makes the next link, or waits until a server may be asked.</summary>
    private void Dial(bool atOnce = false)
    {
        var attempt = _memory.Pool.Next(Now);
        if (attempt.Delay > TimeSpan.Zero && !atOnce)
        {
            Move(ConnectionInput.MustWait);
            ListenToOthers();
            // Timers count whole milliseconds; one that fired before its time would ask again and again until it has passed.
            Timers.StartSingleTimer(
                BackoffTimer, BackoffElapsed.Instance, TimeSpan.FromMilliseconds(Math.Ceiling(attempt.Delay.TotalMilliseconds)));
            return;
        }

        StopListening();
        _retiring = false;
        _memory.Server = attempt.Server;
        _memory.Peer = null;
        _memory.Epoch++;
        _memory.Attempts++;
        Move(ConnectionInput.BackoffElapsed);
        var request = new LinkRequest(
            _memory.Epoch, attempt.Server, _parts.Settings.Connection, _parts.Settings.Delivery.ConfirmTimeout, _parts.Buffer.AckInbox);
        var (self, buffer) = (Self, _buffer);
        try
        {
            _memory.Link = _parts.Links.Open(request, report =>
                (report is LinkWritten or LinkConfirmed or LinkPubAcks ? buffer : self).Tell(report, self));
        }
        catch (Exception error)
        {
            // A crash would dial again at once, and again: this way it is an attempt that failed, with its back-off.
            _memory.Link = new UnmadeLink(_memory.Epoch);
            Self.Tell(new LinkLost(_memory.Epoch, LinkLossKind.Unreachable, $"the link could not be made: {error.GetType().Name}"), Self);
        }
    }

    private void OnUp(LinkUp up)
    {
        if (!up.Info.Headers && _parts.Buffer.UsesHeaders)
        {
            RefuseWithoutHeaders();
            return;
        }

        var server = _memory.Server!;
        Step(ConnectionInput.Opened);
        _memory.Pool.Up(server, Now);
        Discover(up.Info);
        NatsEvent occurrence = new Connected { Publisher = Name, Server = _memory.ServerText };
        if (_memory.EverConnected)
        {
            _memory.Reconnects++;
            var outage = TimeSpan.FromMilliseconds(_parts.Clock.Now() - (_memory.OutageSince ?? _parts.Clock.Now()));
            occurrence = new Reconnected { Publisher = Name, Server = _memory.ServerText, Outage = outage, Messages = 0, Bytes = 0 };
        }

        _memory.EverConnected = true;
        _memory.OutageSince = null;
        _memory.Attempts = 0;
        _memory.OutageTold = _memory.AuthenticationTold = _memory.TlsTold = false;
        if (_memory.DrainPending)
        {
            Step(ConnectionInput.Drain);
        }

        _buffer.Tell(new LinkAvailable(_memory.Link!, up.Info, occurrence, Report), Self);
        if (up.Info.LameDuck)
        {
            Retire();
        }
    }

    private void OnLost(LinkLost lost)
    {
        var server = _memory.Server!;
        var wasUp = HasLink;
        _memory.Link = null;
        _memory.LastError = $"{_memory.ServerText}: {lost.Detail}";
        if (wasUp)
        {
            _memory.Pool.Lost(server, lost.Kind, Now);
            _buffer.Tell(new LinkGone(lost.Epoch, lost.Kind, lost.Detail), Self);
        }
        else
        {
            _memory.Pool.Failed(server, lost.Kind, Now);
        }

        _memory.OutageSince ??= _parts.Clock.Now();
        var refused = lost.Kind == LinkLossKind.Authorization;
        var final = refused && _parts.Settings.Connection.AuthorizationError == AuthorizationErrorPolicy.Stop;
        var exhausted = !wasUp && _memory.Pool.AttemptsExhausted;
        // The state moves first, so that a status agrees with the events that follow.
        Step(final ? ConnectionInput.AuthorizationFinal : exhausted ? ConnectionInput.AttemptsExhausted
            : !wasUp ? ConnectionInput.OpenFailed : _retiring ? ConnectionInput.LameDuck
            : lost.Kind == LinkLossKind.Local ? ConnectionInput.ForceReconnect : ConnectionInput.LinkLost);
        TellOfOutage(lost);
        if (refused)
        {
            TellOfRefusal(lost, final);
        }

        if (final)
        {
            GiveUp($"the credentials do not log in at {_memory.ServerText}: {lost.Detail}");
        }
        else if (exhausted)
        {
            GiveUp($"{_memory.Pool.FailedAttempts} attempts failed in a row; the last: {_memory.LastError}");
        }
        else
        {
            Dial(atOnce: lost.HasAlternative);
        }
    }

    private void TellOfOutage(LinkLost lost)
    {
        if (!_memory.OutageTold)
        {
            _memory.OutageTold = true;
            Raise(new Disconnected { Publisher = Name, Server = _memory.ServerText, Kind = lost.Kind, Detail = lost.Detail });
        }

        if (lost.Kind == LinkLossKind.Tls && !_memory.TlsTold)
        {
            // It waits for a person, and an outage that began as a cut would never say so.
            _memory.TlsTold = true;
            Raise(new TlsFailed { Publisher = Name, Server = _memory.ServerText, Detail = lost.Detail });
        }
    }

    private void MakeNewLink()
    {
        if (HasLink)
        {
            _memory.Link?.Close();
        }
        else if (_current == ConnectionState.Backoff)
        {
            Timers.Cancel(BackoffTimer);
            Move(ConnectionInput.ForceReconnect);
            Dial(atOnce: true);
        }
    }

    private void Abandon(string detail)
    {
        var server = _memory.Server!;
        _memory.Link!.Close();
        _memory.Link = null;
        _memory.LastError = $"{_memory.ServerText}: {detail}";
        _memory.OutageSince ??= _parts.Clock.Now();
        _memory.Pool.Lost(server, LinkLossKind.Closed, Now);
        // Where the next instance begins. The report that goes with the event must not name the link that is abandoned.
        _current = ConnectionState.Connecting;
        _buffer.Tell(new LinkGone(_memory.Epoch, LinkLossKind.Local, detail), Self);
        TellOfOutage(new LinkLost(_memory.Epoch, LinkLossKind.Local, detail));
    }

    /// <summary>Moves the state by the table, and reports it.</summary>
    private void Move(ConnectionInput input)
    {
        Step(input);
        _buffer.Tell(new ConnectionNews(Report, null), Self);
    }

    /// <summary>Moves the state by the table; the report goes with the event that follows.</summary>
    private void Step(ConnectionInput input)
    {
        if (ConnectionTable.Next(_current, input) is { } next)
        {
            _current = next;
        }
        else
        {
            Unhandled(input);
        }
    }

    private ConnectionReport Report =>
        new(_current, HasLink ? _memory.ServerText : null, _memory.Reconnects, _memory.LastError, _memory.Attempts);

    private void Raise(NatsEvent occurrence) => _buffer.Tell(new ConnectionNews(Report, occurrence), Self);

    /// <summary>Stands for a link that the factory could not make.</summary>
    private sealed record UnmadeLink(long Epoch) : ILink
    {
        public void Write(FrameBatch batch)
        {
        }

        public void Close()
        {
        }
    }

    private sealed record BackoffElapsed : PublisherMessage
    {
        public static BackoffElapsed Instance { get; } = new();
    }
}
