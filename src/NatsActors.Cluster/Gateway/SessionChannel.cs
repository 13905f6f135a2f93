using Akka.Actor;
using Akka.Event;

namespace NatsActors.Cluster.Gateway;

/// <summary>The way from a link to its session, by the two actors' references.</summary>
internal sealed class SessionChannel : ISessionChannel
{
    private volatile IActorRef? _actor;
    private volatile bool _ended;

    /// <summary>The session's actor. Set before the link is told that it is open.</summary>
    public IActorRef? Session { get; set; }

    /// <summary>The link's actor.</summary>
    public IActorRef? Actor
    {
        get => _actor;
        set
        {
            _actor = value;
            if (_ended)
            {
                End();
            }
        }
    }

    public void Send(IToSession message) => Session?.Tell(message, _actor ?? ActorRefs.NoSender);

    public void End()
    {
        _ended = true;
        _actor?.Tell(LinkEnded.Instance);
    }

    /// <summary>The link has ended.</summary>
    internal sealed record LinkEnded : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static LinkEnded Instance { get; } = new();
    }
}
