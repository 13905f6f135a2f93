namespace NatsActors.Crash;

/// <summary>Publishes the messages of one life, by one thread at a time and in the order of their numbers, and records every answer.</summary>
internal sealed class Load(NatsPublisher publisher, LifeRecord record, int life, LoadKind kind, Random random)
{
    private const int MostMessages = 20_000;
    private const int BatchSize = 256;
    private const int BurstSize = 400;
    private const int BatchesAtOnce = 8;
    private static readonly TimeSpan TimeToLive = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan RefusedPause = TimeSpan.FromMilliseconds(20);

    private readonly List<Task> _answers = [];
    private readonly SemaphoreSlim _batches = new(BatchesAtOnce, BatchesAtOnce);
    private int _last;
    private volatile bool _refused;

    /// <summary>Publishes until it is stopped or has published enough; completes when all answers that can come have come.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (_last < MostMessages)
            {
                await StepAsync(stop);
                if (_refused)
                {
                    _refused = false;
                    await Task.Delay(RefusedPause, TimeProvider.System, stop);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Every answer and outcome has come.</summary>
    public Task AnsweredAsync() => Task.WhenAll(_answers);

    private async Task StepAsync(CancellationToken stop)
    {
        switch (kind)
        {
            case LoadKind.Trickle:
                PublishOne();
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, stop);
                break;
            case LoadKind.Bursts:
                for (var i = random.Next(1, BurstSize); i > 0; i--)
                {
                    PublishOne();
                }

                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 80)), TimeProvider.System, stop);
                break;
            case LoadKind.Batches:
                await PublishBatchAsync(BatchSize).WaitAsync(stop);
                break;
            default:
                await _batches.WaitAsync(stop);
                _answers.Add(PublishBatchAsync(random.Next(1, 2 * BatchSize)));
                break;
        }
    }

    private Publish Next()
    {
        var stamp = new Stamp(life, ++_last);
        return new Publish(Stamp.Subject, stamp.ToPayload()) { TimeToLive = stamp.MayExpire ? TimeToLive : null };
    }

    private void PublishOne()
    {
        var message = Next();
        record.Offered(_last);
        _answers.Add(_last % 16 == 5 ? FollowAsync(message, _last) : AnswerAsync(publisher.PublishAsync(message), _last));
    }

    private async Task AnswerAsync(ValueTask<PublishReply> reply, int number) => Answer(number, await reply);

    /// <summary>The Ack comes with the outcome.</summary>
    private async Task FollowAsync(Publish message, int number)
    {
        var id = new Stamp(life, number).ToString();
        var (reply, outcome) = await publisher.PublishForOutcomeAsync(message with { CorrelationId = id });
        Answer(number, reply);
        if (outcome is not null)
        {
            record.Ended(id, outcome);
        }
    }

    private async Task PublishBatchAsync(int count)
    {
        var first = _last + 1;
        var messages = new Publish[count];
        for (var i = 0; i < count; i++)
        {
            messages[i] = Next();
        }

        record.Offered(_last);
        var reply = await publisher.PublishAsync(messages);
        if (reply.Accepted > 0)
        {
            record.Acked(first, reply.Accepted, reply.FirstSequence);
        }

        if (reply.Accepted < count)
        {
            Refuse(first + reply.Accepted, count - reply.Accepted, reply.Refusal);
        }

        if (kind == LoadKind.Flood)
        {
            _batches.Release();
        }
    }

    private void Answer(int number, PublishReply reply)
    {
        if (reply is Ack ack)
        {
            record.Acked(number, 1, ack.Sequence);
        }
        else
        {
            Refuse(number, 1, reply);
        }
    }

    private void Refuse(int first, int count, PublishReply? reply)
    {
        _refused = true;
        record.Refused(first, count, reply is Rejected rejected ? $"{rejected.Reason} {rejected.Detail}" : $"{reply?.GetType().Name}");
    }
}
