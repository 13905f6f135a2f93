using Akka.Actor;

namespace NatsActors.Benchmarks;

/// <summary>Producer actors tell one publisher, one message or one batch at a time, and get a reply for each.</summary>
internal sealed class ActorWay(Stage stage, int count, int batchSize, bool wantsOutcomes = false) : IWay
{
    private IActorRef? _publisher;
    private Producers? _producers;

    public async Task PrepareAsync(Load load)
    {
        _publisher ??= await stage.PublisherAsync(load);
        _producers ??= new Producers(stage.System, _publisher, count, batchSize, stage.Window, wantsOutcomes);
    }

    public async Task RunAsync(Load load)
    {
        await _producers!.PublishAsync(load);
        await Stage.FlushAsync(_publisher!);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A yardstick: the same messages and replies between two actors, and nothing else.</summary>
internal sealed class TellAndReply(Stage stage) : IWay
{
    private Producers? _producers;

    public Task PrepareAsync(Load load)
    {
        _producers ??= new Producers(stage.System, stage.System.ActorOf(Props.Create(() => new Replier())), 1, 1, stage.Window);
        return Task.CompletedTask;
    }

    public Task RunAsync(Load load) => _producers!.PublishAsync(load);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
