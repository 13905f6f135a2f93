using Akka.Actor;

namespace NatsActors.Benchmarks;

/// <summary>One round's work of several producer actors: each publishes its share, and the last to finish completes it.</summary>
internal sealed class Turn(Load load, int producers)
{
    /// <summary>Messages that all producers together may have unanswered.</summary>
    public const int DefaultWindow = 1_000;

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _finished;
    private int _started;

    public Load Load => load;

    /// <summary>Completes when every message is accepted.</summary>
    public Task Done => _done.Task;

    /// <summary>The messages of the next producer.</summary>
    public int NextShare() => (load.Messages / producers) + (Interlocked.Increment(ref _started) <= load.Messages % producers ? 1 : 0);

    public void Finished()
    {
        if (Interlocked.Increment(ref _finished) == producers)
        {
            _done.TrySetResult();
        }
    }

    public void Failed(object reply) => _done.TrySetException(new InvalidOperationException($"Refused: {reply}"));
}

/// <summary>Producer actors that publish to one reference.</summary>
internal sealed class Producers(ActorSystem system, IActorRef target, int count, int batchSize, int window, bool wantsOutcomes = false)
{
    private readonly IActorRef[] _tellers =
        [.. Enumerable.Range(0, count).Select(_ => system.ActorOf(Props.Create(() => new Teller(target, batchSize, Math.Max(1, window / count), wantsOutcomes))))];

    /// <summary>Publishes the load; completes when every message is accepted.</summary>
    public Task PublishAsync(Load load)
    {
        var turn = new Turn(load, count);
        foreach (var teller in _tellers)
        {
            teller.Tell(turn, ActorRefs.NoSender);
        }

        return turn.Done.WaitAsync(Stage.Limit, TimeProvider.System);
    }
}
