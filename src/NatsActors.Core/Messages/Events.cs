namespace NatsActors;

/// <summary>
/// What happened to a publisher, once an episode. On the event stream of the actor system, and as a .NET event on the
/// embedded facade.
/// </summary>
public abstract record NatsEvent
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

/// <summary>A link ended, or (once an outage) the first attempt to make one failed.</summary>
public sealed record Disconnected : NatsEvent
{
    /// <summary>The server, without credentials.</summary>
    public required string Server { get; init; }

    /// <summary>Why.</summary>
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

/// <summary>The credentials do not log in: a server refused them, or the credentials file does not hold any. Once an outage.</summary>
public sealed record AuthenticationFailed : NatsEvent
{
    /// <summary>The server, without credentials.</summary>
    public required string Server { get; init; }

    /// <summary>The server's words.</summary>
    public required string Detail { get; init; }

    /// <summary>True when <c>connection.authorization-error = stop</c> makes this the end.</summary>
    public bool Final { get; init; }
}

/// <summary>
/// TLS could not be agreed with a server: its certificate has expired, bears another name or is of an authority that is not
/// trusted, it refused ours, a file of <c>connection.tls</c> cannot be used, or one side asks for TLS and the other has none.
/// Once an outage, also when the outage began with something else; tried again with back-off.
/// </summary>
public sealed record TlsFailed : NatsEvent
{
    /// <summary>The server, without credentials.</summary>
    public required string Server { get; init; }

    /// <summary>The cause in words.</summary>
    public required string Detail { get; init; }
}

/// <summary>A server announced servers that were not known.</summary>
public sealed record ServersDiscovered : NatsEvent
{
    /// <summary>The new ones.</summary>
    public required IReadOnlyList<string> Servers { get; init; }
}

/// <summary>The server goes away soon (lame duck mode); the publisher moves to another.</summary>
public sealed record LameDuck : NatsEvent
{
    /// <summary>The server, without credentials.</summary>
    public required string Server { get; init; }
}

/// <summary>The buffer rose above its high watermark; again only after it fell below the low one.</summary>
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

    /// <summary>What the publisher does now.</summary>
    public required OverflowPolicy Policy { get; init; }
}

/// <summary>The buffer fell below its low watermark again.</summary>
public sealed record OverflowEnded : NatsEvent
{
    /// <summary>Messages refused during the episode.</summary>
    public required long Refused { get; init; }

    /// <summary>Messages dropped during the episode.</summary>
    public required long Dropped { get; init; }
}

/// <summary>Accepted messages ended undelivered and their senders had not asked for outcomes; counted over an episode.</summary>
public sealed record MessagesUndelivered : NatsEvent
{
    /// <summary>Why.</summary>
    public required UndeliveredReason Reason { get; init; }

    /// <summary>How many.</summary>
    public required long Count { get; init; }

    /// <summary>A cause in words, where the server gave one.</summary>
    public string? Detail { get; init; }
}

/// <summary>A frame waited longer than <c>jetstream.duplicate-window</c>: a resend may be stored twice. Once an outage.</summary>
public sealed record DuplicateWindowExceeded : NatsEvent
{
    /// <summary>The age of the oldest frame.</summary>
    public required TimeSpan OldestAge { get; init; }
}

/// <summary>The publisher refuses new messages and sends what it has.</summary>
public sealed record Draining : NatsEvent
{
    /// <summary>Messages in the buffer.</summary>
    public required long Messages { get; init; }
}

/// <summary>The publisher has ended.</summary>
public sealed record Closed : NatsEvent
{
    /// <summary>The ledger at the end.</summary>
    public required LedgerTotals Totals { get; init; }

    /// <summary>Why, when nobody asked for it (attempts used up, credentials refused for good); null otherwise.</summary>
    public string? Cause { get; init; }
}
