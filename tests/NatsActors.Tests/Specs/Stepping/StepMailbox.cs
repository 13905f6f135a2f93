using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace NatsActors.Specs.Stepping;

/// <summary>
/// The mailbox of all actors of a <see cref="SteppedSystem"/>: hands out one message a turn, and lets the system's owner see each
/// message that enters and put others next to it.
/// </summary>
/// <remarks>
/// Akka's <c>Mailbox</c> handles <c>throughput</c> + 1 messages a turn, so <c>throughput = 1</c> alone would make actors take
/// turns of two messages, and the orders in which an actor runs between two messages of another would never be tested.
/// </remarks>
internal sealed class StepMailbox : MailboxType, IProducesMessageQueue<UnboundedMessageQueue>
{
    public StepMailbox(Akka.Actor.Settings settings, Config config)
        : base(settings, config)
    {
    }

    public override IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        new TurnQueue<UnboundedMessageQueue>(owner.Path, Settings.Setup.Get<StepQueue>().Value);
}

/// <summary>The mailbox of actors that stash messages.</summary>
internal sealed class StepDequeMailbox : MailboxType, IProducesMessageQueue<UnboundedDequeMessageQueue>
{
    public StepDequeMailbox(Akka.Actor.Settings settings, Config config)
        : base(settings, config)
    {
    }

    public override IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        new DequeTurnQueue(owner.Path, Settings.Setup.Get<StepQueue>().Value);

    private sealed class DequeTurnQueue(ActorPath owner, StepQueue steps)
        : TurnQueue<UnboundedDequeMessageQueue>(owner, steps), IUnboundedDequeBasedMessageQueueSemantics
    {
        public void EnqueueFirst(Envelope envelope) => Messages.EnqueueFirst(envelope);
    }
}

internal class TurnQueue<TQueue>(ActorPath owner, StepQueue steps) : IMessageQueue, IUnboundedMessageQueueSemantics
    where TQueue : IMessageQueue, new()
{
    private long _turn = -1;

    public bool HasMessages => Messages.HasMessages;

    public int Count => Messages.Count;

    protected TQueue Messages { get; } = new();

    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        foreach (var each in steps.Entering?.Invoke(owner, envelope) ?? [envelope])
        {
            Messages.Enqueue(receiver, each);
        }
    }

    /// <summary>Says "empty" from the second call of a turn on; the mailbox then asks for another turn, since it has messages.</summary>
    public bool TryDequeue(out Envelope envelope)
    {
        envelope = default;
        if (_turn == steps.Turn || !Messages.TryDequeue(out envelope))
        {
            return false;
        }

        _turn = steps.Turn;
        return true;
    }

    public void CleanUp(IActorRef actor, IMessageQueue deadletters) => Messages.CleanUp(actor, deadletters);
}
