using Akka.Actor;
using NatsActors.Buffer;

namespace NatsActors.Door;

/// <summary>What the journal of a publisher does.</summary>
internal enum JournalState
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>It is read for the first time: what comes in waits in the line.</summary>
    Recovering,

    /// <summary>It takes messages.</summary>
    Up,

    /// <summary>It has failed: what comes in is rejected.</summary>
    Down,
}

/// <summary>
/// The sections of the journal's work. With a journal an accepted message has no reply until its page is written, and no link takes it
/// before. The journal's actor takes pages and marks, one at a time, and says what became of them.
/// </summary>
internal sealed partial class GuardedBuffer
{
    /// <summary>Replies that are looked at in one section.</summary>
    private const int ReplySection = 1024;

    private readonly Queue<(PendingReply Reply, long Last)> _pending = new();
    private JournalState _journal;
    private Rejected? _journalDown;
    private long? _journalDownSince;
    private bool _restored;
    private bool _claimed;
    private bool _journalWakeSent;
    // The link would take more than may be sent before the next mark.
    private bool _awaitsMark;
    // What the journal does not have, until it has been taken out.
    private SequenceRange? _withdrawing;
    private long _pagedThrough;
    private int _pagesUnderWay;
    private long _markedBytes;
    private long _markedSentBytes;

    /// <summary>Messages get their reply when the journal has them.</summary>
    public bool IsDurable => _journal != JournalState.None;

    /// <summary>A reply may come later than the call.</summary>
    public bool RepliesLater => IsDurable || Waits;

    /// <summary>The messages that are in the journal have been put back.</summary>
    public bool IsRestored => Volatile.Read(ref _restored);

    /// <summary>This publisher has claimed the journal: a link may send what it holds.</summary>
    public bool IsClaimed => Volatile.Read(ref _claimed);

    /// <summary>Whether the journal takes messages; null without one.</summary>
    public bool? JournalUp => IsDurable ? _journal == JournalState.Up : null;

    /// <summary>Messages that wait for the journal, for metrics.</summary>
    public long UndurableMessages => Buffer.UndurableMessages;

    /// <summary>The last sequence that a link may take: the journal has every message up to it, or the message has ended.</summary>
    public long DurableThrough
    {
        get
        {
            lock (_gate)
            {
                return Buffer.DurableThrough;
            }
        }
    }

    /// <summary>What the PubAcks of a journal's messages come to, in every process: the end of <see cref="AckInbox"/>.</summary>
    public string InboxId => _intake.InboxId;

    /// <summary>Messages answered <see cref="Ack"/>, for metrics.</summary>
    public long Accepted
    {
        get
        {
            if (!IsDurable)
            {
                return Ledger.Accepted;
            }

            lock (_gate)
            {
                // While the journal is read, messages are put back that a later event takes out again.
                return _restored ? Ledger.Accepted - Ledger.Withdrawn - Buffer.UndurableMessages : 0;
            }
        }
    }

    /// <summary>Wire bytes that were sent and have ended, and a crash would send again.</summary>
    private long UnmarkedBytes => Buffer.EndedSentBytes - _markedSentBytes;

    private bool HasUnmarked => IsDurable && (Buffer.EndedBytes > _markedBytes || Buffer.HasEndedRanges);

    /// <summary>Whether the journal's actor has something to do that it does not know of; true once until it has looked.</summary>
    public bool TryWakeJournal()
    {
        lock (_gate)
        {
            var wake = _journal == JournalState.Up && !_journalWakeSent && (IsPageDue || MarkDue);
            _journalWakeSent |= wake;
            return wake;
        }
    }

    /// <summary>Copies the next page for the journal, with the mark that goes with it.</summary>
    /// <returns>The mark; null when no page is due.</returns>
    public Mark? TakePage(Page page)
    {
        lock (_gate)
        {
            _journalWakeSent = false;
            if (_journal != JournalState.Up || !IsPageDue)
            {
                return null;
            }

            Buffer.ReadPage(_pagedThrough, _settings.Durability.PageBytes, page);
            if (page.Bytes == 0 && _pagesUnderWay > 0)
            {
                // What came in has ended. The replies wait for those before them.
                return null;
            }

            _pagedThrough = page.ThroughSequence;
            _pagesUnderWay++;
            return Buffer.TakeMark();
        }
    }

    /// <summary>The oldest page that is under way is in the journal.</summary>
    /// <param name="throughSequence">The <see cref="Page.ThroughSequence"/> of the page.</param>
    /// <param name="mark">The mark that went with it.</param>
    /// <param name="replies">The replies that are due.</param>
    /// <returns>
    /// A number for <see cref="RepliesTold"/>, because flushes wait for the replies, which bring the outcomes of their messages; null without
    /// replies.
    /// </returns>
    public long? PageWritten(long throughSequence, Mark mark, List<PendingReply> replies)
    {
        lock (_gate)
        {
            if (_journal != JournalState.Up)
            {
                return null;
            }

            _pagesUnderWay--;
            Buffer.AdvanceDurable(throughSequence);
            Marked(mark);
            while (_pending.TryPeek(out var first) && first.Last <= throughSequence)
            {
                _pending.Dequeue();
                if (first.Reply.Leaves())
                {
                    replies.Add(first.Reply);
                }
            }

            return replies.Count > 0 ? _tellings.Begin() : null;
        }
    }

    /// <summary>The replies of a page have been told.</summary>
    public void RepliesTold(long telling)
    {
        lock (_gate)
        {
            _flushJoined |= _tellings.End(telling);
        }
    }

    /// <summary>The journal has been read: what a process before has left is put back, and this process goes on with its inbox.</summary>
    public void AdoptInbox(string inboxId)
    {
        lock (_gate)
        {
            _intake.InboxId = inboxId;
        }
    }

    /// <summary>Puts a message of the journal back.</summary>
    public void Restore(Span<byte> frame, in PageFrame entry, OutcomeTicket? ticket)
    {
        lock (_gate)
        {
            if (entry.Sequence < Buffer.NextSequence || _intake.Ended == RejectReason.Closed)
            {
                // A reading before this one was cut short, or the publisher ended before this one: the next publisher takes the message up.
                return;
            }

            _intake.NoteRestored(frame);
            _outbox.Restore(frame, entry.Sequence, entry.AcceptedAt, entry.TimeToLive, ticket);
        }
    }

    /// <summary>Begins to take messages out that have no outcome to be told.</summary>
    public static Sweep StartWithdrawal(IReadOnlyList<SequenceRange> ranges) => Outbox.StartWithdrawal(ranges);

    /// <summary>Everything that the journal has is in the buffer.</summary>
    /// <param name="throughSequence">The last sequence that was ever given away.</param>
    public (long Messages, long Bytes) Restored(long throughSequence)
    {
        lock (_gate)
        {
            Buffer.Restored(throughSequence);
            _pagedThrough = Buffer.NextSequence - 1;
            for (var waiting = _commands.Count; waiting > 0; waiting--)
            {
                // Nothing has been accepted meanwhile: a purge or a flush that passed the door covers all that the process before has left.
                _commands.Enqueue(_commands.Dequeue() with { ThroughSequence = _pagedThrough });
            }

            _flushes.CoverThrough(_pagedThrough);
            Volatile.Write(ref _restored, true);
            return (Buffer.Messages, Buffer.Bytes);
        }
    }

    /// <summary>The journal takes messages, from now on.</summary>
    /// <returns>How long it did not.</returns>
    public TimeSpan OpenJournal()
    {
        lock (_gate)
        {
            var since = TimeSpan.FromMilliseconds(_clock.Now() - (_journalDownSince ?? 0));
            if (_journal is JournalState.Recovering or JournalState.Down && _withdrawing is null && _intake.Ended != RejectReason.Closed)
            {
                (_journal, _journalDown, _journalDownSince) = (JournalState.Up, null, null);
                Volatile.Write(ref _claimed, true);
                _lineJoined = true;
            }

            return since;
        }
    }

    /// <summary>
    /// The journal has failed. From here on nothing is accepted, so that <see cref="StartWithdrawal(IReadOnlyList{SequenceRange})"/> can
    /// take out what it does not have.
    /// </summary>
    /// <param name="cause">What tellers are told.</param>
    /// <param name="isNewer">A cause of before is replaced.</param>
    /// <returns>
    /// The sequences that it does not have, until <see cref="TakeFailed"/> has given all replies, so that a withdrawal which was cut short is
    /// done by the next; null when it had failed before.
    /// </returns>
    public SequenceRange? JournalFailed(Rejected cause, bool isNewer)
    {
        lock (_gate)
        {
            if (_journal is JournalState.Recovering or JournalState.Up)
            {
                (_journal, _journalDown, _lineJoined) = (JournalState.Down, cause, true);
                _withdrawing = new SequenceRange(Buffer.DurableThrough + 1, Buffer.NextSequence - 1);
                // Last: a clock may fail.
                _journalDownSince ??= _clock.Now();
            }
            else if (isNewer && _journal == JournalState.Down)
            {
                _journalDown = cause;
            }

            return _withdrawing;
        }
    }

    /// <summary>What a withdrawal that was cut short has left to take out, and its cause; null for nothing.</summary>
    public (SequenceRange Missing, Rejected Cause)? Unfinished
    {
        get
        {
            lock (_gate)
            {
                return _withdrawing is { } missing && _journalDown is { } cause ? (missing, cause) : null;
            }
        }
    }

    /// <summary>What the journal does not have has been taken out: gives replies that are due, section by section.</summary>
    /// <returns>True when there are more.</returns>
    public bool TakeFailed(SequenceRange withdrawn, Rejected cause, List<PendingReply> replies)
    {
        lock (_gate)
        {
            if (_withdrawing is null)
            {
                // Another thread has finished: what is pending now came in afterwards.
                return false;
            }

            for (var i = 0; i < ReplySection && _pending.TryDequeue(out var first); i++)
            {
                first.Reply.Fail(cause, withdrawn.First - 1);
                if (first.Reply.Leaves())
                {
                    Ledger.Rejected += first.Reply.IsRejectedAfterAll ? 1 : 0;
                    replies.Add(first.Reply);
                }
            }

            if (_pending.Count > 0)
            {
                return true;
            }

            Buffer.AdvanceDurable(withdrawn.Last);
            _pagedThrough = Math.Max(_pagedThrough, withdrawn.Last);
            _pagesUnderWay = 0;
            _withdrawing = null;
            // The wake-up of the failure may have been seen while messages were still there: flushes and drains are looked at again.
            _lineJoined = true;
            return false;
        }
    }

    /// <summary>The reply to a batch, or to messages of the line, is made.</summary>
    /// <returns>True when the caller tells it now; false when the journal's actor tells it.</returns>
    public bool Make(PendingReply pending, object reply, Action<PublishDoor, long> answered)
    {
        lock (_gate)
        {
            pending.Make(reply, answered);
            Ledger.Rejected += !pending.IsQueued && pending.IsRejectedAfterAll ? 1 : 0;
            return !pending.IsQueued;
        }
    }

    private bool MarkDue => _journal == JournalState.Up && _pagesUnderWay == 0
        && (UnmarkedBytes >= _settings.Durability.MarkBytes / 4 || (_drainDeadline is not null && Buffer.Messages == 0 && HasUnmarked));

    private bool IsPageDue => _pagesUnderWay == 0
        ? Buffer.NextSequence - 1 > _pagedThrough
        : _pagesUnderWay < _settings.Durability.PagesInFlight && Buffer.UnpagedBytes >= _settings.Durability.PageBytes;

    /// <summary>The most bytes that may be sent now, so that a crash sends no more than mark-bytes twice.</summary>
    private long MarkAllowance => IsDurable
        ? Math.Max(0, _settings.Durability.MarkBytes - UnmarkedBytes - Buffer.InFlightBytes)
        : long.MaxValue;

    private void Marked(Mark mark)
    {
        _markedBytes = Math.Max(_markedBytes, mark.EndedBytes);
        _markedSentBytes = Math.Max(_markedSentBytes, mark.EndedSentBytes);
        _hungry |= _awaitsMark;
        _awaitsMark = false;
        _drainJoined |= _drainDeadline is not null;
    }

    /// <summary>Accepted messages wait for the journal.</summary>
    private void Pend(PendingReply pending, SequenceRange messages)
    {
        pending.Add(messages);
        _pending.Enqueue((pending, messages.Last));
    }

    /// <summary>One accepted message waits for the journal.</summary>
    private void Pend(in Incoming message, OutcomeTicket? ticket, IActorRef? sender, long sequence)
    {
        if (sender is null && ticket is null)
        {
            return;
        }

        var pending = new PendingReply(sender);
        pending.Make(
            message.Batch is { } batch
                ? new BatchReply(batch.Messages, sequence, null) { CorrelationId = batch.Command.CorrelationId }
                : new Ack(sequence) { CorrelationId = message.CorrelationId },
            (door, through) => ticket?.Answered(door, through));
        Pend(pending, new SequenceRange(sequence, sequence));
    }
}
