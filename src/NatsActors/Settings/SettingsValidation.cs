namespace NatsActors.Settings;

/// <summary>
/// Checks settings, read or made in code, and reports every violation at once. <see cref="SettingsKeys"/> has the rule of each key;
/// this class has the rules between keys. Validation does not look for files. Each link reads them, and a missing file fails the
/// attempt with a TLS or authorisation error.
/// </summary>
internal static class SettingsValidation
{
    /// <summary>The path under which a violation of <see cref="PublisherSettings.Name"/> is reported.</summary>
    public const string NamePath = "name";

    private static readonly Rule[] Rules =
    [
        new("connection.backoff.min", "connection.backoff.max",
            s => s.Connection.Backoff.Min > s.Connection.Backoff.Max,
            s => $"must not be above connection.backoff.max ({SettingsText.Show(s.Connection.Backoff.Max)})"),
        new("buffer.low-watermark", "buffer.high-watermark",
            s => s.Buffer.LowWatermark >= s.Buffer.HighWatermark,
            s => FormattableString.Invariant($"must be below buffer.high-watermark ({s.Buffer.HighWatermark})")),
        new("jetstream.retry-min", "jetstream.retry-max",
            s => s.JetStream.RetryMin > s.JetStream.RetryMax,
            s => $"must not be above jetstream.retry-max ({SettingsText.Show(s.JetStream.RetryMax)})"),
        new("durability.retry-min", "durability.retry-max",
            s => s.Durability.RetryMin > s.Durability.RetryMax,
            s => $"must not be above durability.retry-max ({SettingsText.Show(s.Durability.RetryMax)})"),
        new("durability.journal", "delivery.resend",
            s => s.Durability.Journal.Length > 0 && !s.Delivery.Resend,
            _ => "needs delivery.resend = on: what a process before had sent and not marked has to be sent again"),
        new("jetstream.strict-order", "delivery.resend",
            s => s.JetStream.StrictOrder && !s.Delivery.Resend,
            _ => "needs delivery.resend = on: what a stream refuses for its order has to be sent again"),
        new("connection.tls.certificate-file", "connection.tls.key-file",
            s => s.Connection.Tls.CertificateFile.Length > 0 && s.Connection.Tls.KeyFile.Length == 0,
            _ => "needs connection.tls.key-file; give both or neither"),
        new("connection.tls.key-file", "connection.tls.certificate-file",
            s => s.Connection.Tls.KeyFile.Length > 0 && s.Connection.Tls.CertificateFile.Length == 0,
            _ => "needs connection.tls.certificate-file; give both or neither"),
        new("connection.credentials-file", "connection.user",
            s => s.Connection.CredentialsFile.Length > 0 && s.Connection.Credentials != NatsCredentials.None,
            _ => "excludes user and password, or a token; give one of them"),
    ];

    public static IReadOnlyList<string> Check(PublisherSettings settings) =>
        [.. Violations(settings, _ => false).Select(violation => violation.Format(violation.Path))];

    /// <summary>All violations. A key for which <paramref name="unread"/> holds has no value that was read, so no rule checks it.</summary>
    public static IEnumerable<SettingViolation> Violations(PublisherSettings settings, Func<string, bool> unread)
    {
        ArgumentNullException.ThrowIfNull(settings);
        List<SettingViolation> violations = [.. Sections(settings)];
        if (violations.Count > 0)
        {
            return violations;
        }

        if (!IsName(settings.Name))
        {
            violations.Add(new(NamePath, settings.Name ?? "", "must be made of letters, digits, '-', '_' and '.'"));
        }

        violations.AddRange(SettingsKeys.All.Where(key => !unread(key.Path)).SelectMany(key => key.Check(settings)));
        var broken = violations.Select(violation => violation.Path).ToHashSet(StringComparer.Ordinal);
        bool Sound(string path) => !broken.Contains(path) && !unread(path);
        violations.AddRange(Rules
            .Where(rule => Sound(rule.At) && Sound(rule.With) && rule.Broken(settings))
            .Select(rule => new SettingViolation(rule.At, rule.Shown(settings), rule.Allowed(settings))));
        return violations;
    }

    // The name becomes part of an actor's name, of a health check's name and of a metric's tag. All of them take these characters.
    private static bool IsName(string? name) =>
        !string.IsNullOrEmpty(name) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static IEnumerable<SettingViolation> Sections(PublisherSettings settings)
    {
        (string Path, object? Section)[] sections =
        [
            ("connection", settings.Connection),
            ("connection.backoff", settings.Connection is { } c ? c.Backoff : ""),
            ("connection.tls", settings.Connection is { } d ? d.Tls : ""),
            ("connection.credentials", settings.Connection is { } e ? e.Credentials : ""),
            ("buffer", settings.Buffer),
            ("delivery", settings.Delivery),
            ("jetstream", settings.JetStream),
            ("durability", settings.Durability),
            ("diagnostics", settings.Diagnostics),
        ];
        return sections
            .Where(section => section.Section is null)
            .Select(section => new SettingViolation(section.Path, null, "must not be null"));
    }

    /// <summary>A rule between two keys, reported for the first. The rule applies only when both keys have an allowed value.</summary>
    private sealed record Rule(
        string At, string With, Func<PublisherSettings, bool> Broken, Func<PublisherSettings, string> Allowed)
    {
        public string Shown(PublisherSettings settings) => SettingsKeys.All.First(key => key.Path == At).Show(settings);
    }
}
