using Akka.Actor;

namespace NatsActors.Door;

/// <summary>What room is, and the sections of messages and tasks that wait for it.</summary>
internal sealed partial class GuardedBuffer
{
    private readonly CapacityLine _capacityLine = new();

    // Wire bytes of the largest message that was refused since room was told of.
    private long _needed;

    /// <summary>
    /// The buffer is below its low watermark, nobody waits in the line, and the largest message that was refused fits. Below the watermark
    /// alone a large message would be refused again at once, and its sender would be told of room at once, again and again.
    /// </summary>
    private bool HasRoom => _pressure.BelowLow && _waiting.Count == 0 && Buffer.Bytes + _needed <= Buffer.MaxBytes;

    /// <summary>Somebody waits for room who is owed an answer now.</summary>
    private bool CapacityOwed => _capacityLine.Any && (HasRoom || _intake.Ended is not null);

    /// <summary>A message must not be accepted now: others wait in the line, or the journal is being read.</summary>
    private bool MustWait => _waiting.Count > 0 || _journal == JournalState.Recovering;

    /// <summary>A message that cannot be accepted now may join the line.</summary>
    public bool MayWait => Waits || (IsDurable && MustWait);

    /// <summary>Whether a message may wait for room.</summary>
    public bool Waits => _settings.Buffer.Overflow == OverflowPolicy.Wait;

    /// <summary>When a wait for room that begins now ends.</summary>
    public long WaitDeadlineFromNow() => _clock.After(_settings.Buffer.WaitTimeout);

    /// <summary>
    /// The rest of a batch hit a limit: it waits for room, or is refused. Reading the rest took its time, in which the publisher may
    /// have ended: then nobody would serve it in the line.
    /// </summary>
    /// <returns>The refusal; null when the rest waits.</returns>
    public PublishReply? WaitOrRefuse(WaitingPublish rest, BufferLimit limit)
    {
        lock (_gate)
        {
            if (Shut is { } shut)
            {
                return Reject(shut, null);
            }

            if (_waiting.HasRoom(_settings.Buffer, rest.Messages.Length, rest.Bytes))
            {
                Wait(rest, limit);
                return null;
            }

            return Refuse(BufferLimit.Waiters, rest.Left);
        }
    }

    /// <summary>A task wants to wait for room.</summary>
    /// <param name="waiter">The task.</param>
    /// <param name="ended">Why there will be no room; null when there is room, or the task waits.</param>
    /// <returns>True when the task waits.</returns>
    public bool AwaitCapacity(CapacityWaiter waiter, out Rejected? ended)
    {
        lock (_gate)
        {
            ended = _intake.Ended is { } reason ? Refusal(reason) : null;
            if (ended is not null || HasRoom)
            {
                _needed = 0;
                return false;
            }

            _capacityLine.Join(waiter);
            return true;
        }
    }

    /// <summary>The task does not wait any more.</summary>
    public void LeaveCapacityLine(CapacityWaiter waiter)
    {
        lock (_gate)
        {
            _capacityLine.Leave(waiter);
        }
    }

    /// <summary>Takes the tasks that are owed an answer.</summary>
    /// <param name="ended">Why there will be no room; null when there is room.</param>
    public IReadOnlyCollection<CapacityWaiter> TakeCapacityWaiters(out Rejected? ended)
    {
        lock (_gate)
        {
            ended = _intake.Ended is { } reason ? Refusal(reason) : null;
            if (!CapacityOwed)
            {
                return [];
            }

            _needed = 0;
            return _capacityLine.Take();
        }
    }

    private bool TryWait(Publish original, in Incoming read, OutcomeTicket? ticket, IActorRef? sender, ref BufferLimit limit)
    {
        if (!MayWait)
        {
            return false;
        }

        // The copy is made before the size is taken: the caller's own list may have changed since it was read.
        var message = read.Headers is null || read.Batch is not null ? original : original with { Headers = [.. read.Headers] };
        var bytes = OwnedMessage.WireBytes(message) + (read.Batch?.Frames.Length ?? 0);
        if (!_waiting.HasRoom(_settings.Buffer, 1, bytes))
        {
            limit = BufferLimit.Waiters;
            return false;
        }

        Wait(
            new WaitingPublish(read.Batch?.Command, [message], ticket is null ? null : [ticket], sender, WaitDeadlineFromNow())
            {
                Bytes = bytes,
                Atomic = read.Batch,
            },
            limit);
        return true;
    }

    private void Wait(WaitingPublish waiting, BufferLimit limit)
    {
        if (Waits)
        {
            NoteOverflow(limit, 0, 0);
        }

        _waiting.Join(waiting);
        _lineJoined = true;
    }

    private void Need(int size) => _needed = Math.Max(_needed, size);
}
