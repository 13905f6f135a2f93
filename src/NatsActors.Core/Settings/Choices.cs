namespace NatsActors;

/// <summary>What a publish meets when the buffer is full (<c>buffer.overflow</c>).</summary>
public enum OverflowPolicy
{
    /// <summary><c>reject</c>: <see cref="BufferFull"/> at once.</summary>
    Reject,

    /// <summary><c>wait</c>: the reply is held until there is room, for <c>buffer.wait-timeout</c>.</summary>
    Wait,

    /// <summary><c>drop-oldest</c>: the oldest queued message ends as <see cref="UndeliveredReason.Dropped"/>.</summary>
    DropOldest,
}

/// <summary>What turns a message into an outcome (<c>delivery.confirm</c>).</summary>
public enum ConfirmMode
{
    /// <summary><c>fence</c>: the PONG of a PING behind it.</summary>
    Fence,

    /// <summary><c>jetstream</c>: the stream's PubAck.</summary>
    JetStream,

    /// <summary><c>none</c>: written to the socket.</summary>
    None,
}

/// <summary>Which implementation makes links (<c>connection.client</c>).</summary>
public enum LinkClient
{
    /// <summary><c>auto</c>: nats-net on Akka.NET, wire on the embedded runtime.</summary>
    Auto,

    /// <summary><c>wire</c>: the library's own, without a dependency.</summary>
    Wire,

    /// <summary><c>nats-net</c>: NATS.Client.Core; Akka.NET host only.</summary>
    NatsNet,
}

/// <summary>What refused credentials lead to (<c>connection.authorization-error</c>).</summary>
public enum AuthorizationErrorPolicy
{
    /// <summary><c>retry</c>: an event, then the longest back-off.</summary>
    Retry,

    /// <summary><c>stop</c>: the publisher closes.</summary>
    Stop,
}

/// <summary>When TLS is used (<c>connection.tls.mode</c>).</summary>
public enum TlsMode
{
    /// <summary><c>off</c>: only when the URL says <c>tls://</c> or the server insists.</summary>
    Off,

    /// <summary><c>require</c>: always, after the server's INFO.</summary>
    Require,

    /// <summary><c>handshake-first</c>: always, before the server's INFO.</summary>
    HandshakeFirst,
}
