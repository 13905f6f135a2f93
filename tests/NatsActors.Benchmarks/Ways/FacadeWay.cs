namespace NatsActors.Benchmarks;

/// <summary>Callers of the facade, who wait for room when the buffer is full.</summary>
internal abstract class FacadeWay(Stage stage) : IWay
{
    private Facade? _facade;

    protected Facade Facade => _facade!;

    protected NatsPublisher Publisher => _facade!.Publisher;

    public async Task PrepareAsync(Load load) => _facade ??= await stage.FacadeAsync();

    public async Task RunAsync(Load load)
    {
        await PublishAsync(load);
        await Facade.FlushAsync(Publisher);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected abstract Task PublishAsync(Load load);
}

/// <summary>One caller of <c>TryPublish</c>.</summary>
internal sealed class TryWay(Stage stage) : FacadeWay(stage)
{
    protected override async Task PublishAsync(Load load)
    {
        for (var published = 0; ;)
        {
            var room = Facade.Room;
            published += PublishUntilRefused(load, load.Messages - published, out var refusal);
            if (published == load.Messages)
            {
                return;
            }

            await Facade.WaitAsync(refusal, room);
        }
    }

    private int PublishUntilRefused(Load load, int count, out PublishReply? refusal)
    {
        refusal = null;
        var payload = load.Payload.Span;
        for (var i = 0; i < count; i++)
        {
            if (!Publisher.TryPublish(Load.Subject, payload, out refusal))
            {
                return i;
            }
        }

        return count;
    }
}

/// <summary>Callers side by side, each of whom awaits every <c>PublishAsync</c> before the next.</summary>
internal sealed class AwaitWay(Stage stage, int callers) : FacadeWay(stage)
{
    protected override Task PublishAsync(Load load) => Task.WhenAll(Enumerable.Range(0, callers).Select(
        caller => Task.Run(() => PublishAsync(load, (load.Messages / callers) + (caller < load.Messages % callers ? 1 : 0)))));

    private async Task PublishAsync(Load load, int count)
    {
        for (var (published, room) = (0, Facade.Room); published < count;)
        {
            var reply = await Publisher.PublishAsync(Load.Subject, load.Payload);
            if (reply is Ack)
            {
                published++;
                continue;
            }

            await Facade.WaitAsync(reply, room);
            room = Facade.Room;
        }
    }
}

/// <summary>One caller who awaits every batch before the next.</summary>
internal sealed class BatchWay(Stage stage) : FacadeWay(stage)
{
    protected override async Task PublishAsync(Load load)
    {
        for (var published = 0; published < load.Messages;)
        {
            var room = Facade.Room;
            var reply = await Publisher.PublishAsync(load.Batch(Math.Min(AllWays.BatchSize, load.Messages - published)));
            published += reply.Accepted;
            if (reply.Refusal is not null)
            {
                await Facade.WaitAsync(reply.Refusal, room);
            }
        }
    }
}
