using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace NatsActors.Hosting;

/// <summary>
/// Akka.NET's scheduler on the timers of a <see cref="TimeProvider"/>. The facade's actor system therefore needs no ticking thread and
/// uses the clock that its user gives. A disposed scheduler fires nothing.
/// </summary>
internal sealed class TimeProviderScheduler(Config config, ILoggingAdapter log) : SchedulerBase(config, log), IDisposable
{
    private TimeProvider _time = TimeProvider.System;
    private volatile bool _disposed;

    public override TimeSpan MonotonicClock => HighResMonotonicClock;

    public override TimeSpan HighResMonotonicClock => _time.GetElapsedTime(0);

    protected override DateTimeOffset TimeNow => _time.GetUtcNow();

    /// <summary>Sets the clock. Call before anything is scheduled.</summary>
    public void Use(TimeProvider time) => _time = time;

    public void Dispose() => _disposed = true;

    protected override void InternalScheduleTellOnce(
        TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable) =>
        Start(() => receiver.Tell(message, sender), delay, Timeout.InfiniteTimeSpan, cancelable);

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable? cancelable) =>
        Start(() => receiver.Tell(message, sender), initialDelay, interval, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable? cancelable) =>
        Start(action, delay, Timeout.InfiniteTimeSpan, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable? cancelable) =>
        Start(action.Run, delay, Timeout.InfiniteTimeSpan, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable) =>
        Start(action, initialDelay, interval, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable? cancelable) =>
        Start(action.Run, initialDelay, interval, cancelable);

    private void Start(Action action, TimeSpan delay, TimeSpan interval, ICancelable? cancelable) =>
        _ = new Scheduled(this, action, delay, interval, cancelable);

    /// <summary>One scheduled action. Owns its timer and disposes it when the action is cancelled.</summary>
    private sealed class Scheduled
    {
        private readonly TimeProviderScheduler _owner;
        private readonly Action _action;
        private readonly ICancelable? _cancelable;
        private readonly bool _once;
        private readonly ITimer _timer;

        public Scheduled(TimeProviderScheduler owner, Action action, TimeSpan delay, TimeSpan interval, ICancelable? cancelable)
        {
            (_owner, _action, _cancelable) = (owner, action, cancelable);
            _once = interval == Timeout.InfiniteTimeSpan;
            _timer = owner._time.CreateTimer(static self => ((Scheduled)self!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            cancelable?.Token.UnsafeRegister(static self => ((Scheduled)self!)._timer.Dispose(), this);
            _timer.Change(delay, interval);
        }

        [SuppressMessage("Design", "CA1031", Justification = "As in Akka.NET's own scheduler, what an action throws is logged.")]
        private void Fire()
        {
            if (_once || _owner._disposed)
            {
                _timer.Dispose();
            }

            if (_owner._disposed || _cancelable is { IsCancellationRequested: true })
            {
                return;
            }

            try
            {
                _action();
            }
            catch (Exception error)
            {
                _owner.Log.Error(error, "A scheduled action failed");
            }
        }
    }
}
