namespace NatsActors;

/// <summary>Why a link ended or could not be made.</summary>
public enum LinkLossKind
{
    /// <summary>The server could not be reached (refused, unknown host, time-out).</summary>
    Unreachable,

    /// <summary>The other side did not speak the NATS protocol.</summary>
    Protocol,

    /// <summary>The TLS handshake failed, or a certificate was refused.</summary>
    Tls,

    /// <summary>The server refused the credentials, or the credentials file has none.</summary>
    Authorization,

    /// <summary>The other side closed the connection, or the connection broke.</summary>
    Closed,

    /// <summary>The server ended the connection with a fatal <c>-ERR</c>.</summary>
    ServerError,

    /// <summary>A fence or ping was not answered in time.</summary>
    Timeout,

    /// <summary>The publisher ended the link itself.</summary>
    Local,
}
