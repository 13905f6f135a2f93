namespace NatsActors.Protocol;

/// <summary>The fields of a server's INFO that a link uses (https://docs.nats.io/reference/reference-protocols/nats-protocol#info).</summary>
internal sealed record ServerInfo
{
    public string ServerId { get; init; } = "";
    public string Version { get; init; } = "";
    public long MaxPayload { get; init; } = 1024 * 1024;
    public bool Headers { get; init; }

    /// <summary>JetStream's API level, since server 2.12; 0 before.</summary>
    public int ApiLevel { get; init; }

    public bool JetStream { get; init; }
    public bool AuthRequired { get; init; }
    public bool TlsRequired { get; init; }
    public bool TlsAvailable { get; init; }
    public bool LameDuck { get; init; }
    public string? Nonce { get; init; }
    public IReadOnlyList<string> ConnectUrls { get; init; } = [];

    /// <summary>Wire bytes of the largest batch that a gateway in front of the server takes. Not in INFO: a server has no such limit.</summary>
    public long MaxBatch { get; init; } = long.MaxValue;
}
