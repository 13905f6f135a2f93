using Akka.Actor;
using NatsActors.Testing;

namespace NatsActors.Tests;

/// <summary>Actors that hold threads of a dispatcher, one each, until this is disposed.</summary>
internal sealed class Blocker : IDisposable
{
    private readonly ManualResetEventSlim _release = new();
    private int _holding;

    /// <summary>Completes when that many threads are held.</summary>
    public async Task HoldAsync(ActorSystem system, string dispatcher, int threads)
    {
        for (var i = 0; i < threads; i++)
        {
            system.ActorOf(Akka.Actor.Props.Create(() => new Holder(this)).WithDispatcher(dispatcher)).Tell("hold");
        }

        await Until.TrueAsync(() => Volatile.Read(ref _holding) == threads);
    }

    public void Dispose() => _release.Set();

    private sealed class Holder(Blocker blocker) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            Interlocked.Increment(ref blocker._holding);
            blocker._release.Wait(Until.DefaultTimeout);
        }
    }
}
