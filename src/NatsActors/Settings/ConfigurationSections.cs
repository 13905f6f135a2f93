using Microsoft.Extensions.Configuration;

namespace NatsActors.Settings;

/// <summary>
/// Gives the pairs of a publisher's section of IConfiguration. A section without keys is an error, because a misspelt path would
/// silently mean the defaults, which are a server on the local machine.
/// </summary>
internal static class ConfigurationSections
{
    private const int MostShown = 12;

    private static readonly HashSet<string> Sections = new(
        SettingsKeys.All.Select(key => key.Path[..key.Path.IndexOf('.', StringComparison.Ordinal)]), StringComparer.Ordinal);

    /// <summary>Reads a publisher out of a section.</summary>
    /// <param name="name">The publisher's name.</param>
    /// <param name="given">
    /// The section, or a root whose own keys are the publisher's (<c>Buffer:MaxBytes</c>). The other keys of a root belong to others.
    /// </param>
    /// <param name="whole">The host's configuration, for errors that name the sections beside a missing one; null when unknown.</param>
    /// <param name="from">What keys that are not given take; null takes the defaults.</param>
    /// <param name="foreign">A path in the section that is no setting of a publisher and belongs to the caller; null for none.</param>
    /// <exception cref="SettingsException">The section has no keys, or one or more keys or values are not allowed.</exception>
    public static PublisherSettings Read(
        string name, IConfiguration given, IConfiguration? whole, PublisherSettings? from = null, string? foreign = null)
    {
        bool IsOwn(KeyValuePair<string, string?> pair) => foreign is null || !IsSame(pair.Key, foreign);
        if (given is not IConfigurationSection section)
        {
            return SettingsReader.Read(name, OfRoot(given).Where(IsOwn), SettingsSource.Configuration(""), from);
        }

        return Fault(section, whole) is { } fault
            ? throw new SettingsException([fault])
            : SettingsReader.Read(
                name, section.AsEnumerable(makePathsRelative: true).Where(IsOwn), SettingsSource.Configuration(section.Path), from);
    }

    /// <summary>The text at a path, which may be spelled as in HOCON or in C# case; null for none.</summary>
    public static string? Text(IConfiguration given, string path) =>
        given.AsEnumerable(makePathsRelative: true).FirstOrDefault(pair => pair.Value is not null && IsSame(pair.Key, path)).Value;

    /// <summary>The path of a key for errors.</summary>
    public static string PathOf(IConfiguration given, string path) =>
        given is IConfigurationSection section ? $"{section.Path}:{path}" : path;

    /// <summary>Whether a section has neither keys nor a text.</summary>
    public static bool IsEmpty(IConfiguration given) =>
        given is IConfigurationSection section && string.IsNullOrEmpty(section.Value) && !section.GetChildren().Any();

    private static bool IsSame(string left, string right) => EditDistance.Plain(left) == EditDistance.Plain(right);

    private static string? Fault(IConfigurationSection section, IConfiguration? whole)
    {
        // The text is not shown: a URL may have credentials.
        if (!string.IsNullOrEmpty(section.Value))
        {
            return $"{section.Path}: is a text; must be a section with keys, such as Connection:Servers:0";
        }

        return section.GetChildren().Any()
            ? null
            : $"{section.Path}: the configuration has no such section, or the section has no keys" + Beside(section, whole);
    }

    /// <summary>The sections that exist beside the first step of the path that does not.</summary>
    private static string Beside(IConfigurationSection section, IConfiguration? whole)
    {
        // Sections of one root share its token. Another configuration's sections would send the reader to the wrong file.
        if (whole is null || !ReferenceEquals(whole.GetReloadToken(), section.GetReloadToken()))
        {
            return "";
        }

        var (above, path) = (whole, "");
        foreach (var step in section.Path.Split(':'))
        {
            var sections = above.GetChildren().Where(child => child.GetChildren().Any()).Select(child => child.Key).ToList();
            if (!sections.Contains(step, StringComparer.OrdinalIgnoreCase))
            {
                var nearest = EditDistance.Nearest(step, sections);
                return (nearest is null ? "" : $"; did you mean {path}{nearest}{section.Path[(path.Length + step.Length)..]}?")
                    + (sections.Count == 0 ? "" : $"{(nearest is null ? ";" : "")} known are {Shown(sections, path)}");
            }

            (above, path) = (above.GetSection(step), $"{path}{step}:");
        }

        return "";
    }

    private static string Shown(List<string> sections, string path) =>
        string.Join(", ", sections.Take(MostShown).Select(name => path + name))
        + (sections.Count > MostShown ? $" and {sections.Count - MostShown} others" : "");

    /// <summary>The root of a host's configuration also has environment variables and the sections of others.</summary>
    private static List<KeyValuePair<string, string?>> OfRoot(IConfiguration root)
    {
        List<KeyValuePair<string, string?>> own = [.. root.AsEnumerable()
            .Where(pair => pair.Key.Split(':') is [var first, _, ..] && IsOurs(EditDistance.Plain(first)))];
        return own.Exists(pair => pair.Value is not null)
            ? own
            : throw new SettingsException(
                [$"The root of the configuration has no keys of a publisher ({string.Join(", ", Sections.Order(StringComparer.Ordinal))}); give the publisher's section, such as GetSection(\"Nats\")"]);
    }

    private static bool IsOurs(string step) => Sections.Contains(step) || Sections.Any(section => EditDistance.Between(section, step) == 1);
}
