namespace NatsActors.Faults;

/// <summary>
/// Producers that never wait for an answer, each on a thread of its own, until they are told to stop and have offered
/// <paramref name="least"/> messages; after <paramref name="limit"/> whatever they have.
/// </summary>
internal sealed class Pressure(AnswerCheck check, long least, CancellationToken stop, CancellationToken limit)
{
    private long _number;

    public Task PressAsync(Action<long> door) =>
        Task.Factory.StartNew(() => Press(door), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Press(Action<long> door)
    {
        while (!limit.IsCancellationRequested && !(stop.IsCancellationRequested && Interlocked.Read(ref _number) >= least))
        {
            var number = Interlocked.Increment(ref _number);
            check.Offer(number);
            door(number);
        }
    }
}
