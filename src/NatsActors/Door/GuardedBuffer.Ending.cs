using Akka.Actor;
using NatsActors.Buffer;

namespace NatsActors.Door;

/// <summary>The sections of a drain and of the publisher's end.</summary>
internal sealed partial class GuardedBuffer
{
    private CloseSweep? _close;
    private bool _drainTold;
    private string? _endCause;
    // The last event has been raised, and the account answers commands.
    private bool _closedTold;

    /// <summary>The publisher has ended, and its last event has been raised: nothing is left to do.</summary>
    public bool IsOver => Volatile.Read(ref _closedTold);

    /// <summary>Whether a drain runs that nobody has been told of; true once.</summary>
    public bool TakeDrainBegan(out long messages)
    {
        lock (_gate)
        {
            messages = Buffer.Messages;
            var began = _drainDeadline is not null && !_drainTold && _result is null;
            _drainTold |= began;
            return began;
        }
    }

    /// <summary>Why the publisher has ended, or ends; null when nobody has said so.</summary>
    public string? EndCause
    {
        get
        {
            lock (_gate)
            {
                return _endCause;
            }
        }
    }

    /// <summary>Whether a drain has nothing left to wait for, or an end was cut short.</summary>
    public bool IsEndDue()
    {
        lock (_gate)
        {
            return !_closedTold && (_intake.Ended == RejectReason.Closed
                || (_drainDeadline is { } deadline
                    && ((Buffer.Messages == 0 && IsSettled && AreOutcomesTold) || deadline <= _clock.Now())));
        }
    }

    /// <summary>The end begins: from here on nothing is accepted.</summary>
    /// <param name="cause">
    /// Why, when nobody asked for the end, for the answers to later messages too. The first cause stays, also when the end is cut short
    /// and goes on.
    /// </param>
    /// <returns>False when it is over already.</returns>
    public bool BeginEnd(string? cause)
    {
        lock (_gate)
        {
            if (_closedTold)
            {
                return false;
            }

            _endCause ??= cause;
            _intake.Ended = RejectReason.Closed;
            Buffer.KeepWhatEnds();
            _refused.Take();
            return true;
        }
    }

    /// <summary>Begins to end everything that is in the buffer, or goes on with that.</summary>
    public CloseSweep StartClose()
    {
        lock (_gate)
        {
            return _close ??= _outbox.StartClose();
        }
    }

    /// <summary>Everything has its outcome: the account is made, once.</summary>
    public Drained End()
    {
        lock (_gate)
        {
            if (_result is null)
            {
                Volatile.Write(ref _result, new Drained(_outbox.Ledger.Totals(Buffer), _close?.Undelivered ?? []));
                _report = _report with { State = ConnectionState.Closed, Server = null };
                Buffer.DropSpares();
            }

            return _result;
        }
    }

    /// <summary>
    /// The last event has been raised: gives those who wait for an answer. Commands are answered at the door from here on, and not before,
    /// so that nobody who has an answer misses the last event.
    /// </summary>
    /// <returns>False when somebody else has taken the answers.</returns>
    public bool TakeAnswers(List<(IActorRef? Asker, object Reply)> answers)
    {
        lock (_gate)
        {
            if (_closedTold || _result is null)
            {
                return false;
            }

            TakeFlushes(long.MaxValue, answers);
            answers.AddRange(_commands.Select(command => (command.Sender, (object)new Purged(0))));
            answers.AddRange(_drainAskers.Select(asker => (asker, (object)_result)));
            _commands.Clear();
            _drainAskers.Clear();
            return _closedTold = true;
        }
    }

    /// <summary>A journal, if there is one, has been read and has marked what has ended.</summary>
    private bool IsSettled => !IsDurable || (_restored && _pending.Count == 0 && !HasUnmarked);

    private void BeginDrain(long deadline)
    {
        _intake.Ended ??= RejectReason.Draining;
        _drainDeadline = Math.Min(_drainDeadline ?? long.MaxValue, deadline);
        _drainJoined = true;
    }
}
