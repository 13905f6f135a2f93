using System.Globalization;

namespace NatsActors.Settings;

/// <summary>
/// Reads settings out of flat pairs of path and text. IConfiguration gives such pairs, and <see cref="HoconReader"/> makes them of
/// HOCON. Paths are compared without case, dashes and underscores, so <c>buffer.max-bytes</c>, <c>Buffer:MaxBytes</c> and
/// <c>BUFFER:MAX_BYTES</c> are one key. Either every value is allowed, or one <see cref="SettingsException"/> names all violations.
/// The exception never shows a value that may be a secret.
/// </summary>
internal static class SettingsReader
{
    /// <summary>The section of the settings that all publishers share, and the name of the default publisher.</summary>
    public const string Publisher = "publisher";

    /// <summary>The section that holds a section for each named publisher.</summary>
    public const string Publishers = "publishers";

    private static readonly Dictionary<string, SettingKey> Keys =
        SettingsKeys.All.ToDictionary(key => Normalized(key.Path), StringComparer.Ordinal);

    private static readonly Dictionary<string, string> SecretKeys =
        SettingsKeys.Secrets.ToDictionary(Normalized, StringComparer.Ordinal);

    /// <summary>Reads one publisher.</summary>
    /// <param name="name">The publisher's name.</param>
    /// <param name="values">
    /// Pairs below the publisher's section, separated by <c>.</c> or <c>:</c>. A list is <c>connection.servers.0</c>, <c>.1</c>,
    /// or one text with commas. A pair without a text is a section, and the reader skips it.
    /// </param>
    /// <param name="source">How errors name the place, and whether secrets are read.</param>
    /// <param name="from">What keys that are not given take; null takes the defaults.</param>
    /// <exception cref="SettingsException">One or more keys or values are not allowed.</exception>
    public static PublisherSettings Read(
        string name, IEnumerable<KeyValuePair<string, string?>> values, SettingsSource source, PublisherSettings? from = null)
    {
        var violations = new List<string>();
        var settings = Read(name, values, source, from, violations);
        return violations.Count == 0 ? settings : throw new SettingsException(violations);
    }

    /// <summary>
    /// Reads the whole <c>nats-actors</c> section: <c>publisher</c>, and every section of <c>publishers</c> on top of it. The result
    /// has each publisher under its name, and the default publisher under <c>publisher</c>. Paths use the source's separator.
    /// </summary>
    /// <param name="values">Pairs below the section.</param>
    /// <param name="source">How errors name the place, and whether secrets are read.</param>
    /// <param name="names">Names of publishers that may have no value of their own; null when only values make a publisher.</param>
    /// <exception cref="SettingsException">One or more keys or values, of any publisher, are not allowed.</exception>
    public static IReadOnlyDictionary<string, PublisherSettings> ReadAll(
        IEnumerable<KeyValuePair<string, string?>> values, SettingsSource source, IEnumerable<string>? names = null)
    {
        var violations = new List<string>();
        var parts = new SortedDictionary<string, (SettingsSource Source, List<KeyValuePair<string, string?>> Values)>(source.NameComparer);
        var common = new List<KeyValuePair<string, string?>>();
        var commonSource = source.Below(Publisher);
        foreach (var (path, text) in values.Where(pair => pair.Value is not null))
        {
            var steps = source.Split(path);
            if (Same(steps[0], Publisher) && steps.Length > 1)
            {
                commonSource = source.Below(steps[0]);
                common.Add(new(Join(steps[1..], source), text));
            }
            else if (Same(steps[0], Publishers) && steps.Length > 2)
            {
                var name = source.NameOf(steps[1]);
                if (!parts.TryGetValue(name, out var part))
                {
                    parts[name] = part = (source.Below(Join(steps[..2], source)), []);
                }

                part.Values.Add(new(Join(steps[2..], source), text));
            }
            else
            {
                violations.Add($"{source.FullPath(path)}: is not a key; known are publisher and publishers.NAME");
            }
        }

        foreach (var name in names ?? [])
        {
            parts.TryAdd(name, (source.Below(Publishers).Below(HoconPath.Quote(name)), []));
        }

        var shared = Read(Publisher, common, commonSource, null, violations);
        var read = new Dictionary<string, PublisherSettings>(StringComparer.Ordinal) { [Publisher] = shared };
        foreach (var (name, part) in parts)
        {
            read[name] = Read(name, part.Values, part.Source, shared, violations);
        }

        return violations.Count == 0 ? read : throw new SettingsException(violations);
    }

    private static PublisherSettings Read(
        string name, IEnumerable<KeyValuePair<string, string?>> values, SettingsSource source, PublisherSettings? from,
        List<string> violations)
    {
        var reading = new SettingsReading(name, source, from);
        foreach (var (path, text) in values)
        {
            if (text is not null)
            {
                Take(reading, path, text);
            }
        }

        return reading.Finish(violations);
    }

    private static void Take(SettingsReading reading, string path, string text)
    {
        var normalized = Normalized(path);
        if (SecretKeys.TryGetValue(normalized, out var secret))
        {
            reading.AddSecret(secret, path, text);
        }
        else if (Keys.TryGetValue(normalized, out var key))
        {
            reading.Add(key, path, text, index: null);
        }
        else if (Element(normalized) is var (list, index) && Keys.TryGetValue(list, out key) && key.IsList)
        {
            reading.Add(key, path, text, index);
        }
        else
        {
            reading.AddUnknown(path, Nearest(normalized));
        }
    }

    private static (string List, int Index)? Element(string path)
    {
        var dot = path.LastIndexOf('.');
        return dot > 0 && int.TryParse(path.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? (path[..dot], index)
            : null;
    }

    /// <summary>The key that the user probably meant: few edits away, or the same name in another section. Null for none.</summary>
    private static string? Nearest(string normalized)
    {
        var known = Keys.Select(pair => (Normalized: pair.Key, pair.Value.Path))
            .Concat(SecretKeys.Select(pair => (Normalized: pair.Key, Path: pair.Value)))
            .ToArray();
        var leaf = normalized[(normalized.LastIndexOf('.') + 1)..];
        var (closest, path) = known.MinBy(key => EditDistance.Between(key.Normalized, normalized));
        var distance = EditDistance.Between(closest, normalized);
        var misplaced = known.FirstOrDefault(key => key.Normalized.EndsWith("." + leaf, StringComparison.Ordinal)).Path;
        return distance <= 2 ? path : misplaced ?? (distance <= normalized.Length / 4 ? path : null);
    }

    private static string Join(string[] steps, SettingsSource source) => string.Join(source.Separator, steps);

    private static bool Same(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    private static string Normalized(string path) =>
        string.Concat(path.Where(c => c is not ('-' or '_')).Select(c => c == ':' ? '.' : char.ToLowerInvariant(c)));
}
