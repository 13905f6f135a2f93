using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using NatsActors.Protocol;

namespace NatsActors.Settings;

/// <summary>
/// The table of all keys. Each row ties a key of reference.conf to its property and its rule. A test compares the table with
/// reference.conf and with the properties of <see cref="PublisherSettings"/>, both ways.
/// </summary>
internal static class SettingsKeys
{
    // Timers of .NET refuse more than 2^32-2 ms, and older ones 2^31-1 ms, which is 24.8 days.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(24);

    // A control line may have 4,096 bytes (the server's max_control_line); a buffer must hold at least that.
    private const long SmallestBuffer = 4096;

    private const int LongestInboxPrefix = 255;

    /// <summary>The keys of credentials. The reader knows them; reference.conf does not have them, and no text shows their values.</summary>
    public static IReadOnlyList<string> Secrets { get; } = ["connection.user", "connection.password", "connection.token"];

    public static IReadOnlyList<SettingKey> All { get; } =
    [
        new ServersKey("connection.servers"),
        Text("connection.credentials-file", s => s.Connection.CredentialsFile,
            (s, v) => s with { Connection = s.Connection with { CredentialsFile = v } }),
        Text("connection.name", s => s.Connection.Name,
            (s, v) => s with { Connection = s.Connection with { Name = v } }),
        new SettingKey<string>("connection.inbox-prefix", AnyText, s => s.Connection.InboxPrefix,
            (s, v) => s with { Connection = s.Connection with { InboxPrefix = v } }, v => v, InboxPrefixRule),
        Timer("connection.connect-timeout", s => s.Connection.ConnectTimeout,
            (s, v) => s with { Connection = s.Connection with { ConnectTimeout = v } }),
        Timer("connection.ping-interval", s => s.Connection.PingInterval,
            (s, v) => s with { Connection = s.Connection with { PingInterval = v } }),
        Flag("connection.discover-servers", s => s.Connection.DiscoverServers,
            (s, v) => s with { Connection = s.Connection with { DiscoverServers = v } }),
        Flag("connection.randomize-servers", s => s.Connection.RandomizeServers,
            (s, v) => s with { Connection = s.Connection with { RandomizeServers = v } }),
        Choice("connection.authorization-error", s => s.Connection.AuthorizationError,
            (s, v) => s with { Connection = s.Connection with { AuthorizationError = v } }),
        Size("connection.max-in-flight-bytes", s => s.Connection.MaxInFlightBytes,
            (s, v) => s with { Connection = s.Connection with { MaxInFlightBytes = v } }),
        Timer("connection.backoff.min", s => s.Connection.Backoff.Min,
            (s, v) => s with { Connection = s.Connection with { Backoff = s.Connection.Backoff with { Min = v } } }),
        Timer("connection.backoff.max", s => s.Connection.Backoff.Max,
            (s, v) => s with { Connection = s.Connection with { Backoff = s.Connection.Backoff with { Max = v } } }),
        Timer("connection.backoff.authorization", s => s.Connection.Backoff.Authorization,
            (s, v) => s with { Connection = s.Connection with { Backoff = s.Connection.Backoff with { Authorization = v } } }),
        Count("connection.backoff.max-attempts", s => s.Connection.Backoff.MaxAttempts,
            (s, v) => s with { Connection = s.Connection with { Backoff = s.Connection.Backoff with { MaxAttempts = (int)v } } },
            min: 0),
        Choice("connection.tls.mode", s => s.Connection.Tls.Mode,
            (s, v) => s with { Connection = s.Connection with { Tls = s.Connection.Tls with { Mode = v } } }),
        Text("connection.tls.ca-file", s => s.Connection.Tls.CaFile,
            (s, v) => s with { Connection = s.Connection with { Tls = s.Connection.Tls with { CaFile = v } } }),
        Text("connection.tls.certificate-file", s => s.Connection.Tls.CertificateFile,
            (s, v) => s with { Connection = s.Connection with { Tls = s.Connection.Tls with { CertificateFile = v } } }),
        Text("connection.tls.key-file", s => s.Connection.Tls.KeyFile,
            (s, v) => s with { Connection = s.Connection with { Tls = s.Connection.Tls with { KeyFile = v } } }),
        Text("connection.tls.server-name", s => s.Connection.Tls.ServerName,
            (s, v) => s with { Connection = s.Connection with { Tls = s.Connection.Tls with { ServerName = v } } }),
        Flag("connection.tls.insecure-skip-verify", s => s.Connection.Tls.InsecureSkipVerify,
            (s, v) => s with { Connection = s.Connection with { Tls = s.Connection.Tls with { InsecureSkipVerify = v } } }),

        Size("buffer.max-bytes", s => s.Buffer.MaxBytes,
            (s, v) => s with { Buffer = s.Buffer with { MaxBytes = v } }, SmallestBuffer),
        Count("buffer.max-messages", s => s.Buffer.MaxMessages,
            (s, v) => s with { Buffer = s.Buffer with { MaxMessages = v } }, max: long.MaxValue),
        Choice("buffer.overflow", s => s.Buffer.Overflow,
            (s, v) => s with { Buffer = s.Buffer with { Overflow = v } }),
        Timer("buffer.wait-timeout", s => s.Buffer.WaitTimeout,
            (s, v) => s with { Buffer = s.Buffer with { WaitTimeout = v } }),
        Count("buffer.wait-max-messages", s => s.Buffer.WaitMaxMessages,
            (s, v) => s with { Buffer = s.Buffer with { WaitMaxMessages = (int)v } }),
        Size("buffer.wait-max-bytes", s => s.Buffer.WaitMaxBytes,
            (s, v) => s with { Buffer = s.Buffer with { WaitMaxBytes = v } }),
        new SettingKey<TimeSpan?>("buffer.time-to-live", SettingsText.TryOptionalDuration, s => s.Buffer.TimeToLive,
            (s, v) => s with { Buffer = s.Buffer with { TimeToLive = v } },
            v => v is { } age ? SettingsText.Show(age) : "off",
            v => v is { } age && TimerRule(age) is { } allowed ? allowed + ", or off" : null),
        Fraction("buffer.high-watermark", s => s.Buffer.HighWatermark,
            (s, v) => s with { Buffer = s.Buffer with { HighWatermark = v } }),
        Fraction("buffer.low-watermark", s => s.Buffer.LowWatermark,
            (s, v) => s with { Buffer = s.Buffer with { LowWatermark = v } }),

        Choice("delivery.confirm", s => s.Delivery.Confirm,
            (s, v) => s with { Delivery = s.Delivery with { Confirm = v } }),
        Timer("delivery.confirm-timeout", s => s.Delivery.ConfirmTimeout,
            (s, v) => s with { Delivery = s.Delivery with { ConfirmTimeout = v } }),
        Flag("delivery.resend", s => s.Delivery.Resend,
            (s, v) => s with { Delivery = s.Delivery with { Resend = v } }),
        Count("delivery.replay-rate", s => s.Delivery.ReplayRate,
            (s, v) => s with { Delivery = s.Delivery with { ReplayRate = (int)v } }, min: 0),
        Count("delivery.poison-after", s => s.Delivery.PoisonAfter,
            (s, v) => s with { Delivery = s.Delivery with { PoisonAfter = (int)v } }),

        Count("jetstream.max-in-flight-messages", s => s.JetStream.MaxInFlightMessages,
            (s, v) => s with { JetStream = s.JetStream with { MaxInFlightMessages = (int)v } }),
        Size("jetstream.max-in-flight-bytes", s => s.JetStream.MaxInFlightBytes,
            (s, v) => s with { JetStream = s.JetStream with { MaxInFlightBytes = v } }),
        Flag("jetstream.strict-order", s => s.JetStream.StrictOrder,
            (s, v) => s with { JetStream = s.JetStream with { StrictOrder = v } }),
        Count("jetstream.retry-attempts", s => s.JetStream.RetryAttempts,
            (s, v) => s with { JetStream = s.JetStream with { RetryAttempts = (int)v } }, min: 0),
        Timer("jetstream.retry-min", s => s.JetStream.RetryMin,
            (s, v) => s with { JetStream = s.JetStream with { RetryMin = v } }),
        Timer("jetstream.retry-max", s => s.JetStream.RetryMax,
            (s, v) => s with { JetStream = s.JetStream with { RetryMax = v } }),
        Timer("jetstream.duplicate-window", s => s.JetStream.DuplicateWindow,
            (s, v) => s with { JetStream = s.JetStream with { DuplicateWindow = v } }),

        Text("durability.journal", s => s.Durability.Journal,
            (s, v) => s with { Durability = s.Durability with { Journal = v } }),
        Text("durability.persistence-id", s => s.Durability.PersistenceId,
            (s, v) => s with { Durability = s.Durability with { PersistenceId = v } }),
        Size("durability.page-bytes", s => s.Durability.PageBytes,
            (s, v) => s with { Durability = s.Durability with { PageBytes = v } }),
        Count("durability.pages-in-flight", s => s.Durability.PagesInFlight,
            (s, v) => s with { Durability = s.Durability with { PagesInFlight = (int)v } }),
        Size("durability.mark-bytes", s => s.Durability.MarkBytes,
            (s, v) => s with { Durability = s.Durability with { MarkBytes = v } }),
        Timer("durability.mark-delay", s => s.Durability.MarkDelay,
            (s, v) => s with { Durability = s.Durability with { MarkDelay = v } }),
        Timer("durability.retry-min", s => s.Durability.RetryMin,
            (s, v) => s with { Durability = s.Durability with { RetryMin = v } }),
        Timer("durability.retry-max", s => s.Durability.RetryMax,
            (s, v) => s with { Durability = s.Durability with { RetryMax = v } }),
        Choice("durability.on-damage", s => s.Durability.OnDamage,
            (s, v) => s with { Durability = s.Durability with { OnDamage = v } }),

        new SubjectTemplatesKey("diagnostics.subject-templates"),
    ];

    private static SettingKey<string> Text(
        string path, Func<PublisherSettings, string> get, Func<PublisherSettings, string, PublisherSettings> set) =>
        new(path, AnyText, get, set, value => value, value => value is null ? "must not be null" : null);

    private static SettingKey<bool> Flag(
        string path, Func<PublisherSettings, bool> get, Func<PublisherSettings, bool, PublisherSettings> set) =>
        new(path, SettingsText.TryFlag, get, set, value => value ? "on" : "off", _ => null);

    private static SettingKey<T> Choice<T>(
        string path, Func<PublisherSettings, T> get, Func<PublisherSettings, T, PublisherSettings> set)
        where T : struct, Enum =>
        new(path, SettingsText.TryChoice, get, set, SettingsText.Show,
            value => Enum.IsDefined(value) ? null : $"must be one of {SettingsText.Choices<T>()}");

    private static SettingKey<long> Count(
        string path, Func<PublisherSettings, long> get, Func<PublisherSettings, long, PublisherSettings> set,
        long min = 1, long max = int.MaxValue) =>
        new(path, (string text, out long value, [NotNullWhen(false)] out string? allowed) =>
                SettingsText.TryCount(text, max, out value, out allowed),
            get, set, value => value.ToString(CultureInfo.InvariantCulture),
            value => value >= min ? null : string.Create(CultureInfo.InvariantCulture, $"must be at least {min}"));

    private static SettingKey<long> Size(
        string path, Func<PublisherSettings, long> get, Func<PublisherSettings, long, PublisherSettings> set, long min = 1) =>
        new(path, SettingsText.TrySize, get, set, SettingsText.ShowSize,
            value => value >= min ? null : $"must be at least {SettingsText.ShowSize(min)}");

    private static SettingKey<double> Fraction(
        string path, Func<PublisherSettings, double> get, Func<PublisherSettings, double, PublisherSettings> set) =>
        new(path, SettingsText.TryFraction, get, set, value => value.ToString(CultureInfo.InvariantCulture),
            value => value is > 0 and <= 1 ? null : "must be above 0 and at most 1");

    private static SettingKey<TimeSpan> Timer(
        string path, Func<PublisherSettings, TimeSpan> get, Func<PublisherSettings, TimeSpan, PublisherSettings> set) =>
        new(path, SettingsText.TryDuration, get, set, SettingsText.Show, TimerRule);

    // A timer counts whole milliseconds. A shorter time would fire at once, again and again.
    private static string? TimerRule(TimeSpan value) =>
        value >= TimeSpan.FromMilliseconds(1) && value <= LongestTimer ? null : "must be from 1ms to 24d";

    // The reply-to of every message begins with the prefix, and the server limits the control line.
    private static string? InboxPrefixRule(string? value) =>
        value is null ? "must not be null"
        : SubjectRules.Check(value) is { } reason ? $"{reason}; must be a subject without wildcards, such as _INBOX or _INBOX.team"
        : Encoding.UTF8.GetByteCount(value) > LongestInboxPrefix ? $"must have at most {LongestInboxPrefix} bytes"
        : null;

    private static bool AnyText(string text, out string value, [NotNullWhen(false)] out string? allowed)
    {
        value = text;
        allowed = null;
        return true;
    }
}
