namespace NatsActors;

/// <summary>
/// Something that happened to a publisher, raised once an episode: on the event stream of the actor system, and by
/// <see cref="NatsPublisher.EventRaised"/>.
/// </summary>
public abstract record NatsEvent : IContractMessage
{
    /// <summary>The publisher's name.</summary>
    public required string Publisher { get; init; }
}

/// <summary>The first link is up.</summary>
public sealed record Connected : NatsEvent
{
    /// <summary>The server, without credentials.</summary>
    public required string Server { get; init; }
}

/// <summary>The link ended, or the first attempt to make a link failed. Once an outage.</summary>
public sealed record Disconnected : NatsEvent
{
    /// <summary>The server, without credentials.</summary>
    public required string Server { get; init; }

    /// <summary>The kind of cause.</summary>
    public required LinkLossKind Kind { get; init; }

    /// <summary>The cause in words, without credentials.</summary>
    public required string Detail { get; init; }
}

/// <summary>A new link is up.</summary>
public sealed record Reconnected : NatsEvent
{
    /// <summary>The server, without credentials.</summary>
    public required string Server { get; init; }

    /// <summary>How long there was no link.</summary>
    public required TimeSpan Outage { get; init; }

    /// <summary>Messages that the buffer kept.</summary>
    public required long Messages { get; init; }

    /// <summary>Wire bytes that the buffer kept.</summary>
    public required long Bytes { get; init; }
}

/// <summary>A server refused the credentials, or the credentials file has none. Once an outage.</summary>
public sealed record AuthenticationFailed : NatsEvent
{
    /// <summary>The server, without credentials.</summary>
    public required string Server { get; init; }

    /// <summary>The server's words, or the fault of the credentials file.</summary>
    public required string Detail { get; init; }

    /// <summary>True when the publisher ends because of <c>connection.authorization-error = stop</c>.</summary>
    public bool Final { get; init; }
}

/// <summary>
/// TLS with a server failed: the server's certificate has expired, has another name or comes from an authority that is not
/// trusted; the server refused the client's certificate; a file of <c>connection.tls</c> cannot be used; or one side requires TLS
/// and the other has none. Once an outage, also when the outage began with another cause. The publisher tries again with back-off.
/// </summary>
public sealed record TlsFailed : NatsEvent
{
    /// <summary>The server, without credentials.</summary>
    public required string Server { get; init; }

    /// <summary>The cause in words.</summary>
    public required string Detail { get; init; }
}

/// <summary>A server announced servers that the pool did not have.</summary>
public sealed record ServersDiscovered : NatsEvent
{
    /// <summary>The new servers.</summary>
    public required IReadOnlyList<string> Servers { get; init; }
}

/// <summary>The server is about to end (lame duck mode). The publisher moves to another server if the pool has one.</summary>
public sealed record LameDuck : NatsEvent
{
    /// <summary>The server, without credentials.</summary>
    public required string Server { get; init; }
}

/// <summary>The buffer rose above its high watermark. Raised again only after the buffer has fallen below its low watermark.</summary>
public sealed record HighWatermark : NatsEvent
{
    /// <summary>Messages in the buffer.</summary>
    public required long Messages { get; init; }

    /// <summary>Wire bytes in the buffer.</summary>
    public required long Bytes { get; init; }
}

/// <summary>The first message of an episode was refused, made to wait, or made an older one drop.</summary>
public sealed record OverflowStarted : NatsEvent
{
    /// <summary>The limit that was hit.</summary>
    public required BufferLimit Limit { get; init; }

    /// <summary>The policy that the publisher applies.</summary>
    public required OverflowPolicy Policy { get; init; }
}

/// <summary>The buffer fell below its low watermark after an overflow.</summary>
public sealed record OverflowEnded : NatsEvent
{
    /// <summary>Messages refused during the episode.</summary>
    public required long Refused { get; init; }

    /// <summary>Messages dropped during the episode.</summary>
    public required long Dropped { get; init; }
}

/// <summary>Accepted messages ended undelivered, and their senders had not asked for outcomes. Counted over one second.</summary>
public sealed record MessagesUndelivered : NatsEvent
{
    /// <summary>The reason.</summary>
    public required UndeliveredReason Reason { get; init; }

    /// <summary>The number of messages.</summary>
    public required long Count { get; init; }

    /// <summary>The cause in words, of the last of these messages; null when there is none.</summary>
    public string? Detail { get; init; }
}

/// <summary>
/// The oldest message that may have been sent before is older than <c>jetstream.duplicate-window</c>, so a resend may be stored
/// twice. Once an outage.
/// </summary>
public sealed record DuplicateWindowExceeded : NatsEvent
{
    /// <summary>The age of the oldest message.</summary>
    public required TimeSpan OldestAge { get; init; }
}

/// <summary>
/// The journal (<c>durability.journal</c>) failed. Until <see cref="JournalRecovered"/> new messages are
/// <see cref="Rejected"/> with <see cref="RejectReason.NotDurable"/>; what the journal has is still sent.
/// </summary>
public sealed record JournalFailed : NatsEvent
{
    /// <summary>The cause, as the journal gave it.</summary>
    public required string Cause { get; init; }

    /// <summary>Messages that waited for the journal and were rejected.</summary>
    public required long Rejected { get; init; }
}

/// <summary>The journal was read at the start, or works again after a failure.</summary>
public sealed record JournalRecovered : NatsEvent
{
    /// <summary>Messages that a publisher before this one had left in the journal; 0 after a failure.</summary>
    public required long Messages { get; init; }

    /// <summary>Wire bytes of <see cref="Messages"/>.</summary>
    public required long Bytes { get; init; }

    /// <summary>How long new messages could not be accepted.</summary>
    public required TimeSpan Duration { get; init; }
}

/// <summary>
/// A part of the journal cannot be read. <c>durability.on-damage</c> decides whether the publisher ends or sends what is behind it.
/// </summary>
public sealed record JournalDamaged : NatsEvent
{
    /// <summary>The sequence number of the event in the journal; 0 when events are missing.</summary>
    public required long SequenceNr { get; init; }

    /// <summary>What is wrong, and where the bytes are kept.</summary>
    public required string Detail { get; init; }
}

/// <summary>
/// The outcome of a message from the journal whose sender had asked for it (<see cref="Publish.WantsOutcome"/>) in a process that is
/// gone. One event for each such message.
/// </summary>
public sealed record OutcomeRecovered : NatsEvent
{
    /// <summary>The outcome, with the sequence and the correlation id of that process.</summary>
    public required Outcome Outcome { get; init; }
}

/// <summary>The publisher refuses new messages and sends the buffered ones.</summary>
public sealed record Draining : NatsEvent
{
    /// <summary>Messages in the buffer.</summary>
    public required long Messages { get; init; }
}

/// <summary>The publisher has ended. This is the last event of a publisher.</summary>
public sealed record Closed : NatsEvent
{
    /// <summary>The ledger at the end.</summary>
    public required LedgerTotals Totals { get; init; }

    /// <summary>
    /// Why the publisher ended without a drain: attempts used up, credentials refused for good, an actor that failed again and
    /// again, or a stop that left messages. Null after a drain.
    /// </summary>
    public string? Cause { get; init; }
}
