using System.Collections.Concurrent;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using NatsActors.Actors;

namespace NatsActors.Mailboxes;

/// <summary>
/// The mailbox of a publisher and of its buffer actor: holds what waits to the publisher's limits. It finds the publisher in the
/// Props of its owner.
/// </summary>
internal sealed class PublisherMailbox : MailboxType, IProducesMessageQueue<PublisherMessageQueue>
{
    public const string Path = "nats-actors.akka.mailbox";

    /// <summary>Made by Akka, by reflection.</summary>
    public PublisherMailbox(Settings settings, Config config)
        : base(settings, config)
    {
    }

    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new PublisherMessageQueue(StateOf(owner, system).Mailbox);

    private static PublisherState StateOf(IActorRef owner, ActorSystem system)
    {
        var arguments = (owner as ActorRefWithCell)?.Underlying.Props.Arguments ?? [];
        return arguments.OfType<PublisherState>().FirstOrDefault()
            ?? (arguments.OfType<PublisherPlan>().FirstOrDefault() is { } plan
                ? NatsPublishers.Get(system).Running.StateOf(owner, plan)
                : throw new ConfigurationException($"{Path} is the mailbox of publishers, and {owner?.Path} is none."));
    }
}

/// <summary>
/// A queue that keeps a publish out when too much waits, and answers it on the thread that sends it. Everything else, and what
/// Akka itself sends, always gets in. Every publish that got in is released exactly once, when it leaves.
/// </summary>
internal sealed class PublisherMessageQueue(MailboxBound bound) : IMessageQueue, IUnboundedMessageQueueSemantics
{
    private readonly ConcurrentQueue<Envelope> _queue = new();
    private readonly MailboxBound.Reader _reader = new(bound);

    public bool HasMessages => !_queue.IsEmpty;

    public int Count => _queue.Count;

    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        if (bound.TryAdmit(envelope.Message))
        {
            _queue.Enqueue(envelope);
        }
        else
        {
            bound.Refuse(envelope.Message, envelope.Sender);
        }
    }

    public bool TryDequeue(out Envelope envelope)
    {
        if (!_queue.TryDequeue(out envelope))
        {
            _reader.Settle();
            return false;
        }

        _reader.Release(envelope.Message);
        return true;
    }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        while (TryDequeue(out var envelope))
        {
            deadletters.Enqueue(owner, envelope);
        }
    }
}
