namespace NatsActors.Embedded.Tests.Kernel;

/// <summary>
/// Runs actors on the calling thread, in the order in which they were scheduled or in one that a seeded
/// <paramref name="order"/> picks: the same input gives the same run.
/// </summary>
internal sealed class StepDispatcher(Random? order = null) : IKernelDispatcher
{
    private readonly List<IThreadPoolWorkItem> _scheduled = [];
    private readonly Lock _lock = new();

    public void Schedule(IThreadPoolWorkItem cell)
    {
        lock (_lock)
        {
            _scheduled.Add(cell);
        }
    }

    /// <summary>Executes the next run; false when none is scheduled.</summary>
    public bool RunOne()
    {
        IThreadPoolWorkItem cell;
        lock (_lock)
        {
            if (_scheduled.Count == 0)
            {
                return false;
            }

            var next = order?.Next(_scheduled.Count) ?? 0;
            cell = _scheduled[next];
            _scheduled.RemoveAt(next);
        }

        cell.Execute();
        return true;
    }

    /// <summary>Executes until nothing is scheduled.</summary>
    /// <exception cref="InvalidOperationException">Actors kept each other busy for a million runs.</exception>
    public void RunUntilIdle()
    {
        for (var runs = 0; RunOne(); runs++)
        {
            if (runs == 1_000_000)
            {
                throw new InvalidOperationException("The actors do not come to rest.");
            }
        }
    }
}
