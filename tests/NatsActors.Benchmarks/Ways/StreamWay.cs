using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace NatsActors.Benchmarks;

/// <summary>A stream of Akka.Streams whose source makes the messages of the round.</summary>
internal abstract class StreamWay(Stage stage) : IWay
{
    protected Stage Stage { get; } = stage;

    private IMaterializer? _materializer;

    public virtual Task PrepareAsync(Load load)
    {
        _materializer ??= Stage.System.Materializer();
        return Task.CompletedTask;
    }

    public Task RunAsync(Load load) => RunAsync(Source.From(load.AllMessages()), _materializer!).WaitAsync(Benchmarks.Stage.Limit, TimeProvider.System);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected abstract Task RunAsync(Source<Publish, Akka.NotUsed> source, IMaterializer materializer);
}

/// <summary>A yardstick: what the source and its elements cost.</summary>
internal sealed class BareStream(Stage stage) : StreamWay(stage)
{
    protected override Task RunAsync(Source<Publish, Akka.NotUsed> source, IMaterializer materializer) =>
        source.RunWith(Sink.Ignore<Publish>(), materializer);
}

/// <summary>A stream into a publisher of the stage. The sink's task has waited for every outcome.</summary>
internal abstract class PublishedStream(Stage stage) : StreamWay(stage)
{
    protected IActorRef? Publisher { get; private set; }

    public override async Task PrepareAsync(Load load)
    {
        await base.PrepareAsync(load);
        Publisher ??= await Stage.PublisherAsync(load);
    }
}

internal sealed class SinkWay(Stage stage) : PublishedStream(stage)
{
    protected override Task RunAsync(Source<Publish, Akka.NotUsed> source, IMaterializer materializer) =>
        source.RunWith(NatsSink.Publish(Publisher!), materializer);
}

internal sealed class FlowWay(Stage stage) : PublishedStream(stage)
{
    public const int Parallelism = 10_000;

    protected override Task RunAsync(Source<Publish, Akka.NotUsed> source, IMaterializer materializer) => source
        .Select(message => (Message: message, Context: 0))
        .Via(NatsFlow.Publish<int>(Publisher!, Parallelism))
        .RunForeach(
            static each =>
            {
                if (!each.Result.IsDelivered)
                {
                    throw new InvalidOperationException($"Not delivered: {each.Result}");
                }
            },
            materializer);
}
