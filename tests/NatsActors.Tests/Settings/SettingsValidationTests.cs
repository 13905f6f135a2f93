using NatsActors.Connection;
using NatsActors.Links;
using NatsActors.Settings;

namespace NatsActors.Tests.Settings;

public sealed class SettingsValidationTests
{
    private static readonly PublisherSettings Defaults = new();

    public static TheoryData<string> Rules => [.. Cases.Keys];

    private static readonly Dictionary<string, PublisherSettings> Cases = new()
    {
        ["name: '' must be made of letters, digits, '-', '_' and '.'"] = Defaults with { Name = "" },
        ["connection.servers: must name at least one server, such as nats://127.0.0.1:4222"] =
            Connection(c => c with { Servers = [] }),
        ["connection.servers.1: the port is not a number from 1 to 65535; must be host[:port] behind nats://, tls://, ws:// or wss://"] =
            Connection(c => c with { Servers = ["nats://ok", "nats://user:secret"] }),
        ["connection.authorization-error: '9' must be one of retry, stop"] =
            Connection(c => c with { AuthorizationError = (AuthorizationErrorPolicy)9 }),
        ["connection.inbox-prefix: 'a.*' has the wildcard '*' at position 2; a publish needs a literal subject; must be a subject without wildcards, such as _INBOX or _INBOX.team"] =
            Connection(c => c with { InboxPrefix = "a.*" }),
        ["connection.inbox-prefix: '' is empty; must be a subject without wildcards, such as _INBOX or _INBOX.team"] =
            Connection(c => c with { InboxPrefix = "" }),
        ["connection.connect-timeout: '0ms' must be from 1ms to 24d"] = Connection(c => c with { ConnectTimeout = TimeSpan.Zero }),
        ["connection.ping-interval: '25d' must be from 1ms to 24d"] =
            Connection(c => c with { PingInterval = TimeSpan.FromDays(25) }),
        ["connection.ping-interval: '0.5ms' must be from 1ms to 24d"] =
            Connection(c => c with { PingInterval = TimeSpan.FromMicroseconds(500) }),
        ["connection.max-in-flight-bytes: '0B' must be at least 1B"] = Connection(c => c with { MaxInFlightBytes = 0 }),
        ["connection.backoff.min: '1m' must not be above connection.backoff.max (1s)"] =
            Connection(c => c with { Backoff = c.Backoff with { Min = TimeSpan.FromMinutes(1) } }),
        ["connection.backoff.authorization: '25d' must be from 1ms to 24d"] =
            Connection(c => c with { Backoff = c.Backoff with { Authorization = TimeSpan.FromDays(25) } }),
        ["connection.backoff.max-attempts: '-1' must be at least 0"] =
            Connection(c => c with { Backoff = c.Backoff with { MaxAttempts = -1 } }),
        ["connection.tls.certificate-file: 'a.pem' needs connection.tls.key-file; give both or neither"] =
            Connection(c => c with { Tls = c.Tls with { CertificateFile = "a.pem" } }),
        ["connection.tls.key-file: 'a.pem' needs connection.tls.certificate-file; give both or neither"] =
            Connection(c => c with { Tls = c.Tls with { KeyFile = "a.pem" } }),
        ["connection.tls.ca-file: must not be null"] = Connection(c => c with { Tls = c.Tls with { CaFile = null! } }),
        ["connection.credentials-file: 'a.creds' excludes user and password, or a token; give one of them"] =
            Connection(c => c with { CredentialsFile = "a.creds", Credentials = NatsCredentials.ForToken("s3cret") }),
        ["connection.backoff: must not be null"] = Connection(c => c with { Backoff = null! }),
        ["jetstream: must not be null"] = Defaults with { JetStream = null! },
        ["buffer.max-bytes: '4095B' must be at least 4KiB"] = Buffer(b => b with { MaxBytes = 4095 }),
        ["buffer.max-messages: '0' must be at least 1"] = Buffer(b => b with { MaxMessages = 0 }),
        ["buffer.wait-timeout: '-1s' must be from 1ms to 24d"] = Buffer(b => b with { WaitTimeout = TimeSpan.FromSeconds(-1) }),
        ["buffer.wait-max-messages: '0' must be at least 1"] = Buffer(b => b with { WaitMaxMessages = 0 }),
        ["buffer.wait-max-bytes: '0B' must be at least 1B"] = Buffer(b => b with { WaitMaxBytes = 0 }),
        ["buffer.time-to-live: '0ms' must be from 1ms to 24d, or off"] = Buffer(b => b with { TimeToLive = TimeSpan.Zero }),
        ["buffer.high-watermark: 'NaN' must be above 0 and at most 1"] = Buffer(b => b with { HighWatermark = double.NaN }),
        ["buffer.low-watermark: '0' must be above 0 and at most 1"] = Buffer(b => b with { LowWatermark = 0 }),
        ["buffer.low-watermark: '0.8' must be below buffer.high-watermark (0.8)"] = Buffer(b => b with { LowWatermark = 0.8 }),
        ["delivery.confirm-timeout: '0ms' must be from 1ms to 24d"] =
            Defaults with { Delivery = Defaults.Delivery with { ConfirmTimeout = TimeSpan.Zero } },
        ["delivery.poison-after: '0' must be at least 1"] =
            Defaults with { Delivery = Defaults.Delivery with { PoisonAfter = 0 } },
        ["jetstream.max-in-flight-messages: '0' must be at least 1"] = JetStream(j => j with { MaxInFlightMessages = 0 }),
        ["jetstream.retry-attempts: '-1' must be at least 0"] = JetStream(j => j with { RetryAttempts = -1 }),
        ["jetstream.retry-min: '3s' must not be above jetstream.retry-max (2s)"] =
            JetStream(j => j with { RetryMin = TimeSpan.FromSeconds(3) }),
        ["jetstream.strict-order: 'on' needs delivery.resend = on: what a stream refuses for its order has to be sent again"] =
            JetStream(j => j with { StrictOrder = true }) with { Delivery = Defaults.Delivery with { Resend = false } },
        ["jetstream.duplicate-window: '0ms' must be from 1ms to 24d"] = JetStream(j => j with { DuplicateWindow = TimeSpan.Zero }),
        ["durability: must not be null"] = Defaults with { Durability = null! },
        ["durability.journal: must not be null"] = Durability(d => d with { Journal = null! }),
        ["durability.persistence-id: must not be null"] = Durability(d => d with { PersistenceId = null! }),
        ["durability.page-bytes: '0B' must be at least 1B"] = Durability(d => d with { PageBytes = 0 }),
        ["durability.pages-in-flight: '0' must be at least 1"] = Durability(d => d with { PagesInFlight = 0 }),
        ["durability.mark-bytes: '0B' must be at least 1B"] = Durability(d => d with { MarkBytes = 0 }),
        ["durability.mark-delay: '0ms' must be from 1ms to 24d"] = Durability(d => d with { MarkDelay = TimeSpan.Zero }),
        ["durability.retry-max: '25d' must be from 1ms to 24d"] = Durability(d => d with { RetryMax = TimeSpan.FromDays(25) }),
        ["durability.retry-min: '11s' must not be above durability.retry-max (10s)"] =
            Durability(d => d with { RetryMin = TimeSpan.FromSeconds(11) }),
        ["durability.on-damage: '9' must be one of stop, skip"] = Durability(d => d with { OnDamage = (DamagePolicy)9 }),
        ["durability.journal: 'akka.persistence.journal.sql' needs delivery.resend = on: what a process before had sent and not marked has to be sent again"] =
            Durability(d => d with { Journal = "akka.persistence.journal.sql" }) with { Delivery = Defaults.Delivery with { Resend = false } },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_value_that_is_not_allowed_is_named_with_what_is_allowed(string violation)
    {
        Assert.Equal([violation], SettingsValidation.Check(Cases[violation]));
    }

    [Fact]
    public void Validate_reports_all_violations_at_once()
    {
        var error = Assert.Throws<SettingsException>(() => (Defaults with
        {
            Buffer = Defaults.Buffer with { MaxMessages = -1 },
            Delivery = Defaults.Delivery with { PoisonAfter = -1 },
        }).Validate());

        Assert.Equal(["buffer.max-messages: '-1' must be at least 1", "delivery.poison-after: '-1' must be at least 1"], error.Violations);
    }

    [Fact]
    public void At_most_once_with_a_stream_is_allowed()
    {
        var settings = Defaults with { Delivery = Defaults.Delivery with { Confirm = ConfirmMode.JetStream, Resend = false } };

        Assert.Same(settings, settings.Validate());
    }

    [Fact]
    public void Files_are_not_looked_for()
    {
        var settings = Connection(c => c with { Tls = c.Tls with { CertificateFile = "missing.pem", KeyFile = "missing.key" } });

        Assert.Empty(SettingsValidation.Check(settings));
    }

    private static PublisherSettings Connection(Func<ConnectionSettings, ConnectionSettings> change) =>
        Defaults with { Connection = change(Defaults.Connection) };

    private static PublisherSettings Buffer(Func<BufferSettings, BufferSettings> change) =>
        Defaults with { Buffer = change(Defaults.Buffer) };

    private static PublisherSettings JetStream(Func<JetStreamSettings, JetStreamSettings> change) =>
        Defaults with { JetStream = change(Defaults.JetStream) };

    private static PublisherSettings Durability(Func<DurabilitySettings, DurabilitySettings> change) =>
        Defaults with { Durability = change(Defaults.Durability) };
}
