namespace NatsActors.Door;

/// <summary>The sections of tasks that wait for room.</summary>
internal sealed partial class GuardedBuffer
{
    private readonly CapacityLine _capacityLine = new();

    /// <summary>Somebody waits for room who is owed an answer now.</summary>
    private bool CapacityOwed => _capacityLine.Any && (_pressure.BelowLow || _intake.Ended is not null);

    /// <summary>A task wants to wait for room.</summary>
    /// <param name="waiter">The task.</param>
    /// <param name="ended">Why there will be no room; null when there is room, or the task waits.</param>
    /// <returns>True when the task waits.</returns>
    public bool AwaitCapacity(CapacityWaiter waiter, out Rejected? ended)
    {
        lock (_gate)
        {
            ended = _intake.Ended is { } reason ? Refusal(reason) : null;
            if (ended is not null || _pressure.BelowLow)
            {
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
            return CapacityOwed ? _capacityLine.Take() : [];
        }
    }
}
