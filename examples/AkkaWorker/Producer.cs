using Akka.Actor;
using Akka.Event;
using NatsActors;

namespace AkkaWorker;

/// <summary>Publishes the numbers 1, 2, 3, ... to its subject, in order and without a gap.</summary>
internal sealed class Producer : UntypedActor, IWithTimers
{
    private const int TicksPerSecond = 10;

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly PublishQueue _queue;
    private readonly string _subject;
    private readonly int _perTick;
    private long _last;
    private string _end = "stopped";

    public ITimerScheduler Timers { get; set; } = null!;

    public Producer(IActorRef publisher, string subject, int perSecond)
    {
        _queue = PublishQueue.Create(Context, publisher, OnRejected);
        _subject = subject;
        _perTick = Math.Max(1, perSecond / TicksPerSecond);
    }

    protected override void OnReceive(object message)
    {
        if (_queue.TryHandle(message))
        {
            return; // the publisher's reply, or its CapacityAvailable
        }

        // A full queue refuses: the next tick goes on with the same number.
        for (var i = 0; i < _perTick && _queue.TryOffer(Publish.Text(_subject, $"{_last + 1}"), out _); i++)
        {
            _last++;
        }
    }

    private void OnRejected(Publish message, Rejected why)
    {
        _end = why.Detail; // at a shutdown: the publisher drains
        Context.Stop(Self);
    }

    protected override void PreStart() => Timers.StartPeriodicTimer("tick", "tick", TimeSpan.FromSeconds(1.0 / TicksPerSecond));

    protected override void PostStop() => _log.Info("{0}: {1} messages accepted of {2} ({3})", _subject, _queue.Accepted, _last, _end);
}
