using Akka.Actor;

namespace NatsActors.Benchmarks;

/// <summary>
/// A producer actor: publishes its share of a turn, one message or one batch at a time, and has at most a window of messages
/// unanswered. After a <see cref="BufferFull"/> it publishes nothing until <see cref="CapacityAvailable"/>, and then publishes the
/// refused messages again.
/// </summary>
internal sealed class Teller : UntypedActor
{
    private readonly IActorRef _target;
    private readonly int _batchSize;
    private readonly int _window;
    private readonly bool _wantsOutcomes;
    private readonly Queue<int> _batches = new();
    private Turn? _turn;
    private int _untold;
    private int _unanswered;
    private int _unended;
    private bool _full;

    /// <param name="target">The publisher, or a stand-in for it.</param>
    /// <param name="batchSize">Messages of a batch; 1 tells each message by itself.</param>
    /// <param name="window">Messages that may be told and not answered; never fewer than a batch.</param>
    /// <param name="wantsOutcomes">Every message of a batch has an outcome, and the turn ends with the last.</param>
    public Teller(IActorRef target, int batchSize, int window, bool wantsOutcomes) =>
        (_target, _batchSize, _window, _wantsOutcomes) = (target, batchSize, Math.Max(window, batchSize), wantsOutcomes);

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
            case Outcome:
                _unended--;
                FinishIfDone();
                break;
            case PublishReply refusal:
                Answered(1, 0, refusal);
                break;
            case CapacityAvailable:
                _full = false;
                Tell();
                break;
            case Turn turn:
                Begin(turn);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Begin(Turn turn)
    {
        _turn = turn;
        _untold = turn.NextShare();
        if (_untold == 0)
        {
            turn.Finished();
        }

        Tell();
    }

    private void Answered(int told, int accepted, PublishReply? refusal)
    {
        _unanswered -= told;
        _untold += told - accepted;
        _unended += _wantsOutcomes ? accepted : 0;
        if (refusal is not null)
        {
            _full = true;
            if (refusal is not BufferFull)
            {
                _turn!.Failed(refusal);
            }
        }

        if (_untold > 0)
        {
            Tell();
        }
        else
        {
            FinishIfDone();
        }
    }

    private void FinishIfDone()
    {
        if (_untold == 0 && _unanswered == 0 && _unended == 0)
        {
            _turn!.Finished();
        }
    }

    private void Tell()
    {
        while (!_full && _untold > 0 && _unanswered + Math.Min(_untold, _batchSize) <= _window)
        {
            _target.Tell(Next(out var count), Self);
            _untold -= count;
            _unanswered += count;
        }
    }

    private object Next(out int count)
    {
        count = Math.Min(_untold, _batchSize);
        if (_batchSize == 1)
        {
            return _turn!.Load.Message();
        }

        _batches.Enqueue(count);
        return new PublishBatch(_turn!.Load.Batch(count, _wantsOutcomes));
    }
}
