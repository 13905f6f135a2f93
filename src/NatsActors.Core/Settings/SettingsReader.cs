using System.Globalization;

namespace NatsActors;

/// <summary>
/// Reads settings out of flat path-to-text pairs, which is what IConfiguration gives and what the Akka.NET host makes of its
/// HOCON. Paths are compared without case, dashes and underscores, so <c>buffer.max-bytes</c>, <c>Buffer:MaxBytes</c> and
/// <c>BUFFER:MAX_BYTES</c> are one key. Either every value is allowed, or one <see cref="SettingsException"/> names all that are
/// not; a value that may be a secret is never part of it.
/// </summary>
internal static class SettingsReader
{
    private const string Publisher = "publisher";
    private const string Publishers = "publishers";

    private static readonly Dictionary<string, SettingKey> Keys =
        SettingsKeys.All.ToDictionary(key => Normalized(key.Path), StringComparer.Ordinal);

    private static readonly Dictionary<string, string> SecretKeys =
        SettingsKeys.Secrets.ToDictionary(Normalized, StringComparer.Ordinal);

    /// <summary>Reads one publisher.</summary>
    /// <param name="name">The publisher's name.</param>
    /// <param name="values">
    /// Pairs below the publisher's section, separated by <c>.</c> or <c>:</c>. A list is <c>connection.servers.0</c>, <c>.1</c>,
    /// or one text with commas. A pair without a text is a section and is passed over.
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
    /// Reads the whole <c>nats-actors</c> section: <c>publisher</c>, and every one of <c>publishers</c> on top of it. The result
    /// has the former under the name <c>publisher</c>, and the others by their names. Paths use the source's separator.
    /// </summary>
    /// <exception cref="SettingsException">One or more keys or values, of any publisher, are not allowed.</exception>
    public static IReadOnlyDictionary<string, PublisherSettings> ReadAll(
        IEnumerable<KeyValuePair<string, string?>> values, SettingsSource source)
    {
        var violations = new List<string>();
        var parts = new SortedDictionary<string, (SettingsSource Source, List<KeyValuePair<string, string?>> Values)>(
            StringComparer.OrdinalIgnoreCase);
        var common = new List<KeyValuePair<string, string?>>();
        var commonSource = source.Below(Publisher);
        foreach (var (path, text) in values.Where(pair => pair.Value is not null))
        {
            var steps = path.Split(source.Separator);
            if (Same(steps[0], Publisher) && steps.Length > 1)
            {
                commonSource = source.Below(steps[0]);
                common.Add(new(Join(steps[1..], source), text));
            }
            else if (Same(steps[0], Publishers) && steps.Length > 2)
            {
                if (!parts.TryGetValue(steps[1], out var part))
                {
                    parts[steps[1]] = part = (source.Below(Join(steps[..2], source)), []);
                }

                part.Values.Add(new(Join(steps[2..], source), text));
            }
            else
            {
                violations.Add($"{source.FullPath(path)}: is not a key; known are publisher and publishers.NAME");
            }
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

    /// <summary>The key that was probably meant: few edits away, or the same name in another section; null when none is.</summary>
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
