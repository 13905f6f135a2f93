namespace NatsActors;

/// <summary>
/// Checks settings, read or made in code, and reports every violation at once. Each key's own rule stands in
/// <see cref="SettingsKeys"/>; the rules between keys stand here. Files are not looked for: they are read when a link is
/// opened, where one that is missing is a failed attempt with a TLS or authorisation error.
/// </summary>
internal static class SettingsValidation
{
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
        new("jetstream.strict-order", "delivery.resend",
            s => s.JetStream.StrictOrder && !s.Delivery.Resend,
            _ => "needs delivery.resend = on: what a stream refuses for its order has to be sent again"),
        new("connection.tls.certificate-file", "connection.tls.key-file",
            s => s.Connection.Tls.CertificateFile.Length > 0 && s.Connection.Tls.KeyFile.Length == 0,
            _ => "needs connection.tls.key-file; give both or neither"),
        new("connection.tls.key-file", "connection.tls.certificate-file",
            s => s.Connection.Tls.KeyFile.Length > 0 && s.Connection.Tls.CertificateFile.Length == 0,
            _ => "needs connection.tls.certificate-file; give both or neither"),
        new("connection.credentials-file", "connection.client",
            s => s.Connection.CredentialsFile.Length > 0 && s.Connection.Client == LinkClient.Wire,
            _ => "is not possible with connection.client = wire; nats-net reads credentials files"),
        new("connection.credentials-file", "connection.user",
            s => s.Connection.CredentialsFile.Length > 0 && s.Connection.Credentials != NatsCredentials.None,
            _ => "excludes user and password, or a token; give one of them"),
    ];

    public static IReadOnlyList<string> Check(PublisherSettings settings) =>
        [.. Violations(settings, _ => false).Select(violation => violation.Format(violation.Path))];

    /// <summary>All violations; a key for which <paramref name="unread"/> holds has no value of its own, so no rule looks at it.</summary>
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
            violations.Add(new("name", settings.Name ?? "", "must be made of letters, digits, '-', '_' and '.'"));
        }

        violations.AddRange(SettingsKeys.All.Where(key => !unread(key.Path)).SelectMany(key => key.Check(settings)));
        var broken = violations.Select(violation => violation.Path).ToHashSet(StringComparer.Ordinal);
        bool Sound(string path) => !broken.Contains(path) && !unread(path);
        violations.AddRange(Rules
            .Where(rule => Sound(rule.At) && Sound(rule.With) && rule.Broken(settings))
            .Select(rule => new SettingViolation(rule.At, rule.Shown(settings), rule.Allowed(settings))));
        return violations;
    }

    // A name becomes an actor's name, a health check's and a metric's tag; this is what all of them take.
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
        ];
        return sections
            .Where(section => section.Section is null)
            .Select(section => new SettingViolation(section.Path, null, "must not be null"));
    }

    /// <summary>A rule between two keys, reported at the first; it applies only when both have a value that is allowed.</summary>
    private sealed record Rule(
        string At, string With, Func<PublisherSettings, bool> Broken, Func<PublisherSettings, string> Allowed)
    {
        public string Shown(PublisherSettings settings) => SettingsKeys.All.First(key => key.Path == At).Show(settings);
    }
}
