using Akka.Actor;
using Akka.Event;
using NatsActors;

namespace NatsWorker;

/// <summary>Publishes the numbers 1, 2, 3, ... in order and without a gap, ten a second.</summary>
internal sealed class Producer : UntypedActor, IWithTimers
{
    private const string Subject = "SUBJECT_ROOT.created";
    private const string Tick = "tick";

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly PublishQueue _queue;
    private long _last;

    public Producer(IActorRef publisher) => _queue = PublishQueue.Create(Context, publisher, OnRejected);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(Tick, Tick, TimeSpan.Zero, TimeSpan.FromSeconds(0.1));

    protected override void OnReceive(object message)
    {
        // The publisher's replies are the queue's. A full queue refuses: the next tick goes on with the same number.
        if (!_queue.TryHandle(message) && _queue.TryOffer(Publish.Text(Subject, $"{_last + 1}"), out _))
        {
            _last++;
        }
    }

    private void OnRejected(Publish message, Rejected why)
    {
        _log.Warning("{0} is not published: {1}", message.Subject, why.Detail);
        Context.Stop(Self);
    }
}
