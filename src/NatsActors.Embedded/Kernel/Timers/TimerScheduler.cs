namespace NatsActors.Kernel;

/// <summary>
/// The timers of one instance of an actor, on the system's clock. A tick in the mailbox counts only while the timer that sent it
/// still holds its key; the timer's identity is its generation.
/// </summary>
internal sealed class TimerScheduler(LocalActorRef owner, TimeProvider time) : ITimerScheduler
{
    private readonly Dictionary<object, ActorTimer> _timers = [];

    public void StartSingleTimer(object key, object msg, TimeSpan timeout) =>
        Start(key, msg, timeout, Timeout.InfiniteTimeSpan);

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval) => Start(key, msg, interval, interval);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval) =>
        Start(key, msg, initialDelay, interval);

    public bool IsTimerActive(object key) => _timers.ContainsKey(key);

    public void Cancel(object key)
    {
        if (_timers.Remove(key, out var timer))
        {
            timer.Dispose();
        }
    }

    public void CancelAll()
    {
        foreach (var timer in _timers.Values)
        {
            timer.Dispose();
        }

        _timers.Clear();
    }

    /// <summary>The message of a tick, or null when its timer is no longer the one of its key.</summary>
    public object? Accept(ActorTimer tick)
    {
        if (!_timers.TryGetValue(tick.Key, out var current) || !ReferenceEquals(current, tick))
        {
            return null;
        }

        if (!tick.Periodic)
        {
            Cancel(tick.Key);
        }

        return tick.Message;
    }

    private void Start(object key, object message, TimeSpan due, TimeSpan period)
    {
        Cancel(key);
        var timer = new ActorTimer(owner, key, message, period != Timeout.InfiniteTimeSpan);
        _timers.Add(key, timer);
        timer.Start(time, due, period);
    }
}

/// <summary>A timer, which is at once the message that it puts into its actor's mailbox, so that a tick allocates nothing.</summary>
internal sealed class ActorTimer(LocalActorRef owner, object key, object message, bool periodic) : IDisposable
{
    private ITimer? _timer;

    public object Key { get; } = key;

    public object Message { get; } = message;

    public bool Periodic { get; } = periodic;

    public void Start(TimeProvider time, TimeSpan due, TimeSpan period) => _timer = time.CreateTimer(
        static state =>
        {
            var timer = (ActorTimer)state!;
            timer.Owner.Tell(timer, ActorRefs.NoSender);
        },
        this,
        due,
        period);

    public void Dispose() => _timer?.Dispose();

    private LocalActorRef Owner { get; } = owner;
}
