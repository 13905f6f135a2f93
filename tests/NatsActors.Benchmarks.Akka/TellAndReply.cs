namespace NatsActors.Benchmarks.Akka;

/// <summary>A yardstick: the same messages and replies between two actors, and nothing else.</summary>
internal sealed class TellAndReply(AkkaHost host) : IWay
{
    private IActorRef? _target;

    public Task PrepareAsync(Load load)
    {
        _target ??= host.System.ActorOf(Props.Create(() => new Replier()));
        return Task.CompletedTask;
    }

    public Task RunAsync(Load load) => host.TellAsync(_target!, load, 1);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Replier : UntypedActor
    {
        private long _sequence;

        protected override void OnReceive(object message)
        {
            if (message is Publish)
            {
                Sender.Tell(new Ack(++_sequence), Self);
            }
            else
            {
                Unhandled(message);
            }
        }
    }
}
