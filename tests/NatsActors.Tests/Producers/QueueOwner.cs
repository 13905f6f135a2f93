using System.Text;
using Akka.Actor;

namespace NatsActors.Tests.Producers;

/// <summary>
/// An actor with a <see cref="PublishQueue"/>: offers each <see cref="Publish"/> that it is told, and keeps what it hears. An
/// <see cref="Action{T}"/> that it is told runs inside of it.
/// </summary>
internal sealed class QueueOwner : UntypedActor
{
    private readonly QueueRecord _record;
    private readonly PublishQueue _queue;

    public QueueOwner(IActorRef publisher, QueueRecord record, PublishQueueSettings? settings)
    {
        _record = record;
        _queue = record.Queue = PublishQueue.Create(Context, publisher, OnRejected, settings);
    }

    public static Props Props(IActorRef publisher, QueueRecord record, PublishQueueSettings? settings = null) =>
        Akka.Actor.Props.Create(() => new QueueOwner(publisher, record, settings)).WithDeploy(Deploy.Local);

    protected override void OnReceive(object message)
    {
        if (_queue.TryHandle(message))
        {
            return;
        }

        switch (message)
        {
            case Publish publish:
                if (!_queue.TryOffer(publish, out var refusal))
                {
                    _record.Refused.Add((publish, refusal));
                }

                break;
            case Inside inside:
                inside.Run(_queue);
                break;
            default:
                _record.Others.Add(message);
                break;
        }
    }

    protected override void PostStop() => _record.Left.AddRange(_queue.Close());

    private void OnRejected(Publish message, Rejected why)
    {
        _record.Rejected.Add((message, why));
        _record.OnRejected?.Invoke(_queue, message);
    }

    /// <summary>Code that runs inside of the actor.</summary>
    public sealed record Inside(Action<PublishQueue> Run) : INoSerializationVerificationNeeded;
}

/// <summary>What an owner has seen; read it while the owner is at rest.</summary>
internal sealed class QueueRecord
{
    public PublishQueue? Queue { get; set; }

    public List<(Publish Message, PublishReply Refusal)> Refused { get; } = [];

    public List<(Publish Message, Rejected Why)> Rejected { get; } = [];

    public List<object> Others { get; } = [];

    public List<Publish> Left { get; } = [];

    public Action<PublishQueue, Publish>? OnRejected { get; set; }

    public static string Text(Publish message) => Encoding.UTF8.GetString(message.Payload.Span);
}
