using Akka.Actor;

namespace NatsActors.Benchmarks.Latency;

/// <summary>A publisher of an actor system: an actor is the sender, and its mailbox gets each Ack and each outcome.</summary>
internal sealed class ToldPublisher(ActorSystem system, PublisherSettings settings) : ILatencyWay
{
    private IActorRef? _publisher;
    private IActorRef? _listener;

    public string Name => Stores ? "Tell to `Stored`" : "Tell to `Delivered`";

    public string? AckName => Stores ? "Tell to `Ack`, jetstream" : "Tell to `Ack`";

    public bool Stores => settings.Delivery.Confirm == ConfirmMode.JetStream;

    public async Task PrepareAsync()
    {
        if (_publisher is null)
        {
            _publisher = NatsPublishers.Get(system).Start(settings);
            _listener = system.ActorOf(Props.Create(() => new Listener()));
            await _publisher.Ask<Ack>(new Publish(LatencyRun.SubjectOf(Stores), ReadOnlyMemory<byte>.Empty), Stage.Limit);
            await Stage.FlushAsync(_publisher);
        }
    }

    public Task RunAsync(Schedule schedule, Wait wait)
    {
        var (publisher, listener, subject) = (_publisher!, _listener!, LatencyRun.SubjectOf(Stores));
        listener.Tell(schedule, ActorRefs.NoSender);
        return Pacer.RunAsync(schedule, wait, (_, count) =>
        {
            for (var i = 0; i < count; i++)
            {
                publisher.Tell(new Publish(subject, schedule.Payload) { WantsOutcome = true }, listener);
            }
        });
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>
    /// Notes when answers came. The messages of a turn have consecutive sequences, because nobody else publishes meanwhile: an
    /// outcome finds the due time of its message by its sequence.
    /// </summary>
    private sealed class Listener : UntypedActor
    {
        private Schedule? _schedule;
        private long _first;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Schedule schedule:
                    (_schedule, _first) = (schedule, 0);
                    break;
                case Ack ack:
                    _first = _first == 0 ? ack.Sequence : _first;
                    _schedule!.Accepted((int)(ack.Sequence - _first));
                    break;
                case Delivered or Stored { Duplicate: false }:
                    _schedule!.Ended((int)(((Outcome)message).Sequence - _first));
                    break;
                default:
                    _schedule?.Failed(message);
                    break;
            }
        }
    }
}
