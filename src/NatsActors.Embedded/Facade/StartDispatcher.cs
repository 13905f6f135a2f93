namespace NatsActors.Embedded;

/// <summary>
/// Runs the first actors on the thread that starts a publisher, so that it is complete when the start returns and nobody has to
/// wait for the thread pool; from <see cref="GoParallel"/> on the thread pool runs them.
/// </summary>
internal sealed class StartDispatcher : IKernelDispatcher
{
    private readonly Lock _lock = new();
    private Queue<IThreadPoolWorkItem>? _scheduled = new();

    public void Schedule(IThreadPoolWorkItem cell)
    {
        // Read without the lock for what is true nearly always: null never changes back.
        if (Volatile.Read(ref _scheduled) is not null)
        {
            lock (_lock)
            {
                if (_scheduled is not null)
                {
                    _scheduled.Enqueue(cell);
                    return;
                }
            }
        }

        ThreadPoolDispatcher.Instance.Schedule(cell);
    }

    /// <summary>What was scheduled, and what that schedules on this thread; ends, as nobody else knows these actors yet.</summary>
    public void RunUntilIdle()
    {
        while (TryTake(out var cell))
        {
            cell.Execute();
        }
    }

    public void GoParallel()
    {
        lock (_lock)
        {
            foreach (var cell in _scheduled ?? [])
            {
                ThreadPoolDispatcher.Instance.Schedule(cell);
            }

            Volatile.Write(ref _scheduled, null);
        }
    }

    private bool TryTake(out IThreadPoolWorkItem cell)
    {
        lock (_lock)
        {
            return _scheduled!.TryDequeue(out cell!);
        }
    }
}
