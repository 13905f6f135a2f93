using Akka.Configuration;

namespace NatsActors.Benchmarks.Akka;

/// <summary>The one actor system of a run, with the defaults of Akka.NET but for its log; started when it is first needed.</summary>
public sealed class AkkaHost : IAsyncDisposable
{
    private readonly Lazy<ActorSystem> _system = new(() => ActorSystem.Create("benchmark", ConfigurationFactory.ParseString(
        """
        akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [], log-dead-letters = off }
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        """)));

    internal ActorSystem System => _system.Value;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_system.IsValueCreated)
        {
            await _system.Value.Terminate();
        }
    }

    /// <summary>An actor publishes the load to the target; completes when all is accepted.</summary>
    internal Task TellAsync(IActorRef target, Load load, int batchSize)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        System.ActorOf(Props.Create(() => new Teller(target, load, batchSize, told)));
        return told.Task.WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System);
    }
}
