using System.Globalization;
using Akka.Actor;

namespace NatsActors.Faults;

/// <summary>The sender of told messages; counts each answer on the thread that gives it, by the correlation id alone.</summary>
internal sealed class AnswerRef(IActorRefProvider provider, AnswerCheck check) : MinimalActorRef
{
    public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "answers";

    public override IActorRefProvider Provider => provider;

    protected override void TellInternal(object message, IActorRef sender)
    {
        switch (message)
        {
            case PublishReply reply:
                check.Answer(Number(reply.CorrelationId), reply is Ack);
                break;
            case BatchReply reply:
                check.Answer(Number(reply.CorrelationId), reply.Accepted == 1);
                break;
        }
    }

    private static long Number(string? correlation) => long.Parse(correlation!, CultureInfo.InvariantCulture);
}
