using Akka.Event;
using NatsActors.Protocol;

namespace NatsActors.Cluster.Gateway;

/// <summary>What a link and a gateway tell each other through Akka.Remote: gateway.proto has the wire form.</summary>
internal interface IGatewayMessage : IDeadLetterSuppression;

/// <summary>The request for a session: from a link, sent again until it is answered.</summary>
/// <param name="Session">Made by the link. An Open that is repeated has the same.</param>
/// <param name="Versions">The versions that the link speaks.</param>
/// <param name="Epoch">The link's number.</param>
/// <param name="Publisher">The sender's name, for logs.</param>
/// <param name="AckInbox">As in <see cref="Links.LinkRequest"/>.</param>
/// <param name="ConfirmTimeout">As in <see cref="Links.LinkRequest"/>.</param>
/// <param name="PingInterval">The longest silence of the link.</param>
/// <param name="MaxMessageBytes">The largest message that the link's system takes.</param>
internal sealed record Open(
    ulong Session, GatewayVersions Versions, long Epoch, string Publisher, string? AckInbox, TimeSpan ConfirmTimeout, TimeSpan PingInterval,
    int MaxMessageBytes) : IGatewayMessage;

/// <summary>There is a session: its actor is the sender of this message.</summary>
internal sealed record Opened(ulong Session, int Version, int MaxMessageBytes) : IGatewayMessage;

/// <summary>There is no session.</summary>
internal sealed record Refused(ulong Session, GatewayVersions Versions, Refusal Reason, string Detail) : IGatewayMessage;

/// <summary>Why a gateway refuses a session.</summary>
internal enum Refusal
{
    /// <summary>A reason of a newer version.</summary>
    Unknown,

    /// <summary>The gateway and the link have no version in common.</summary>
    Version,

    /// <summary>The gateway has as many sessions as it may have.</summary>
    Sessions,

    /// <summary>The gateway's node leaves.</summary>
    Leaving,

    /// <summary>The request cannot be carried out.</summary>
    BadOpen,
}

/// <summary>From the link to its session. The numbers count from 1; a gap ends the session.</summary>
internal interface IToSession : IGatewayMessage
{
    long Number { get; }
}

/// <summary>A sign of life that wants one in return.</summary>
internal sealed record Ping(long Number) : IToSession;

/// <summary>The link has ended.</summary>
internal sealed record Close(long Number) : IToSession;

/// <summary>From the session to its link. A gap in the numbers ends the link.</summary>
/// <param name="Number">Counts from 1.</param>
/// <param name="Taken">The last number that the session has taken.</param>
internal abstract record ToLink(long Number, long Taken) : IGatewayMessage;

/// <summary>Says only what the session has taken.</summary>
internal sealed record Taken(long Number, long Last) : ToLink(Number, Last);

/// <summary>The session's link to NATS is up.</summary>
internal sealed record SessionUp(long Number, long Taken, string Server, ServerInfo Info) : ToLink(Number, Taken);

/// <inheritdoc cref="Links.LinkInfoChanged"/>
internal sealed record InfoChanged(long Number, long Taken, ServerInfo Info, bool HasAlternative) : ToLink(Number, Taken);

/// <summary>The gateway's node leaves.</summary>
internal sealed record GatewayLeaving(long Number, long Taken) : ToLink(Number, Taken);

/// <inheritdoc cref="Links.LinkWritten"/>
internal sealed record Written(long Number, long Taken, long ThroughSequence) : ToLink(Number, Taken);

/// <summary>Denied subjects that belong to the next <see cref="Confirmed"/>.</summary>
internal sealed record Denied(long Number, long Taken, IReadOnlyList<string> Subjects) : ToLink(Number, Taken);

/// <inheritdoc cref="Links.LinkConfirmed"/>
internal sealed record Confirmed(long Number, long Taken, long ThroughSequence, TimeSpan? RoundTrip) : ToLink(Number, Taken);

/// <inheritdoc cref="Links.LinkPubAcks"/>
internal sealed record PubAcks(long Number, long Taken, IReadOnlyList<PubAck> Acks) : ToLink(Number, Taken);

/// <summary>The session has ended. The last message.</summary>
internal sealed record SessionLost(long Number, long Taken, LinkLossKind Kind, string Detail) : ToLink(Number, Taken);
