namespace NatsActors.Faults;

/// <summary>Producers that never wait for an answer, each on a thread of its own.</summary>
internal sealed class Pressure(AnswerCheck check, CancellationToken stop)
{
    private long _number;

    public Task PressAsync(Action<long> door) =>
        Task.Factory.StartNew(() => Press(door), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Press(Action<long> door)
    {
        while (!stop.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref _number);
            check.Offer(number);
            door(number);
        }
    }
}
