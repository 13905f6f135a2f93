namespace NatsActors.Embedded.Tests.Kernel;

/// <summary>Runs actors on the calling thread, in the order in which they were scheduled: the same input gives the same run.</summary>
internal sealed class StepDispatcher : IKernelDispatcher
{
    private readonly Queue<IThreadPoolWorkItem> _scheduled = [];
    private readonly Lock _lock = new();

    public void Schedule(IThreadPoolWorkItem cell)
    {
        lock (_lock)
        {
            _scheduled.Enqueue(cell);
        }
    }

    /// <summary>Executes the next run; false when none is scheduled.</summary>
    public bool RunOne()
    {
        IThreadPoolWorkItem? cell;
        lock (_lock)
        {
            if (!_scheduled.TryDequeue(out cell))
            {
                return false;
            }
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
