using Akka.Actor;
using Akka.Event;
using NatsActors.Buffer;
using NatsActors.Protocol;

namespace NatsActors.Links;

/// <summary>The request for one link to one server.</summary>
/// <param name="Epoch">The number of the link, which every report of the link has.</param>
/// <param name="Server">The server.</param>
/// <param name="Settings">The connection's settings, with its credentials.</param>
/// <param name="ConfirmTimeout">The longest time that a fence or PING may be unanswered without any progress.</param>
/// <param name="AckInbox">
/// With <c>delivery.confirm = jetstream</c> the prefix, without the last dot, of the frames' reply subjects. The link subscribes to
/// <c>AckInbox.*</c> before it reports <see cref="LinkUp"/>. Null otherwise.
/// </param>
internal sealed record LinkRequest(
    long Epoch, ServerAddress Server, ConnectionSettings Settings, TimeSpan ConfirmTimeout, string? AckInbox);

/// <summary>A report of a link, with the link's epoch. No report follows <see cref="LinkLost"/>.</summary>
internal abstract record LinkReport(long Epoch) : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    /// <summary>What a status and events show as the server from this report on; null for no change from the address of the request.</summary>
    public string? Peer { get; init; }
}

/// <summary>The login is done, a PING was answered, and the link takes batches. This is the first report, at most once.</summary>
internal sealed record LinkUp(long Epoch, ServerInfo Info) : LinkReport(Epoch);

/// <summary>A batch is written, and the link takes one more. With <c>delivery.confirm = none</c> this report confirms the batch.</summary>
internal sealed record LinkWritten(long Epoch, long ThroughSequence) : LinkReport(Epoch);

/// <summary>
/// The PONG of a fence arrived: the server has read every frame up to <paramref name="ThroughSequence"/>.
/// <paramref name="DeniedSubjects"/> are the subjects that the server refused since the fence before.
/// </summary>
internal sealed record LinkConfirmed(long Epoch, long ThroughSequence, IReadOnlyList<string>? DeniedSubjects) : LinkReport(Epoch)
{
    /// <summary>From the fence to its PONG; null when nobody measured it.</summary>
    public TimeSpan? RoundTrip { get; init; }
}

/// <summary>The PubAcks of one read, in the order of their arrival.</summary>
internal sealed record LinkPubAcks(long Epoch, IReadOnlyList<PubAck> Acks) : LinkReport(Epoch);

/// <summary>The server sent another INFO, with other servers or with lame duck mode.</summary>
internal sealed record LinkInfoChanged(long Epoch, ServerInfo Info) : LinkReport(Epoch)
{
    /// <summary>The next link of the same factory leads elsewhere, whatever the pool says: a link in lame duck mode is left.</summary>
    public bool HasAlternative { get; init; }
}

/// <summary>
/// The link has ended, or could not be made. This is the last report, exactly once, also after <see cref="ILink.Close"/>. The link
/// does not touch the memory of its batches any more.
/// </summary>
internal sealed record LinkLost(long Epoch, LinkLossKind Kind, string Detail) : LinkReport(Epoch)
{
    /// <summary>The next link of the same factory leads elsewhere, to where none has failed lately: nothing is waited for.</summary>
    public bool HasAlternative { get; init; }
}

/// <summary>
/// One socket life to one server. A link never reconnects. All methods return at once and never throw; results come as reports.
/// </summary>
internal interface ILink
{
    /// <summary>The link's number.</summary>
    long Epoch { get; }

    /// <summary>
    /// Writes a batch and a fence behind it. At most <see cref="LinkCredit.Batches"/> batches may be unwritten at a time.
    /// </summary>
    void Write(FrameBatch batch);

    /// <summary>Ends the link. <see cref="LinkLost"/> with <see cref="LinkLossKind.Local"/> follows, unless the link was lost before.</summary>
    void Close();
}

/// <summary>The number of batches that a link may have unwritten. One batch in the socket and one behind it keep the socket busy.</summary>
internal static class LinkCredit
{
    public const int Batches = 2;
}

/// <summary>
/// Makes links. <see cref="Open"/> returns at once. The link calls the report callback from any thread, one call at a time and in
/// order. The callback must not block.
/// </summary>
internal interface ILinkFactory
{
    /// <summary>The only server of a publisher with these links, in place of <c>connection.servers</c>; null for those.</summary>
    ServerAddress? OnlyServer => null;

    ILink Open(LinkRequest request, Action<LinkReport> report);
}
