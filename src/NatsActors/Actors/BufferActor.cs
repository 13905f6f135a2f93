using Akka.Actor;
using NatsActors.Door;
using NatsActors.Links;

namespace NatsActors.Actors;

/// <summary>
/// Owns what lies behind the door. Without a link it takes nothing from the buffer (<em>stash</em>); when the connection actor has
/// a link it gives that link the head of the buffer (<em>unstash</em>). It expires, confirms, admits those who wait, tells
/// outcomes and events, and ends the publisher after a drain. Its own state is that of the present link; a crash loses none of
/// <see cref="PublisherParts"/>.
/// </summary>
internal sealed class BufferActor : UntypedActor, IWithTimers
{
    private readonly PublisherParts _parts;
    private readonly GuardedBuffer _buffer;
    private BufferTimers _timers = null!;
    private BufferNotices _notices = null!;
    private LinkFeed? _feed;

    public BufferActor(PublisherParts parts)
    {
        _parts = parts;
        _buffer = parts.Buffer;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _timers = new BufferTimers(Timers, _buffer, _parts);
        _notices = new BufferNotices(_parts, _timers);
        _buffer.Attach();
        if (_buffer.IsOver)
        {
            Become(Ended);
            return;
        }

        _timers.ArmJournal();
        // The link of an instance before this one is not known here, whatever ended that instance.
        Stash(null, LinkLossKind.Local, "the buffer actor was started anew");
        // The instance before this one may have failed while it handled a wake.
        Self.Tell(Wake.Instance);
    }

    protected override void PostRestart(Exception reason)
    {
        base.PostRestart(reason);
        _parts.Door.ConnectionActor?.Tell(new LinkForgotten(), Self);
    }

    /// <summary>Without a link: what is accepted is kept.</summary>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LinkAvailable available:
                Unstash(available);
                break;
            case LinkReport or LinkGone or RetireLink:
                // Of a link that this instance has lost, or never knew.
                break;
            default:
                Common(message);
                break;
        }
    }

    /// <summary>With a link: what is accepted is given to it.</summary>
    private void Feeding(object message)
    {
        switch (message)
        {
            case LinkReport report:
                if (report is LinkConfirmed { RoundTrip: { } time })
                {
                    _parts.Meter.RoundTrip(time);
                }

                // The link may take more: what has expired must not leave.
                if (report.Epoch == _feed!.Epoch && (_timers.Sweep() | _feed.On(report)))
                {
                    RelieveIfNeeded();
                    _parts.Door.WakeJournal();
                }

                break;
            case LinkGone gone:
                if (gone.Epoch == _feed!.Epoch)
                {
                    Stash(_feed, gone.Kind, gone.Detail);
                    Relieve();
                }

                break;
            case RetireLink retire:
                if (retire.Epoch == _feed!.Epoch)
                {
                    _feed.Retire();
                }

                break;
            case LinkAvailable available:
                Unstash(available);
                break;
            default:
                Common(message);
                break;
        }
    }

    /// <summary>After the end every command is answered at the door.</summary>
    private void Ended(object message)
    {
        if (message is not (Wake or PublisherMessage or LinkReport or BufferTimer))
        {
            Unhandled(message);
        }
    }

    private void Common(object message)
    {
        switch (message)
        {
            case Wake:
                _buffer.Woken();
                if (_buffer.IsDurable)
                {
                    // The journal's actor raises events, too.
                    _timers.ArmJournal();
                }

                BeginDrain();
                Purge();
                Relieve();
                break;
            case BufferTimer timer:
                On(timer);
                break;
            case ConnectionNews news:
                _buffer.Note(news.Report);
                _notices.Raise(news.Event);
                break;
            case ConnectionEnded ended:
                End(ended.Cause);
                break;
            case JournalLost lost:
                End(lost.Cause);
                break;
            case ActorLost lost:
                End(lost.Cause);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void On(BufferTimer timer)
    {
        _timers.Fired(timer);
        switch (timer)
        {
            case BufferTimer.Replay:
                _feed?.Pump();
                break;
            case BufferTimer.Retry:
                _feed?.ResendHeld();
                Relieve();
                break;
            case BufferTimer.PubAcks:
                _feed?.CheckPubAcks();
                Relieve();
                break;
            case BufferTimer.Unclaimed:
                _notices.TellUnclaimed();
                break;
            case BufferTimer.Journal:
                _parts.Journal.Tick();
                _timers.ArmJournal();
                break;
            case BufferTimer.Trim:
                _buffer.TrimSpares();
                _timers.ArmTrim();
                break;
            default:
                Relieve();
                break;
        }
    }

    private void Unstash(LinkAvailable available)
    {
        var kept = _buffer.Reconnected(available.Info);
        _feed = new LinkFeed(_parts, available.Link, Sender, Self, Timers);
        Become(Feeding);
        _parts.Delivery.Pace.Begin(kept.NextSequence, _parts.Clock.Now());
        _buffer.Note(available.Report);
        _notices.Raise(available.Event is Reconnected reconnected
            ? reconnected with { Messages = kept.Messages, Bytes = kept.Bytes }
            : available.Event);
        _parts.Door.Run(_buffer.StartTooLarge());
        _parts.Door.Run(_buffer.StartAtomicBatches());
        _parts.Door.Run(_buffer.StartTooLargeBatches());
        // What has expired leaves gaps, and must not be left to the first refusal.
        _timers.Sweep();
        _parts.Door.Run(_buffer.StartChain());
        WarnOfDuplicates();
        Relieve();
    }

    /// <summary>The link is gone: what it has not confirmed goes back to the head of the buffer, or ends there.</summary>
    private void Stash(LinkFeed? feed, LinkLossKind kind, string detail)
    {
        _feed = null;
        Become(OnReceive);
        Timers.Cancel(BufferTimer.Retry);
        var (first, writtenThrough, messages, bytes) = _buffer.Position();
        var poison = _parts.Delivery.Poison.Lost(first, messages, kind);
        if (messages > 0)
        {
            _parts.Delivery.Window.Lost(writtenThrough);
            if (kind == LinkLossKind.Timeout)
            {
                _parts.Delivery.Window.TimedOut(bytes);
            }
        }

        if (poison)
        {
            _buffer.Undelivered(first, UndeliveredReason.Poison,
                $"the link was lost {_parts.Settings.Delivery.PoisonAfter} times in a row with this message alone in flight: {detail}");
        }

        if (!_parts.Settings.Delivery.Resend)
        {
            while (_buffer.IndeterminateSlice($"the link was lost and delivery.resend is off: {detail}"))
            {
            }
        }

        _buffer.Disconnected();
        Compact();
    }

    /// <summary>What is queued again has holes where messages have ended.</summary>
    private void Compact()
    {
        while (_buffer.CompactSlice())
        {
        }
    }

    /// <summary>A busy link reports thousands of times a second, and mostly nobody waits for what it reports.</summary>
    private void RelieveIfNeeded()
    {
        if (_buffer.NeedsRelief(_timers.IsTrimming))
        {
            Relieve();
            return;
        }

        _feed!.NoteQuiet();
        _feed.Pump();
    }

    /// <summary>Messages have left the buffer or have come in: serves outcomes, waiting publishes, flushes, notices and the link, in that order.</summary>
    private void Relieve()
    {
        _timers.Sweep();
        _buffer.TellOutcomes(_parts.Door);
        _parts.Door.AnswerWaiting();
        var nextFlush = _notices.AnswerFlushes();
        _notices.Tell();
        _feed?.NoteQuiet();
        _feed?.Pump();
        // The pump may have ended what expired while it was at work.
        _buffer.TellOutcomes(_parts.Door);
        _timers.Arm(nextFlush);
        if (_buffer.IsEndDue())
        {
            // The drain's own wake may still be on its way.
            BeginDrain();
            End(null);
        }
    }

    private void BeginDrain()
    {
        if (_buffer.TakeDrainBegan(out var messages))
        {
            _notices.Raise(new Draining { Publisher = _parts.Settings.Name, Messages = messages });
            _parts.Door.ConnectionActor?.Tell(new DrainBegun(), Self);
        }
    }

    private void Purge()
    {
        while (_buffer.NextPurge() is { } purge)
        {
            var purged = new Purged(_parts.Door.Run(_buffer.StartPurge(purge)));
            _buffer.Purged();
            _parts.Door.Tell(purge.Sender, purged);
        }
    }

    /// <summary>What is older than the streams' duplicate window may be stored twice when it is sent again.</summary>
    private void WarnOfDuplicates()
    {
        if (_parts.Settings.Delivery.Confirm == ConfirmMode.JetStream && _buffer.OldestSent() is { } age
            && age > _parts.Settings.JetStream.DuplicateWindow)
        {
            _notices.Raise(new DuplicateWindowExceeded { Publisher = _parts.Settings.Name, OldestAge = age });
        }
    }

    private void End(string? cause)
    {
        PublisherEnd.Run(_parts, cause);
        _feed = null;
        Timers.CancelAll();
        Become(Ended);
    }
}
