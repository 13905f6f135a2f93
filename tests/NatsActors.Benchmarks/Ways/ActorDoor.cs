namespace NatsActors.Benchmarks;

/// <summary>An actor that tells the buffer actor, one message or one batch at a time, and gets a reply for each.</summary>
internal sealed class ActorDoor(string url, int batchSize) : EmbeddedWay(url)
{
    private readonly ActorSystem _system = ActorSystem.Create("benchmark");

    public override async Task RunAsync(Load load)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IActorRef buffer = ((LocalActorRef)Publisher.Supervisor).Cell.Child("buffer");
        _system.ActorOf(Props.Create(() => new Teller(buffer, load, batchSize, told)));
        await told.Task.WaitAsync(Limit, TimeProvider.System);
        await FlushAsync(Publisher);
    }

    public override async ValueTask DisposeAsync()
    {
        await _system.TerminateAsync();
        await base.DisposeAsync();
    }
}
