namespace NatsActors;

/// <summary>Why a link ended or could not be made.</summary>
public enum LinkLossKind
{
    /// <summary>The server could not be reached (refused, unknown host, time-out).</summary>
    Unreachable,

    /// <summary>What answered did not speak the protocol.</summary>
    Protocol,

    /// <summary>TLS could not be agreed on, or a certificate was refused.</summary>
    Tls,

    /// <summary>The server refused the credentials, or the credentials file does not hold any.</summary>
    Authorization,

    /// <summary>The other side closed the connection, or it broke.</summary>
    Closed,

    /// <summary>The server ended the connection with a fatal <c>-ERR</c>.</summary>
    ServerError,

    /// <summary>A fence or ping was not answered in time.</summary>
    Timeout,

    /// <summary>The publisher ended the link itself.</summary>
    Local,
}

/// <summary>What a server says of itself in INFO (https://docs.nats.io/reference/reference-protocols/nats-protocol#info).</summary>
internal sealed record ServerInfo
{
    public string ServerId { get; init; } = "";
    public string Version { get; init; } = "";
    public long MaxPayload { get; init; } = 1024 * 1024;
    public bool Headers { get; init; }
    public bool JetStream { get; init; }
    public bool AuthRequired { get; init; }
    public bool TlsRequired { get; init; }
    public bool TlsAvailable { get; init; }
    public bool LameDuck { get; init; }
    public string? Nonce { get; init; }
    public IReadOnlyList<string> ConnectUrls { get; init; } = [];
}

/// <summary>
/// What the buffer gives a link to write: whole frames, as they lie in the buffer. The memory stays valid until the link has
/// confirmed the batch or has reported that it is lost.
/// </summary>
internal readonly record struct FrameBatch(ReadOnlyMemory<byte> Frames, long FirstSequence, long LastSequence, int Messages);

/// <summary>A PubAck, or a refusal in its place, for one frame.</summary>
/// <param name="Sequence">The frame's sequence (the last token of the ack inbox).</param>
/// <param name="Stream">The stream; null when the frame was not stored.</param>
/// <param name="StreamSequence">The sequence in the stream.</param>
/// <param name="Duplicate">Stored before under the same message id.</param>
/// <param name="Code">The error's HTTP-like code (503: no responders, or JetStream not available); 0 for none.</param>
/// <param name="ErrorCode">JetStream's own error code; 0 for none.</param>
/// <param name="Error">The error in the server's words.</param>
internal readonly record struct PubAck(
    long Sequence, string? Stream, long StreamSequence, bool Duplicate, int Code = 0, int ErrorCode = 0, string? Error = null);

/// <summary>How to make one link to one server.</summary>
/// <param name="Epoch">The number of the link; everything that it reports carries it.</param>
/// <param name="Server">The server.</param>
/// <param name="Settings">The connection's settings, with its credentials.</param>
/// <param name="ConfirmTimeout">How long a fence or ping may stay unanswered without any progress.</param>
/// <param name="AckInbox">
/// With JetStream confirmation, the prefix (without the last dot) of the reply subjects that the frames carry; the link
/// subscribes to <c>AckInbox.*</c> before it reports that it is up. Null otherwise.
/// </param>
internal sealed record LinkRequest(
    long Epoch, ServerAddress Server, ConnectionSettings Settings, TimeSpan ConfirmTimeout, string? AckInbox);

/// <summary>What a link reports. Always with the link's epoch; never after <see cref="LinkLost"/>.</summary>
internal abstract record LinkReport(long Epoch);

/// <summary>The handshake is done, a PING was answered, and the link takes batches. First report, at most once.</summary>
internal sealed record LinkUp(long Epoch, ServerInfo Info) : LinkReport(Epoch);

/// <summary>A batch has left: the link takes one more. With <c>confirm = none</c> this is the confirmation.</summary>
internal sealed record LinkWritten(long Epoch, long ThroughSequence) : LinkReport(Epoch);

/// <summary>
/// The PONG of a fence arrived: the server has read every frame up to <paramref name="ThroughSequence"/>.
/// <paramref name="DeniedSubjects"/> are those that it refused since the fence before.
/// </summary>
internal sealed record LinkConfirmed(long Epoch, long ThroughSequence, IReadOnlyList<string>? DeniedSubjects) : LinkReport(Epoch);

/// <summary>PubAcks, in the order of their arrival, as many as one read brought.</summary>
internal sealed record LinkPubAcks(long Epoch, IReadOnlyList<PubAck> Acks) : LinkReport(Epoch);

/// <summary>The server sent another INFO: other servers, lame duck.</summary>
internal sealed record LinkInfoChanged(long Epoch, ServerInfo Info) : LinkReport(Epoch);

/// <summary>
/// The link has ended, or could not be made. Last report, exactly once, also after <see cref="ILink.Close"/>. From here on the
/// link touches none of the memory that it was given.
/// </summary>
internal sealed record LinkLost(long Epoch, LinkLossKind Kind, string Detail) : LinkReport(Epoch);

/// <summary>
/// One socket life to one server; it never reconnects. All methods return at once and never throw; what happens is reported.
/// </summary>
internal interface ILink
{
    /// <summary>The link's number.</summary>
    long Epoch { get; }

    /// <summary>
    /// Writes a batch and, behind it, a fence. At most <see cref="LinkCredit.Batches"/> batches may be given beyond those
    /// reported as written.
    /// </summary>
    void Write(FrameBatch batch);

    /// <summary>Ends the link; <see cref="LinkLost"/> with <see cref="LinkLossKind.Local"/> follows (unless it was lost before).</summary>
    void Close();
}

/// <summary>How many batches a link holds unwritten: one being written and one behind it keep the socket busy.</summary>
internal static class LinkCredit
{
    public const int Batches = 2;
}

/// <summary>
/// Makes links. <see cref="Open"/> returns at once; the report callback may be called from any thread, one call at a time, in
/// order, and must not block.
/// </summary>
internal interface ILinkFactory
{
    ILink Open(LinkRequest request, Action<LinkReport> report);
}
