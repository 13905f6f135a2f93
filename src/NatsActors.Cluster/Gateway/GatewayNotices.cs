using Akka.Actor;
using Akka.Event;
using NatsActors.Links;
using NatsActors.Protocol;

namespace NatsActors.Cluster.Gateway;

/// <summary>What the actors of one gateway tell each other. It never leaves the process.</summary>
internal abstract record GatewayNotice : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>From a session: what its link reports of its server. Answered, when INFO has changed, with whether there is another server.</summary>
internal sealed record ServerNews(ServerAddress Server, LinkReport Report, bool WasUp) : GatewayNotice
{
    public bool HasAlternative { get; init; }
}

/// <summary>The gateway's node leaves. Answered with <see cref="Left"/> when no session is left.</summary>
internal sealed record Leave : GatewayNotice
{
    public static Leave Instance { get; } = new();
}

/// <summary>The gateway has no session any more, or no other gateway can take its sessions.</summary>
internal sealed record Left(int Sessions) : GatewayNotice;
