namespace NatsActors.Door;

/// <summary>What room is, and the sections of tasks that wait for it.</summary>
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

    private void Need(int size) => _needed = Math.Max(_needed, size);
}
