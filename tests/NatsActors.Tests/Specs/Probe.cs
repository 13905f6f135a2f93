using Akka.Actor;
using NatsActors.Specs.Stepping;

namespace NatsActors.Specs;

/// <summary>
/// A reference that keeps the messages it is told, in order. No actor is behind it: the teller's thread adds the message. Every
/// look lets the actors come to rest first.
/// </summary>
internal sealed class Probe(SteppedSystem system, int number) : MinimalActorRef
{
    private readonly Lock _gate = new();
    private readonly Queue<(object Message, IActorRef? Sender)> _received = new();
    private bool _stopped;

    public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "probe" / $"{number}";

    public override IActorRefProvider Provider => ((ExtendedActorSystem)system.System).Provider;

    /// <summary>Stands for a reference of another system, on the way to which messages may be lost.</summary>
    public bool IsRemote { get; set; }

    public override bool IsLocal => !IsRemote;

    /// <summary>Who sent the message that was expected last.</summary>
    public IActorRef? LastSender { get; private set; }

    /// <summary>The next message, which must be a <typeparamref name="T"/>.</summary>
    public T ExpectMsg<T>()
    {
        system.Settle();
        lock (_gate)
        {
            Assert.True(_received.Count > 0, $"No message came; a {typeof(T).Name} was expected.");
            (var message, LastSender) = _received.Dequeue();
            return Assert.IsType<T>(message, exactMatch: false);
        }
    }

    /// <summary>Fails if a message is there that was not expected yet.</summary>
    public void ExpectNoMsg() => Assert.Empty(Received(take: false));

    /// <summary>Gives all messages that were not expected yet.</summary>
    public IReadOnlyList<object> TakeAll() => Received(take: true);

    /// <summary>From now on every message is lost, as with an actor that has ended.</summary>
    public new void Stop() => _stopped = true;

    protected override void TellInternal(object message, IActorRef sender)
    {
        lock (_gate)
        {
            if (!_stopped)
            {
                _received.Enqueue((message, sender));
            }
        }
    }

    private List<object> Received(bool take)
    {
        system.Settle();
        lock (_gate)
        {
            var messages = _received.Select(static each => each.Message).ToList();
            if (take)
            {
                _received.Clear();
            }

            return messages;
        }
    }
}
