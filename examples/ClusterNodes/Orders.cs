using Akka.Actor;
using NatsActors;
using OutageLab.Counting;

namespace ClusterNodes;

/// <summary>Publishes numbers in order and without a gap, and reports what became of each to the book.</summary>
internal sealed class Orders : UntypedActor, IWithTimers
{
    private const int TicksPerSecond = 20;

    private readonly PublishQueue _queue;
    private readonly Load _load;
    private readonly NumberBook _book;
    private int _last;

    public Orders(IActorRef publisher, Load load, NumberBook book)
    {
        (_load, _book) = (load, book);
        _queue = PublishQueue.Create(Context, publisher, static (message, why) => throw new InvalidOperationException($"{message.Subject}: {why.Detail}"));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer("tick", "tick", TimeSpan.FromSeconds(1.0 / TicksPerSecond));

    protected override void OnReceive(object message)
    {
        if (message is Outcome outcome)
        {
            // This actor is the publisher's only sender: the sequence is the number.
            _book.Report(outcome.Sequence, arrived: outcome is not Undelivered);
            return;
        }

        if (_queue.TryHandle(message))
        {
            return;
        }

        // A full queue refuses: the next tick goes on with the same number.
        for (var i = 0; i < _load.PerSecond / TicksPerSecond && _last < _load.Messages; i++)
        {
            if (!_queue.TryOffer(Publish.Text(Load.Subject, $"{_last + 1}") with { WantsOutcome = true }, out _))
            {
                return;
            }

            _last++;
        }
    }
}
