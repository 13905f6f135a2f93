using Akka.Actor;
using Akka.Event;

namespace NatsActors.Door;

/// <summary>A purge, and the last sequence that had been accepted when it passed.</summary>
internal sealed record PassedPurge(Purge Purge, long ThroughSequence, IActorRef? Sender);

/// <summary>From the door to the buffer actor: there is something to do.</summary>
internal sealed record Wake : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static Wake Instance { get; } = new();
}

/// <summary>From the door to the journal's actor: there is something to write.</summary>
internal sealed record JournalDue : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static JournalDue Instance { get; } = new();
}

/// <summary>From the door to the connection actor: a new link is wanted.</summary>
internal sealed record Reconnect : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static Reconnect Instance { get; } = new();
}

/// <summary>What the connection actor knows, as a status shows it.</summary>
/// <param name="State">The state.</param>
/// <param name="Server">The server of the link; null without one.</param>
/// <param name="Reconnects">Links made after the first.</param>
/// <param name="LastError">Why the last link or attempt ended.</param>
/// <param name="Attempts">Attempts since the last link was lost.</param>
internal sealed record ConnectionReport(ConnectionState State, string? Server, long Reconnects, string? LastError, long Attempts)
{
    public static ConnectionReport Initial { get; } = new(ConnectionState.Connecting, null, 0, null, 0);
}

/// <summary>What has to be told about the buffer's fill.</summary>
/// <param name="OverflowBegan">The limit that began an episode of overflow.</param>
/// <param name="CrossedHigh">The high watermark was crossed.</param>
/// <param name="Messages">Messages in the buffer.</param>
/// <param name="Bytes">Wire bytes in the buffer.</param>
/// <param name="OverflowEnded">The counts of an episode that has ended.</param>
/// <param name="Refused">Who hears of capacity.</param>
/// <param name="FreeMessages">Messages that fit.</param>
/// <param name="FreeBytes">Wire bytes that fit.</param>
internal readonly record struct PressureNotices(
    BufferLimit? OverflowBegan, bool CrossedHigh, long Messages, long Bytes, (long Refused, long Dropped)? OverflowEnded,
    IReadOnlyCollection<IActorRef> Refused, long FreeMessages, long FreeBytes);
