using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using NatsActors.Actors;
using NatsActors.Buffer;
using NatsActors.Door;
using NatsActors.Hosting;

namespace NatsActors.Persistence;

/// <summary>
/// Keeps a publisher's pages in a journal of Akka.Persistence. Reads what a process before has left; writes a page when one is due, as
/// many at a time as the settings allow, so that the journal writes several in one transaction; marks what has ended; deletes what is
/// not needed any more while nothing else is under way. After any failure it stops, and the next instance reads the journal again.
/// </summary>
internal sealed class JournalActor : UntypedPersistentActor, IWithTimers
{
    /// <summary>Events that are deleted together. A deletion costs about as much as several writes.</summary>
    private const int DeletedTogether = 256;

    /// <summary>Events that are deleted when nothing else is to do.</summary>
    private const int DeletedAtRest = 16;

    public const string NoSnapshots = "akka.persistence.no-snapshot-store";

    private static readonly object MarkTimer = new();
    private static readonly object DeleteTimer = new();

    private readonly JournalPort _publisher;
    private readonly JournalReading _reading;
    private readonly Page _page = new();
    // The journal writes one half of what may be under way together while the other half is made.
    private readonly int _mostOfATurn;
    // What is under way, oldest first.
    private readonly Queue<Mark> _underWay = new();
    private readonly KeptPages _kept = new();
    private bool _up;
    private bool _deleting;
    private bool _pumpsSoon;
    // A deletion has failed; the next is tried after a while, and pages are written meanwhile.
    private bool _deletesLater;

    public JournalActor(JournalPort publisher)
    {
        _publisher = publisher;
        _reading = new JournalReading(publisher, _kept);
        _mostOfATurn = Math.Max(1, publisher.Settings.Durability.PagesInFlight / 2);
        JournalPluginId = publisher.Settings.Durability.Journal;
        // There are no snapshots, and what the system has for them is not asked.
        SnapshotPluginId = NoSnapshots;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public override string PersistenceId => _publisher.PersistenceId;

    public override Recovery Recovery { get; } = new(SnapshotSelectionCriteria.None);

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case byte[] journalled:
                _reading.Read(journalled, LastSequenceNr);
                break;
            case RecoveryCompleted:
                Begin();
                break;
        }
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case JournalDue:
                _pumpsSoon = false;
                Pump();
                break;
            case MarkDue:
                OnMarkDue();
                break;
            case DeleteDue:
                _deletesLater = false;
                Pump();
                break;
            case DeleteMessagesSuccess:
                _deleting = false;
                Pump();
                break;
            case DeleteMessagesFailure failure:
                _deleting = false;
                _deletesLater = true;
                _kept.NotDeleted();
                Timers.StartSingleTimer(DeleteTimer, DeleteDue.Instance, _publisher.Settings.Durability.RetryMax);
                Log.Warning(failure.Cause, "{0}: events up to {1} of the journal could not be deleted; they are next time",
                    _publisher.Settings.Name, failure.ToSequenceNr);
                Pump();
                break;
            case DamagedKept:
                Claim();
                break;
            case DamagedNotKept failure:
                Fail($"it could not keep a damaged event: {CauseOf(failure.Cause)}");
                Context.Stop(Self);
                break;
            case PublisherEnded:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        Fail(CauseOf(cause));
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        Fail($"it rejected an event: {CauseOf(cause)}");
        Context.Stop(Self);
    }

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        Fail($"it could not be read: {CauseOf(reason)}");
    }

    protected override void PreStart()
    {
        base.PreStart();
        Context.ActorOf(Props.Create(() => new PluginWatch(_publisher)).WithDeploy(Deploy.Local), "plugin");
        if (_publisher.Buffer.JournalUp is true)
        {
            // Nobody has said so: an instance before this one was stopped. When all of the publisher stops there is no next instance.
            _publisher.Failed("its actor was stopped");
        }
    }

    protected override void PostStop()
    {
        _publisher.Buffer.GiveBack(_underWay);
        _underWay.Clear();
        base.PostStop();
    }

    private static string CauseOf(Exception error)
    {
        const int Longest = 300;
        var root = error.GetBaseException();
        // What a database or the network says is told. Other exceptions may have anything in them.
        var text = root is System.Data.Common.DbException or IOException or System.Net.Sockets.SocketException or TimeoutException
            ? $"{root.GetType().Name}: {root.Message.ReplaceLineEndings(" ")}"
            : root.GetType().Name;
        return text.Length <= Longest ? text : text[..Longest];
    }

    /// <summary>The journal has been read. A first event says that this process goes on, and marks what must not be sent again.</summary>
    private void Begin()
    {
        if (_reading.ReadThrough < LastSequenceNr)
        {
            // The last event is never deleted. Whoever went on from here would lose what is in the events that did not come.
            Fail(ReplayFilter.Dropped(_publisher.Settings.Durability.Journal, _reading.ReadThrough + 1, LastSequenceNr));
            Context.Stop(Self);
            return;
        }

        if (_reading.Complete(LastSequenceNr) is { } lost)
        {
            _publisher.Lost(lost);
            return;
        }

        if (_reading.Damaged.Count > 0)
        {
            var damaged = _reading.Damaged.Select(static one => one.Event).ToList();
            Context.ActorOf(Props.Create(() => new DamagedEvents(_publisher, damaged)).WithDeploy(Deploy.Local), "damaged");
            return;
        }

        Claim();
    }

    private void Claim()
    {
        var mark = _publisher.Buffer.TakeMarkToBegin();
        _underWay.Enqueue(mark);
        Persist(EncodeMark(mark), _ =>
        {
            OnMarked(mark);
            _up = true;
            _publisher.Up();
            ArmMark();
            Pump();
        });
    }

    /// <summary>
    /// Writes what is due when the answers to all events of one write have been taken in. What is given to the journal at the first of
    /// them would be written alone, and everything behind it a write later.
    /// </summary>
    private void PumpSoon()
    {
        if (!_pumpsSoon)
        {
            _pumpsSoon = true;
            Self.Tell(JournalDue.Instance);
        }
    }

    /// <summary>Writes what is due.</summary>
    private void Pump()
    {
        if (!_up || _deleting)
        {
            return;
        }

        // A deletion waits for what is under way, and the next pages wait for the deletion: SQLite locks the whole file for either, and in
        // PostgreSQL a deletion beside writes took six times as long.
        var turn = _mostOfATurn;
        while ((_deletesLater || !_kept.AreDeletable(DeletedTogether)) && _publisher.Buffer.TakePage(_page) is { } mark)
        {
            if (_page.Bytes == 0)
            {
                // All of it had ended: there is nothing to keep.
                _publisher.Buffer.GiveBack([mark]);
                _publisher.Written(_page.ThroughSequence, mark with { EndedBytes = 0, EndedSentBytes = 0 });
                continue;
            }

            Write(mark);
            if (--turn == 0)
            {
                PumpSoon();
                return;
            }
        }

        if (_underWay.Count == 0)
        {
            if (_publisher.Buffer.IsMarkDue)
            {
                WriteMark();
            }

            Delete(DeletedTogether);
        }
    }

    private void Write(Mark mark)
    {
        var (through, behind) = (_page.ThroughSequence, _publisher.LastPaged);
        _publisher.LastPaged = through;
        _underWay.Enqueue(mark);
        PersistAsync(Encode(_page, mark, behind), _ =>
        {
            _underWay.Dequeue();
            _publisher.WrittenThrough = LastSequenceNr;
            _kept.Add(LastSequenceNr, through);
            _kept.Marked(LastSequenceNr, mark.ThroughSequence);
            _publisher.Written(through, mark);
            ArmMark();
            PumpSoon();
        });
    }

    private void OnMarkDue()
    {
        if (_up && !_deleting && _underWay.Count == 0)
        {
            WriteMark();
            Delete(DeletedAtRest);
        }

        if (_publisher.Buffer.IsMarked() && _underWay.Count == 0 && !_deleting)
        {
            Timers.Cancel(MarkTimer);
        }
    }

    /// <summary>What has been written will end, and has to be marked then.</summary>
    private void ArmMark()
    {
        if (!Timers.IsTimerActive(MarkTimer))
        {
            Timers.StartPeriodicTimer(MarkTimer, MarkDue.Instance, _publisher.Settings.Durability.MarkDelay);
        }
    }

    private void WriteMark()
    {
        if (_publisher.Buffer.TakeMark() is not { } mark)
        {
            return;
        }

        _underWay.Enqueue(mark);
        PersistAsync(EncodeMark(mark), _ =>
        {
            OnMarked(mark);
            PumpSoon();
        });
    }

    /// <summary>An event with nothing but a mark is in the journal.</summary>
    private void OnMarked(Mark mark)
    {
        _underWay.Dequeue();
        _publisher.WrittenThrough = LastSequenceNr;
        _kept.Marked(LastSequenceNr, mark.ThroughSequence);
        _publisher.Written(mark);
    }

    private void Delete(int atLeast)
    {
        if (_underWay.Count == 0 && !_deletesLater && _kept.TakeDeletable(atLeast) is { } through)
        {
            _deleting = true;
            DeleteMessages(through);
        }
    }

    private byte[] EncodeMark(Mark mark) => Encode(null, mark, _publisher.LastPaged);

    private byte[] Encode(Page? page, Mark mark, long behind) => Entry.Encode(
        page, mark, _publisher.Buffer.InboxId, _publisher.Buffer.AckInbox ?? "", _publisher.Instance, behind, _publisher.Buffer.DurableThrough,
        _publisher.Time.GetUtcNow().ToUnixTimeMilliseconds(), _publisher.Clock.Now());

    private void Fail(string cause)
    {
        Abandon();
        _publisher.Failed(cause);
    }

    private void Abandon()
    {
        _up = false;
        _publisher.Buffer.GiveBack(_underWay);
        _underWay.Clear();
    }

    private sealed class DeleteDue : INoSerializationVerificationNeeded
    {
        public static DeleteDue Instance { get; } = new();
    }

    private sealed class MarkDue : INoSerializationVerificationNeeded
    {
        public static MarkDue Instance { get; } = new();
    }
}
