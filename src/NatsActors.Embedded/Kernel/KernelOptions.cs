namespace NatsActors.Kernel;

/// <summary>Runs cells: each scheduled item is executed once, on any thread.</summary>
internal interface IKernelDispatcher
{
    void Schedule(IThreadPoolWorkItem cell);
}

/// <summary>What a system runs on.</summary>
internal sealed record KernelOptions
{
    /// <summary>The clock of timers, restart windows and ask time-outs.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Null for the thread pool.</summary>
    public IKernelDispatcher? Dispatcher { get; init; }
}

/// <summary>The shared queue of the thread pool.</summary>
internal sealed class ThreadPoolDispatcher : IKernelDispatcher
{
    public static readonly ThreadPoolDispatcher Instance = new();

    public void Schedule(IThreadPoolWorkItem cell) => ThreadPool.UnsafeQueueUserWorkItem(cell, preferLocal: false);
}
