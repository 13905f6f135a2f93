using Akka.Actor;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests.Stage;

/// <summary>A sender that keeps what it is told, on the teller's thread.</summary>
internal sealed class Listener(ActorSystem system) : MinimalActorRef
{
    private readonly Lock _gate = new();
    private readonly List<object> _messages = [];

    public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "inbox" / Guid.NewGuid().ToString("N");

    public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;

    public IReadOnlyList<object> Messages
    {
        get
        {
            lock (_gate)
            {
                return [.. _messages];
            }
        }
    }

    public async Task<IReadOnlyList<object>> WaitForAsync(int count)
    {
        await Until.TrueAsync(() => Messages.Count >= count, text: $"{count} messages; there are {string.Join(", ", Messages)}");
        return Messages;
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        lock (_gate)
        {
            _messages.Add(message);
        }
    }
}
