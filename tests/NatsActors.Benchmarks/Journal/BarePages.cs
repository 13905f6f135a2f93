using Akka.Actor;
using NatsActors.Benchmarks.Latency;

namespace NatsActors.Benchmarks.Journal;

/// <summary>The yardstick: a persistent actor whose events are the pages, and which does nothing else.</summary>
internal sealed class BarePages(ActorSystem system) : IPageWay
{
    private IActorRef? _writer;

    public async Task PrepareAsync(PageLoad load)
    {
        await StartAsync();
        await WriteAsync(load with { Deletes = Deletes.None });
    }

    public async Task<IReadOnlyList<TimeSpan>> WriteAsync(PageLoad load)
    {
        var work = new PageWriter.Work(load);
        _writer!.Tell(work);
        return await work.Done.Task.WaitAsync(Stage.Limit, TimeProvider.System);
    }

    public Task PaceAsync(Schedule schedule) => Pacer.RunAsync(schedule, Wait.Sleep, (first, count) =>
    {
        for (var index = first; index < first + count; index++)
        {
            _writer!.Tell(new PageWriter.Paced(schedule, index));
        }
    });

    public async Task<int> RecoverAsync()
    {
        await _writer!.GracefulStop(Stage.Limit);
        return await StartAsync();
    }

    private async Task<int> StartAsync()
    {
        var recovered = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _writer = system.ActorOf(Props.Create(() => new PageWriter(recovered)));
        return await recovered.Task.WaitAsync(Stage.Limit, TimeProvider.System);
    }
}
