namespace NatsActors.Kernel;

/// <summary>Asks an actor and gives its first answer as a task, whose continuations never run on the actor's run.</summary>
internal static class Futures
{
    /// <exception cref="AskTimeoutException">No answer came in time.</exception>
    /// <exception cref="ArgumentException">The answer was of another type.</exception>
    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<T>(message, timeout, CancellationToken.None);

    public static Task<T> Ask<T>(this ICanTell self, object message, CancellationToken cancellationToken) =>
        self.Ask<T>(message, null, cancellationToken);

    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        var system = (self as LocalActorRef)?.System;
        var promise = new PromiseActorRef<T>(system);
        promise.Arm(system?.Time ?? TimeProvider.System, timeout, cancellationToken);
        self.Tell(message, promise);
        return promise.Task;
    }
}

/// <summary>
/// Takes one answer and completes its task with it; what comes later is a dead letter. Watching it ends with the answer, so that
/// an actor may watch whoever asks it.
/// </summary>
internal sealed class PromiseActorRef<T>(ActorSystem? system) : InternalActorRef
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private List<InternalActorRef>? _watchers;
    private CancellationTokenRegistration _cancellation;
    private ITimer? _timer;
    private bool _ended;

    public override ActorPath Path { get; } = new(system?.Name ?? "none", null, "ask");

    public Task<T> Task => _answer.Task;

    public void Arm(TimeProvider time, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        if (timeout is { } limit && limit != Timeout.InfiniteTimeSpan)
        {
            _timer = time.CreateTimer(_ => TimedOut(limit), null, limit, Timeout.InfiniteTimeSpan);
        }

        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(
                (_, token) => End(_answer.TrySetCanceled(token)), null);
        }

        if (_answer.Task.IsCompleted)
        {
            Disarm();
        }
    }

    public override void Tell(object message, IActorRef? sender)
    {
        var taken = message switch
        {
            T answer => _answer.TrySetResult(answer),
            Status.Failure failure => _answer.TrySetException(failure.Cause),
            _ => _answer.TrySetException(new ArgumentException(
                $"Received message of type [{message.GetType()}] - Ask expected message of type [{typeof(T)}]")),
        };
        End(taken);
        if (!taken && !_answer.Task.IsCanceled)
        {
            system?.PublishDeadLetter(message, sender, this);
        }
    }

    public override void SendSystem(SystemMessage message)
    {
        lock (_lock)
        {
            if (message is SystemMessage.Watch watch && !_ended)
            {
                (_watchers ??= []).Add(watch.Watcher);
                return;
            }

            if (message is SystemMessage.Unwatch unwatch)
            {
                _watchers?.Remove(unwatch.Watcher);
                return;
            }
        }

        base.SendSystem(message);
    }

    private void TimedOut(TimeSpan timeout) =>
        End(_answer.TrySetException(new AskTimeoutException($"Timeout after {timeout.TotalSeconds} seconds")));

    private void End(bool taken)
    {
        if (!taken)
        {
            return;
        }

        Disarm();
        List<InternalActorRef>? watchers;
        lock (_lock)
        {
            _ended = true;
            (watchers, _watchers) = (_watchers, null);
        }

        watchers?.ForEach(watcher => watcher.SendSystem(new SystemMessage.WatchedTerminated(this)));
    }

    private void Disarm()
    {
        _timer?.Dispose();
        _cancellation.Unregister();
    }
}
