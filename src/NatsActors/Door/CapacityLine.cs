namespace NatsActors.Door;

/// <summary>A task that waits until the buffer is below its low watermark, or until the publisher accepts nothing more.</summary>
/// <remarks>The result is null when there is room, and the reason when there will be none.</remarks>
internal sealed class CapacityWaiter() : TaskCompletionSource<Rejected?>(TaskCreationOptions.RunContinuationsAsynchronously);

/// <summary>Tasks that wait for room. Called under the lock of <see cref="GuardedBuffer"/>.</summary>
/// <remarks>
/// Unlike <see cref="RefusedSenders"/> this line forgets nobody: each entry is a caller of this process who awaits it, and leaves it when
/// the caller gives up.
/// </remarks>
internal sealed class CapacityLine
{
    private HashSet<CapacityWaiter> _waiters = [];

    public bool Any => _waiters.Count > 0;

    public void Join(CapacityWaiter waiter) => _waiters.Add(waiter);

    public void Leave(CapacityWaiter waiter) => _waiters.Remove(waiter);

    /// <summary>All who wait; nobody waits afterwards.</summary>
    public IReadOnlyCollection<CapacityWaiter> Take()
    {
        var waiters = _waiters;
        _waiters = [];
        return waiters;
    }
}
