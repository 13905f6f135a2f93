namespace NatsActors.Benchmarks;

/// <summary>
/// An actor that publishes a load, one message or one batch at a time, and has at most <see cref="Window"/> messages unanswered.
/// What is refused for want of room it publishes again when it hears of capacity. Written for both runtimes, like the actors
/// that it tells.
/// </summary>
internal sealed class Teller : UntypedActor
{
    /// <summary>Messages that may be told and not answered.</summary>
    public const int Window = 20_000;

    private readonly IActorRef _target;
    private readonly Load _load;
    private readonly int _batchSize;
    private readonly TaskCompletionSource _done;
    private readonly Queue<int> _batches = new();
    private int _untold;
    private int _unanswered;
    private bool _full;

    /// <param name="target">Who answers.</param>
    /// <param name="load">What to publish.</param>
    /// <param name="batchSize">1 tells each message by itself.</param>
    /// <param name="done">Completes when all are accepted.</param>
    public Teller(IActorRef target, Load load, int batchSize, TaskCompletionSource done)
    {
        (_target, _load, _batchSize, _done) = (target, load, batchSize, done);
        _untold = load.Messages;
    }

    protected override void PreStart() => Tell();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Ack:
                Answered(1, 1, null);
                break;
            case BatchReply reply:
                Answered(_batches.Dequeue(), reply.Accepted, reply.Refusal);
                break;
            case PublishReply refusal:
                Answered(1, 0, refusal);
                break;
            case CapacityAvailable:
                _full = false;
                Tell();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Answered(int told, int accepted, PublishReply? refusal)
    {
        _unanswered -= told;
        _untold += told - accepted;
        if (refusal is not null)
        {
            _full = true;
            if (refusal is not BufferFull)
            {
                _done.TrySetException(new InvalidOperationException($"Refused: {refusal}"));
            }
        }

        Tell();
        if (_untold == 0 && _unanswered == 0)
        {
            _done.TrySetResult();
            Context.Stop(Self);
        }
    }

    private void Tell()
    {
        while (!_full && _untold > 0 && _unanswered + Math.Min(_untold, _batchSize) <= Window)
        {
            _target.Tell(Next(out var count), Self);
            _untold -= count;
            _unanswered += count;
        }
    }

    private object Next(out int count)
    {
        count = 1;
        if (_batchSize == 1)
        {
            return Message();
        }

        count = Math.Min(_untold, _batchSize);
        var batch = new Publish[count];
        for (var i = 0; i < count; i++)
        {
            batch[i] = Message();
        }

        _batches.Enqueue(count);
        return new PublishBatch(batch);
    }

    private Publish Message() => new(Load.Subject, _load.Payload);
}
