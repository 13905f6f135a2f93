using NatsActors.Settings;

namespace NatsActors;

/// <summary>
/// The settings of one publisher. <c>reference.conf</c> has the default and the meaning of every key.
/// <see cref="Validate"/> reports every violation at once.
/// </summary>
public sealed record PublisherSettings
{
    /// <summary>
    /// The publisher's name, which events, health checks and metrics show: letters, digits, '-', '_' and '.'. Default:
    /// <c>publisher</c>.
    /// </summary>
    public string Name { get; init; } = "publisher";

    /// <summary>Servers, time-outs, back-off, TLS, credentials.</summary>
    public ConnectionSettings Connection { get; init; } = new();

    /// <summary>Limits, overflow, age.</summary>
    public BufferSettings Buffer { get; init; } = new();

    /// <summary>Confirmation and resend.</summary>
    public DeliverySettings Delivery { get; init; } = new();

    /// <summary>The window and the retries of JetStream confirmation.</summary>
    public JetStreamSettings JetStream { get; init; } = new();

    /// <summary>The journal that keeps the buffer through the end of the process.</summary>
    public DurabilitySettings Durability { get; init; } = new();

    /// <summary>What traces show.</summary>
    public DiagnosticsSettings Diagnostics { get; init; } = new();

    /// <summary>Checks every value.</summary>
    /// <returns>The same settings.</returns>
    /// <exception cref="SettingsException">One or more values are not allowed; the exception lists all of them by key.</exception>
    public PublisherSettings Validate()
    {
        var violations = SettingsValidation.Check(this);
        return violations.Count == 0 ? this : throw new SettingsException(violations);
    }
}

/// <summary>Settings under <c>connection</c>.</summary>
public sealed record ConnectionSettings
{
    /// <summary><c>connection.servers</c>: the seed servers. Credentials in a URL are used and never shown.</summary>
    public IReadOnlyList<string> Servers { get; init; } = ReferenceDefaults.List("connection.servers");

    /// <summary><c>connection.name</c>: the client name that the server shows in its monitoring.</summary>
    public string Name { get; init; } = ReferenceDefaults.Text("connection.name");

    /// <summary>
    /// <c>connection.inbox-prefix</c>: the first tokens of the subject on which PubAcks arrive, for users that may subscribe only
    /// below a prefix of their own. A subject without wildcards, of at most 255 bytes.
    /// </summary>
    public string InboxPrefix { get; init; } = ReferenceDefaults.Text("connection.inbox-prefix");

    /// <summary>User and password, or token. Never shown.</summary>
    public NatsCredentials Credentials { get; init; } = NatsCredentials.None;

    /// <summary><c>connection.credentials-file</c>: a file with a user's JWT and NKey seed; empty for none.</summary>
    public string CredentialsFile { get; init; } = ReferenceDefaults.Text("connection.credentials-file");

    /// <summary><c>connection.connect-timeout</c>: the time for TCP, TLS and login together; then the attempt has failed.</summary>
    public TimeSpan ConnectTimeout { get; init; } = ReferenceDefaults.Duration("connection.connect-timeout");

    /// <summary><c>connection.ping-interval</c>: a link without traffic for this long sends a PING.</summary>
    public TimeSpan PingInterval { get; init; } = ReferenceDefaults.Duration("connection.ping-interval");

    /// <summary><c>connection.discover-servers</c>: whether the servers that INFO announces join the pool.</summary>
    public bool DiscoverServers { get; init; } = ReferenceDefaults.Flag("connection.discover-servers");

    /// <summary><c>connection.randomize-servers</c>: whether servers are tried in random order.</summary>
    public bool RandomizeServers { get; init; } = ReferenceDefaults.Flag("connection.randomize-servers");

    /// <summary><c>connection.authorization-error</c>: whether the publisher retries or ends after refused credentials.</summary>
    public AuthorizationErrorPolicy AuthorizationError { get; init; } =
        ReferenceDefaults.Choice<AuthorizationErrorPolicy>("connection.authorization-error");

    /// <summary><c>connection.max-in-flight-bytes</c>: wire bytes that may be written and not confirmed.</summary>
    public long MaxInFlightBytes { get; init; } = ReferenceDefaults.Size("connection.max-in-flight-bytes");

    /// <summary><c>connection.backoff</c>: the waits between attempts.</summary>
    public BackoffSettings Backoff { get; init; } = new();

    /// <summary><c>connection.tls</c>: when TLS is used, and its certificates.</summary>
    public TlsSettings Tls { get; init; } = new();
}

/// <summary>Settings under <c>connection.backoff</c>: the waits between attempts at one server.</summary>
public sealed record BackoffSettings
{
    /// <summary><c>connection.backoff.min</c>: the upper end of the first wait.</summary>
    public TimeSpan Min { get; init; } = ReferenceDefaults.Duration("connection.backoff.min");

    /// <summary><c>connection.backoff.max</c>: the longest wait, and after a few attempts every wait.</summary>
    public TimeSpan Max { get; init; } = ReferenceDefaults.Duration("connection.backoff.max");

    /// <summary>
    /// <c>connection.backoff.authorization</c>: the longest wait after refused credentials; the shortest is half of it.
    /// </summary>
    public TimeSpan Authorization { get; init; } = ReferenceDefaults.Duration("connection.backoff.authorization");

    /// <summary><c>connection.backoff.max-attempts</c>: failed attempts in a row before the publisher ends; 0 for no limit.</summary>
    public int MaxAttempts { get; init; } = ReferenceDefaults.Count("connection.backoff.max-attempts");
}

/// <summary>Settings under <c>connection.tls</c>.</summary>
public sealed record TlsSettings
{
    /// <summary><c>connection.tls.mode</c>: when TLS is used.</summary>
    public TlsMode Mode { get; init; } = ReferenceDefaults.Choice<TlsMode>("connection.tls.mode");

    /// <summary><c>connection.tls.ca-file</c>: a PEM file with the authorities to trust; empty for the system's.</summary>
    public string CaFile { get; init; } = ReferenceDefaults.Text("connection.tls.ca-file");

    /// <summary><c>connection.tls.certificate-file</c>: a PEM file with the client's certificate; empty for none.</summary>
    public string CertificateFile { get; init; } = ReferenceDefaults.Text("connection.tls.certificate-file");

    /// <summary><c>connection.tls.key-file</c>: a PEM file with the key of the client's certificate; empty for none.</summary>
    public string KeyFile { get; init; } = ReferenceDefaults.Text("connection.tls.key-file");

    /// <summary><c>connection.tls.server-name</c>: the name that the server's certificate must have; empty for the URL's host.</summary>
    public string ServerName { get; init; } = ReferenceDefaults.Text("connection.tls.server-name");

    /// <summary><c>connection.tls.insecure-skip-verify</c>: whether any certificate is accepted. For tests only.</summary>
    public bool InsecureSkipVerify { get; init; } = ReferenceDefaults.Flag("connection.tls.insecure-skip-verify");
}

/// <summary>Settings under <c>buffer</c>.</summary>
public sealed record BufferSettings
{
    /// <summary><c>buffer.max-bytes</c>: the limit in wire bytes. At the limit <see cref="Overflow"/> decides.</summary>
    public long MaxBytes { get; init; } = ReferenceDefaults.Size("buffer.max-bytes");

    /// <summary><c>buffer.max-messages</c>: the limit in messages. At the limit <see cref="Overflow"/> decides.</summary>
    public long MaxMessages { get; init; } = ReferenceDefaults.Count("buffer.max-messages");

    /// <summary><c>buffer.overflow</c>: the policy when the buffer is full.</summary>
    public OverflowPolicy Overflow { get; init; } = ReferenceDefaults.Choice<OverflowPolicy>("buffer.overflow");

    /// <summary><c>buffer.wait-timeout</c>: the longest time that a reply is held until there is room.</summary>
    public TimeSpan WaitTimeout { get; init; } = ReferenceDefaults.Duration("buffer.wait-timeout");

    /// <summary><c>buffer.wait-max-messages</c>: messages that may wait for room.</summary>
    public int WaitMaxMessages { get; init; } = ReferenceDefaults.Count("buffer.wait-max-messages");

    /// <summary><c>buffer.wait-max-bytes</c>: wire bytes that may wait for room.</summary>
    public long WaitMaxBytes { get; init; } = ReferenceDefaults.Size("buffer.wait-max-bytes");

    /// <summary><c>buffer.time-to-live</c>: the age at which a queued message expires; null (<c>off</c>) for never.</summary>
    public TimeSpan? TimeToLive { get; init; } = ReferenceDefaults.OptionalDuration("buffer.time-to-live");

    /// <summary><c>buffer.high-watermark</c>: the fraction of a limit above which <see cref="NatsActors.HighWatermark"/> is raised.</summary>
    public double HighWatermark { get; init; } = ReferenceDefaults.Fraction("buffer.high-watermark");

    /// <summary><c>buffer.low-watermark</c>: the fraction of both limits below which <see cref="CapacityAvailable"/> is sent.</summary>
    public double LowWatermark { get; init; } = ReferenceDefaults.Fraction("buffer.low-watermark");
}

/// <summary>Settings under <c>delivery</c>.</summary>
public sealed record DeliverySettings
{
    /// <summary><c>delivery.confirm</c>: what turns a message into an outcome.</summary>
    public ConfirmMode Confirm { get; init; } = ReferenceDefaults.Choice<ConfirmMode>("delivery.confirm");

    /// <summary>
    /// <c>delivery.confirm-timeout</c>: a link ends when a fence has no PONG for this long and nothing makes progress. A message
    /// without a PubAck for this long is sent again.
    /// </summary>
    public TimeSpan ConfirmTimeout { get; init; } = ReferenceDefaults.Duration("delivery.confirm-timeout");

    /// <summary><c>delivery.resend</c>: whether unconfirmed messages are sent again (at least once) or not (at most once).</summary>
    public bool Resend { get; init; } = ReferenceDefaults.Flag("delivery.resend");

    /// <summary><c>delivery.replay-rate</c>: messages a second at which a backlog is sent after a link has come up; 0 for no limit.</summary>
    public int ReplayRate { get; init; } = ReferenceDefaults.Count("delivery.replay-rate");

    /// <summary>
    /// <c>delivery.poison-after</c>: links that the server closes in a row with one message alone in flight, before that message ends
    /// as <see cref="UndeliveredReason.Poison"/>.
    /// </summary>
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
    /// <c>jetstream.strict-order</c>: whether each message names the message before, so that the stream stores it behind that one or
    /// refuses it. For a publisher that is the only writer of its stream.
    /// </summary>
    public bool StrictOrder { get; init; } = ReferenceDefaults.Flag("jetstream.strict-order");

    /// <summary><c>jetstream.retry-attempts</c>: how often a message is sent again after a refusal that may pass.</summary>
    public int RetryAttempts { get; init; } = ReferenceDefaults.Count("jetstream.retry-attempts");

    /// <summary><c>jetstream.retry-min</c>: the first wait before a retry.</summary>
    public TimeSpan RetryMin { get; init; } = ReferenceDefaults.Duration("jetstream.retry-min");

    /// <summary><c>jetstream.retry-max</c>: the longest wait before a retry.</summary>
    public TimeSpan RetryMax { get; init; } = ReferenceDefaults.Duration("jetstream.retry-max");

    /// <summary>
    /// <c>jetstream.duplicate-window</c>: the <c>duplicate_window</c> of the streams. Older resends raise
    /// <see cref="DuplicateWindowExceeded"/>.
    /// </summary>
    public TimeSpan DuplicateWindow { get; init; } = ReferenceDefaults.Duration("jetstream.duplicate-window");
}

/// <summary>Settings under <c>durability</c>. A journal needs the package NatsActors.Persistence.</summary>
public sealed record DurabilitySettings
{
    /// <summary><c>durability.journal</c>: the path of a journal of Akka.Persistence in the system's HOCON; empty for none.</summary>
    public string Journal { get; init; } = ReferenceDefaults.Text("durability.journal");

    /// <summary>
    /// <c>durability.persistence-id</c>: what the journal keeps the messages under; empty for <c>nats-publisher-NAME</c>. One live
    /// publisher may use it.
    /// </summary>
    public string PersistenceId { get; init; } = ReferenceDefaults.Text("durability.persistence-id");

    /// <summary><c>durability.page-bytes</c>: the wire bytes of messages that are written to the journal as one event.</summary>
    public long PageBytes { get; init; } = ReferenceDefaults.Size("durability.page-bytes");

    /// <summary><c>durability.pages-in-flight</c>: pages that may be under way to the journal.</summary>
    public int PagesInFlight { get; init; } = ReferenceDefaults.Count("durability.pages-in-flight");

    /// <summary>
    /// <c>durability.mark-bytes</c>: wire bytes that may be sent beyond the last mark in the journal, which is what a crash sends twice.
    /// </summary>
    public long MarkBytes { get; init; } = ReferenceDefaults.Size("durability.mark-bytes");

    /// <summary><c>durability.mark-delay</c>: the longest time from a confirmation to a mark, while nothing else is written.</summary>
    public TimeSpan MarkDelay { get; init; } = ReferenceDefaults.Duration("durability.mark-delay");

    /// <summary><c>durability.retry-min</c>: the first wait after the journal has failed.</summary>
    public TimeSpan RetryMin { get; init; } = ReferenceDefaults.Duration("durability.retry-min");

    /// <summary><c>durability.retry-max</c>: the longest wait after the journal has failed.</summary>
    public TimeSpan RetryMax { get; init; } = ReferenceDefaults.Duration("durability.retry-max");

    /// <summary><c>durability.on-damage</c>: what happens when a part of the journal cannot be read.</summary>
    public DamagePolicy OnDamage { get; init; } = ReferenceDefaults.Choice<DamagePolicy>("durability.on-damage");
}

/// <summary>What happens when a part of the journal cannot be read.</summary>
public enum DamagePolicy
{
    /// <summary>The publisher ends and leaves the journal as it is.</summary>
    Stop,

    /// <summary>The damaged part is kept aside, and what is behind it is sent.</summary>
    Skip,
}

/// <summary>Settings under <c>diagnostics</c>.</summary>
public sealed record DiagnosticsSettings
{
    /// <summary>
    /// <c>diagnostics.subject-templates</c>: subjects with the wildcards <c>*</c> and <c>&gt;</c>. The first that covers a message's
    /// subject is the tag <c>messaging.destination.template</c> of its span. Empty: no span says anything of its subject.
    /// </summary>
    public IReadOnlyList<string> SubjectTemplates { get; init; } = ReferenceDefaults.List("diagnostics.subject-templates");
}
