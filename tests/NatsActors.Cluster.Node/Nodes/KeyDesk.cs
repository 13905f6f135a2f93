using Akka.Actor;

namespace NatsActors.Cluster.Nodes;

/// <summary>Tells a publisher the messages of one sender, and notes what came of them.</summary>
internal sealed class KeyDesk(IActorRef target, NodeRecord record) : UntypedActor
{
    private Request? _request;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Request request:
                _request = request;
                target.Tell(request.Message, Self);
                break;
            case PublishReply reply when reply.CorrelationId == _request?.Stamp.ToString():
                _request!.Reply.TrySetResult(reply);
                break;
            case Stored { CorrelationId: { } stamp } stored:
                record.Stored(stamp, stored);
                break;
            case Undelivered { CorrelationId: { } stamp } undelivered:
                record.Undelivered(stamp, undelivered);
                break;
            case Delivered:
                record.Delivered();
                break;
        }
    }

    /// <summary>A message to tell, and who waits for the reply.</summary>
    internal sealed record Request(Stamp Stamp, object Message) : INoSerializationVerificationNeeded
    {
        public TaskCompletionSource<PublishReply> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
