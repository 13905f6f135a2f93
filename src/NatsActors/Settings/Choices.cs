namespace NatsActors;

/// <summary>What turns a message into an outcome (<c>delivery.confirm</c>).</summary>
public enum ConfirmMode
{
    /// <summary><c>fence</c>: the PONG of a PING behind the message.</summary>
    Fence,

    /// <summary><c>jetstream</c>: the stream's PubAck.</summary>
    JetStream,

    /// <summary><c>none</c>: the message is written to the socket.</summary>
    None,
}

/// <summary>The policy after refused credentials (<c>connection.authorization-error</c>).</summary>
public enum AuthorizationErrorPolicy
{
    /// <summary><c>retry</c>: <see cref="AuthenticationFailed"/>, then a wait of at most <c>connection.backoff.authorization</c>.</summary>
    Retry,

    /// <summary><c>stop</c>: the publisher ends.</summary>
    Stop,
}

/// <summary>When TLS is used (<c>connection.tls.mode</c>).</summary>
public enum TlsMode
{
    /// <summary><c>off</c>: only when the URL begins with <c>tls://</c> or <c>wss://</c>, or the server requires TLS.</summary>
    Off,

    /// <summary><c>require</c>: always, after the server's INFO.</summary>
    Require,

    /// <summary><c>handshake-first</c>: always, before the server's INFO.</summary>
    HandshakeFirst,
}
