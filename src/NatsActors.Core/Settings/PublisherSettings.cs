namespace NatsActors;

/// <summary>
/// All settings of one publisher. Defaults come from <c>reference.conf</c>, where every key is explained;
/// <see cref="Validate"/> reports every violation at once.
/// </summary>
public sealed record PublisherSettings
{
    /// <summary>The publisher's name, as events and health checks show it. Default: <c>publisher</c>.</summary>
    public string Name { get; init; } = "publisher";

    /// <summary>Servers, time-outs, back-off, TLS, credentials.</summary>
    public ConnectionSettings Connection { get; init; } = new();

    /// <summary>Limits, overflow, age.</summary>
    public BufferSettings Buffer { get; init; } = new();

    /// <summary>Confirmation and resend.</summary>
    public DeliverySettings Delivery { get; init; } = new();

    /// <summary>The window and the retries of JetStream confirmation.</summary>
    public JetStreamSettings JetStream { get; init; } = new();

    /// <summary>Checks every value.</summary>
    /// <returns>This, for chaining.</returns>
    /// <exception cref="SettingsException">One or more values are not allowed; it lists all of them by key.</exception>
    public PublisherSettings Validate()
    {
        var violations = SettingsValidation.Check(this);
        return violations.Count == 0 ? this : throw new SettingsException(violations);
    }
}

/// <summary>Settings under <c>connection</c>.</summary>
public sealed record ConnectionSettings
{
    /// <summary><c>connection.servers</c>: seed servers. Credentials in a URL are used and never shown.</summary>
    public IReadOnlyList<string> Servers { get; init; } = ReferenceDefaults.List("connection.servers");

    /// <summary><c>connection.name</c>: the client's name in the server's monitoring.</summary>
    public string Name { get; init; } = ReferenceDefaults.Text("connection.name");

    /// <summary><c>connection.client</c>: which implementation makes links.</summary>
    public LinkClient Client { get; init; } = ReferenceDefaults.Choice<LinkClient>("connection.client");

    /// <summary>User and password, or token. Never shown.</summary>
    public NatsCredentials Credentials { get; init; } = NatsCredentials.None;

    /// <summary><c>connection.credentials-file</c>: a file with a user's JWT and NKey seed; empty is none. nats-net only.</summary>
    public string CredentialsFile { get; init; } = ReferenceDefaults.Text("connection.credentials-file");

    /// <summary><c>connection.connect-timeout</c>: TCP, TLS and handshake together; then the attempt has failed.</summary>
    public TimeSpan ConnectTimeout { get; init; } = ReferenceDefaults.Duration("connection.connect-timeout");

    /// <summary><c>connection.ping-interval</c>: how often a silent link is probed.</summary>
    public TimeSpan PingInterval { get; init; } = ReferenceDefaults.Duration("connection.ping-interval");

    /// <summary><c>connection.discover-servers</c>: add the servers that INFO announces.</summary>
    public bool DiscoverServers { get; init; } = ReferenceDefaults.Flag("connection.discover-servers");

    /// <summary><c>connection.randomize-servers</c>: try servers in random order.</summary>
    public bool RandomizeServers { get; init; } = ReferenceDefaults.Flag("connection.randomize-servers");

    /// <summary><c>connection.authorization-error</c>: go on after refused credentials, or end.</summary>
    public AuthorizationErrorPolicy AuthorizationError { get; init; } =
        ReferenceDefaults.Choice<AuthorizationErrorPolicy>("connection.authorization-error");

    /// <summary><c>connection.max-in-flight-bytes</c>: wire bytes written and not confirmed; the link waits beyond it.</summary>
    public long MaxInFlightBytes { get; init; } = ReferenceDefaults.Size("connection.max-in-flight-bytes");

    /// <summary><c>connection.backoff</c>: the waits between attempts.</summary>
    public BackoffSettings Backoff { get; init; } = new();

    /// <summary><c>connection.tls</c>.</summary>
    public TlsSettings Tls { get; init; } = new();
}

/// <summary>Settings under <c>connection.backoff</c>: exponential with full jitter.</summary>
public sealed record BackoffSettings
{
    /// <summary><c>connection.backoff.min</c>: the range of the first wait.</summary>
    public TimeSpan Min { get; init; } = ReferenceDefaults.Duration("connection.backoff.min");

    /// <summary><c>connection.backoff.max</c>: no wait is longer.</summary>
    public TimeSpan Max { get; init; } = ReferenceDefaults.Duration("connection.backoff.max");

    /// <summary><c>connection.backoff.max-attempts</c>: failed attempts in a row before the publisher closes; 0 is without end.</summary>
    public int MaxAttempts { get; init; } = ReferenceDefaults.Count("connection.backoff.max-attempts");
}

/// <summary>Settings under <c>connection.tls</c>.</summary>
public sealed record TlsSettings
{
    /// <summary><c>connection.tls.mode</c>.</summary>
    public TlsMode Mode { get; init; } = ReferenceDefaults.Choice<TlsMode>("connection.tls.mode");

    /// <summary><c>connection.tls.ca-file</c>: PEM authorities to trust instead of the system's; empty takes the system's.</summary>
    public string CaFile { get; init; } = ReferenceDefaults.Text("connection.tls.ca-file");

    /// <summary><c>connection.tls.certificate-file</c>: the client's certificate, PEM.</summary>
    public string CertificateFile { get; init; } = ReferenceDefaults.Text("connection.tls.certificate-file");

    /// <summary><c>connection.tls.key-file</c>: the key of the client's certificate, PEM.</summary>
    public string KeyFile { get; init; } = ReferenceDefaults.Text("connection.tls.key-file");

    /// <summary><c>connection.tls.server-name</c>: the name that the certificate must bear; empty takes the URL's host.</summary>
    public string ServerName { get; init; } = ReferenceDefaults.Text("connection.tls.server-name");

    /// <summary><c>connection.tls.insecure-skip-verify</c>: accept any certificate (tests only).</summary>
    public bool InsecureSkipVerify { get; init; } = ReferenceDefaults.Flag("connection.tls.insecure-skip-verify");
}

/// <summary>Settings under <c>buffer</c>.</summary>
public sealed record BufferSettings
{
    /// <summary><c>buffer.max-bytes</c>: wire bytes. At the limit <see cref="Overflow"/> decides.</summary>
    public long MaxBytes { get; init; } = ReferenceDefaults.Size("buffer.max-bytes");

    /// <summary><c>buffer.max-messages</c>. At the limit <see cref="Overflow"/> decides.</summary>
    public long MaxMessages { get; init; } = ReferenceDefaults.Count("buffer.max-messages");

    /// <summary><c>buffer.overflow</c>: what a publish meets when the buffer is full.</summary>
    public OverflowPolicy Overflow { get; init; } = ReferenceDefaults.Choice<OverflowPolicy>("buffer.overflow");

    /// <summary><c>buffer.wait-timeout</c>: how long a reply is held for room.</summary>
    public TimeSpan WaitTimeout { get; init; } = ReferenceDefaults.Duration("buffer.wait-timeout");

    /// <summary><c>buffer.wait-max-messages</c>: publishes that may wait for room.</summary>
    public int WaitMaxMessages { get; init; } = ReferenceDefaults.Count("buffer.wait-max-messages");

    /// <summary><c>buffer.wait-max-bytes</c>: wire bytes that may wait for room.</summary>
    public long WaitMaxBytes { get; init; } = ReferenceDefaults.Size("buffer.wait-max-bytes");

    /// <summary><c>buffer.time-to-live</c>: the age at which a queued message expires; null (<c>off</c>) is never.</summary>
    public TimeSpan? TimeToLive { get; init; } = ReferenceDefaults.OptionalDuration("buffer.time-to-live");

    /// <summary><c>buffer.high-watermark</c>: the fraction of a limit above which <see cref="NatsActors.HighWatermark"/> is raised.</summary>
    public double HighWatermark { get; init; } = ReferenceDefaults.Fraction("buffer.high-watermark");

    /// <summary><c>buffer.low-watermark</c>: the fraction of both limits below which <see cref="CapacityAvailable"/> is sent.</summary>
    public double LowWatermark { get; init; } = ReferenceDefaults.Fraction("buffer.low-watermark");

    /// <summary><c>buffer.max-mailbox-messages</c>: publishes that may wait in the buffer actor's mailbox.</summary>
    public int MaxMailboxMessages { get; init; } = ReferenceDefaults.Count("buffer.max-mailbox-messages");

    /// <summary><c>buffer.max-mailbox-bytes</c>: payload bytes that may wait in the buffer actor's mailbox.</summary>
    public long MaxMailboxBytes { get; init; } = ReferenceDefaults.Size("buffer.max-mailbox-bytes");
}

/// <summary>Settings under <c>delivery</c>.</summary>
public sealed record DeliverySettings
{
    /// <summary><c>delivery.confirm</c>: what turns a message into an outcome.</summary>
    public ConfirmMode Confirm { get; init; } = ReferenceDefaults.Choice<ConfirmMode>("delivery.confirm");

    /// <summary><c>delivery.confirm-timeout</c>: a fence or PubAck unanswered for this long, without progress, ends the link.</summary>
    public TimeSpan ConfirmTimeout { get; init; } = ReferenceDefaults.Duration("delivery.confirm-timeout");

    /// <summary><c>delivery.resend</c>: send unconfirmed messages again (at least once) or not (at most once).</summary>
    public bool Resend { get; init; } = ReferenceDefaults.Flag("delivery.resend");

    /// <summary><c>delivery.replay-rate</c>: messages a second at which a backlog is sent after a link has come up; 0 is unlimited.</summary>
    public int ReplayRate { get; init; } = ReferenceDefaults.Count("delivery.replay-rate");

    /// <summary><c>delivery.poison-after</c>: links lost in a row with one message alone in flight before it is given up.</summary>
    public int PoisonAfter { get; init; } = ReferenceDefaults.Count("delivery.poison-after");
}

/// <summary>Settings under <c>jetstream</c>; used with <see cref="ConfirmMode.JetStream"/>.</summary>
public sealed record JetStreamSettings
{
    /// <summary><c>jetstream.max-in-flight-messages</c>: messages that may await their PubAck.</summary>
    public int MaxInFlightMessages { get; init; } = ReferenceDefaults.Count("jetstream.max-in-flight-messages");

    /// <summary><c>jetstream.max-in-flight-bytes</c>: wire bytes that may await their PubAck.</summary>
    public long MaxInFlightBytes { get; init; } = ReferenceDefaults.Size("jetstream.max-in-flight-bytes");

    /// <summary>
    /// <c>jetstream.strict-order</c>: the stream stores each message behind the one before it or not at all, also when its leader
    /// changes; for a publisher that alone writes to its stream.
    /// </summary>
    public bool StrictOrder { get; init; } = ReferenceDefaults.Flag("jetstream.strict-order");

    /// <summary><c>jetstream.retry-attempts</c>: how often a refusal that may pass is tried again.</summary>
    public int RetryAttempts { get; init; } = ReferenceDefaults.Count("jetstream.retry-attempts");

    /// <summary><c>jetstream.retry-min</c>: the first wait before a retry.</summary>
    public TimeSpan RetryMin { get; init; } = ReferenceDefaults.Duration("jetstream.retry-min");

    /// <summary><c>jetstream.retry-max</c>: no wait before a retry is longer.</summary>
    public TimeSpan RetryMax { get; init; } = ReferenceDefaults.Duration("jetstream.retry-max");

    /// <summary><c>jetstream.duplicate-window</c>: the streams' own; older resends raise <see cref="DuplicateWindowExceeded"/>.</summary>
    public TimeSpan DuplicateWindow { get; init; } = ReferenceDefaults.Duration("jetstream.duplicate-window");
}
