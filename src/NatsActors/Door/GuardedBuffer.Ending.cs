using Akka.Actor;
using NatsActors.Buffer;

namespace NatsActors.Door;

/// <summary>The sections of a drain and of the publisher's end.</summary>
internal sealed partial class GuardedBuffer
{
    private CloseSweep? _close;
    private bool _drainTold;

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

    /// <summary>Whether a drain has nothing left to wait for.</summary>
    public bool IsDrained()
    {
        lock (_gate)
        {
            return _result is null && _drainDeadline is { } deadline && ((Buffer.Messages == 0 && IsSettled) || deadline <= _clock.Now());
        }
    }

    /// <summary>The end begins: from here on nothing is accepted.</summary>
    /// <returns>False when it is over already.</returns>
    public bool BeginEnd()
    {
        lock (_gate)
        {
            if (_result is not null)
            {
                return false;
            }

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

    /// <summary>Everything has its outcome: the publisher has ended. Gives those who wait for an answer.</summary>
    /// <returns>The account; null when somebody else has ended the publisher meanwhile.</returns>
    public Drained? End(List<(IActorRef? Asker, object Reply)> answers)
    {
        lock (_gate)
        {
            if (_result is not null)
            {
                return null;
            }

            Volatile.Write(ref _result, new Drained(_outbox.Ledger.Totals(Buffer), _close?.Undelivered ?? []));
            _report = _report with { State = ConnectionState.Closed, Server = null };
            Buffer.DropSpares();
            _flushes.Take(Buffer, long.MaxValue, answers);
            answers.AddRange(_commands.Select(command => (command.Sender, (object)new Purged(0))));
            answers.AddRange(_drainAskers.Select(asker => (asker, (object)_result!)));
            _commands.Clear();
            _drainAskers.Clear();
            return _result!;
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
