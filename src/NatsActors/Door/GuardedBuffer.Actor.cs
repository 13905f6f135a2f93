using Akka.Actor;
using NatsActors.Buffer;

namespace NatsActors.Door;

/// <summary>The sections of the buffer actor's work for senders: who waits, what ends, what is told.</summary>
internal sealed partial class GuardedBuffer
{
    private readonly Dictionary<UndeliveredReason, (long Count, string? Detail)> _unclaimed = [];
    private readonly List<IActorRef?> _drainAskers = [];
    private long? _drainDeadline;
    private bool _drainJoined;
    private bool _flushJoined;
    private long _droppedTold;
    private bool _unclaimedArmed;
    private Drained? _result;

    /// <summary>The account of the publisher once it has ended; null before.</summary>
    public Drained? Result => Volatile.Read(ref _result);

    /// <summary>When the drain that runs has to end; null without one.</summary>
    public long? DrainDeadline
    {
        get
        {
            lock (_gate)
            {
                return _result is null ? _drainDeadline : null;
            }
        }
    }

    /// <summary>The buffer actor starts, or has seen a wake-up: from here on it looks at everything.</summary>
    public void Woken()
    {
        lock (_gate)
        {
            _wakeSent = _lineJoined = _capacityDue = _flushJoined = _drainJoined = false;
        }
    }

    /// <summary>The buffer actor starts: nothing is known of a link or a timer.</summary>
    public void Attach()
    {
        lock (_gate)
        {
            _hungry = _unclaimedArmed = false;
            _armedExpiry = long.MaxValue;
        }
    }

    /// <summary>Does one slice of a sweep; true when more is left.</summary>
    public bool Advance(Sweep sweep)
    {
        lock (_gate)
        {
            return _outbox.Advance(sweep);
        }
    }

    /// <summary>Gives back a part of the memory that frames which have ended hold; true when more is left.</summary>
    public bool CompactSlice()
    {
        lock (_gate)
        {
            return Buffer.CompactSlice();
        }
    }

    /// <summary>Begins to end queued messages that a purge covers.</summary>
    public Sweep StartPurge(PassedPurge purge) => _outbox.StartPurge(purge.Purge.SubjectFilter, purge.ThroughSequence);

    /// <summary>Begins to end what has expired; null when nothing has.</summary>
    public Sweep? StartExpiry(long now)
    {
        // Read beside the lock: a deadline that is added in this moment has a timer of its own.
        if (_outbox.NextDeadline > now || (IsDurable && !IsRestored))
        {
            return null;
        }

        lock (_gate)
        {
            return _outbox.StartExpiry(now);
        }
    }

    /// <summary>The time of the next expiry when no timer is set for it yet; null when one is, or nothing expires.</summary>
    /// <param name="fired">The timer that was set has fired.</param>
    public long? TakeExpiryToArm(bool fired)
    {
        lock (_gate)
        {
            _armedExpiry = fired ? long.MaxValue : _armedExpiry;
            return _outbox.NextDeadline < _armedExpiry ? _armedExpiry = _outbox.NextDeadline : null;
        }
    }

    /// <summary>
    /// The oldest purge that waits; it stays until <see cref="Purged"/>, so that a crash of the actor does not lose it. Null while the
    /// journal has not been read: a message that has been put back may have ended, as a later event says.
    /// </summary>
    public PassedPurge? NextPurge()
    {
        lock (_gate)
        {
            return IsWhole && _commands.TryPeek(out var command) ? command : null;
        }
    }

    /// <summary>The oldest purge has been answered.</summary>
    public void Purged()
    {
        lock (_gate)
        {
            _commands.TryDequeue(out _);
        }
    }

    /// <summary>Gives the first who waits for room as much as there is, section by section.</summary>
    /// <param name="admitted">Who gets the reply.</param>
    /// <param name="reply">The reply that is due; null when there is none yet.</param>
    /// <returns>False when the first waits on, or nobody does.</returns>
    public bool Admit(out WaitingPublish? admitted, out object? reply)
    {
        lock (_gate)
        {
            reply = null;
            if (!_waiting.TryFirst(out admitted) || (_journal == JournalState.Recovering && _intake.Ended is null))
            {
                return false;
            }

            if (_intake.Ended is null && admitted.Next < admitted.Messages.Length && admitted.HasGap(Buffer.NextSequence))
            {
                reply = _waiting.Leave().Reply(Refuse(BufferLimit.Waiters, admitted.Left));
                return true;
            }

            // After the end nothing is admitted, and the end must not fail of a clock that does.
            var now = _intake.Ended is null ? _clock.Now() : 0;
            for (var taken = 0; admitted.Next < admitted.Messages.Length; taken++)
            {
                if (taken == BatchSection)
                {
                    return true;
                }

                if (!Admit(admitted, now, out var rejected, out var limit))
                {
                    if (rejected is null && Waits)
                    {
                        return false;
                    }

                    _outbox.Ledger.Rejected += rejected is null ? 0 : 1;
                    reply = _waiting.Leave().Reply((PublishReply?)rejected ?? Refuse(limit, admitted.Left));
                    return true;
                }
            }

            _outbox.Ledger.Rejected += admitted.Unreadable is null ? 0 : 1;
            reply = _waiting.Leave().Reply(admitted.Unreadable);
            return true;
        }
    }

    /// <summary>Takes the first who has waited for too long.</summary>
    public (WaitingPublish Waiting, object Reply)? TakeOverdue()
    {
        lock (_gate)
        {
            if (_intake.Ended == RejectReason.Closed || !_waiting.TryFirst(out var first) || first.Deadline > _clock.Now())
            {
                return null;
            }

            var overdue = _waiting.Leave();
            return (overdue, overdue.Reply(Refuse(BufferLimit.WaitTimeout, overdue.Left)));
        }
    }

    /// <summary>When the first who waits for room gives up; null when nobody waits.</summary>
    public long? WaitDeadline()
    {
        lock (_gate)
        {
            return _waiting.TryFirst(out var first) ? first.Deadline : null;
        }
    }

    /// <summary>Takes the flushes that have an answer.</summary>
    /// <returns>The earliest deadline of the others; <see cref="long.MaxValue"/> for none.</returns>
    public long TakeFlushes(List<(IActorRef? Asker, object Reply)> answers)
    {
        lock (_gate)
        {
            _tellings.Forget();
            return TakeFlushes(_clock.Now(), answers);
        }
    }

    /// <summary>
    /// Whether anybody waits for what has just changed: for room, for an outcome, for a flush, for a drain, or for news of the
    /// buffer's fill. One section that mostly says no saves a busy link a dozen.
    /// </summary>
    /// <param name="trimming">Whether spare memory is let go of already.</param>
    public bool NeedsRelief(bool trimming)
    {
        lock (_gate)
        {
            return _waiting.Count > 0 || _flushes.Count > 0 || _drainDeadline is not null || _overflowBegan is not null || _capacityDue
                || _pressure.HasNews || (_refused.Any && HasRoom) || CapacityOwed || _outbox.HasEnded || (_unclaimed.Count > 0 && !_unclaimedArmed)
                || _outbox.NextDeadline < _armedExpiry || (!trimming && Buffer.HasExcessSpares);
        }
    }

    /// <summary>Takes what the event stream has to hear of the buffer's fill, and those who hear of capacity.</summary>
    public PressureNotices TakeNotices()
    {
        lock (_gate)
        {
            var began = _overflowBegan;
            _overflowBegan = null;
            var high = _pressure.CrossedHigh();
            var ended = _pressure.Relieved(out var refused, out var dropped);
            IReadOnlyCollection<IActorRef> hear = HasRoom ? _refused.Take() : [];
            _needed = hear.Count > 0 ? 0 : _needed;
            return new PressureNotices(
                began, high, Buffer.Messages, Buffer.Bytes, ended ? (refused, dropped) : null, hear,
                Buffer.MaxMessages - Buffer.Messages, Buffer.MaxBytes - Buffer.Bytes);
        }
    }

    /// <summary>Whether undelivered messages wait to be told of for which no timer is set yet; true once until they are taken.</summary>
    public bool TakeUnclaimedToArm()
    {
        lock (_gate)
        {
            var arm = _unclaimed.Count > 0 && !_unclaimedArmed;
            _unclaimedArmed |= arm;
            return arm;
        }
    }

    /// <summary>Takes the undelivered messages that nobody asked for, by reason.</summary>
    public IReadOnlyList<(UndeliveredReason Reason, long Count, string? Detail)> TakeUnclaimed()
    {
        lock (_gate)
        {
            var unclaimed = _unclaimed.Select(each => (each.Key, each.Value.Count, each.Value.Detail)).ToList();
            _unclaimed.Clear();
            _unclaimedArmed = false;
            return unclaimed;
        }
    }

    /// <summary>Lets go of spare memory, step by step.</summary>
    /// <returns>Whether there is more to let go of.</returns>
    public bool TrimSpares(bool all = false)
    {
        lock (_gate)
        {
            if (all)
            {
                Buffer.DropSpares();
            }
            else
            {
                Buffer.TrimSpares();
            }

            return Buffer.HasExcessSpares;
        }
    }

    public bool HasExcessSpares
    {
        get
        {
            lock (_gate)
            {
                return Buffer.HasExcessSpares;
            }
        }
    }

    /// <summary>A journal, if there is one, has been read: what the process before has left is in the buffer.</summary>
    private bool IsWhole => !IsDurable || _restored;

    private bool Admit(WaitingPublish waiting, long now, out Rejected? rejected, out BufferLimit limit)
    {
        limit = default;
        var message = waiting.Atomic is { } atomic ? Incoming.Of(atomic) : Incoming.Of(waiting.Messages[waiting.Next], null);
        rejected = Shut ?? waiting.Pending?.Failure ?? _intake.Check(message);
        var sequence = rejected is not null ? 0 : _intake.Accept(
            message, _intake.Measure(message), waiting.Shared ?? (object?)waiting.Tickets?[waiting.Next], behindOthers: false, now, out rejected, out limit);
        if (sequence == 0)
        {
            Need(rejected is null ? _intake.LastSize : 0);
            return false;
        }

        if (IsDurable)
        {
            Pend(waiting.Pending ??= new PendingReply(waiting.Sender), new SequenceRange(sequence, sequence));
        }

        waiting.Next++;
        waiting.FirstSequence = waiting.Accepted++ == 0 ? sequence : waiting.FirstSequence;
        return true;
    }
}
