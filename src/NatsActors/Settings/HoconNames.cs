using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace NatsActors.Settings;

/// <summary>
/// Finds the names below <c>publishers</c>, also of publishers that inherit every value. A name with a dot must be quoted. Without
/// quotes HOCON nests a section in a section, and the reader would take the outer name for the publisher's.
/// </summary>
internal sealed class HoconNames
{
    private static readonly HashSet<string> Sections =
        [.. SettingsKeys.All.Select(key => key.Path[..key.Path.IndexOf('.', StringComparison.Ordinal)])];

    private readonly SortedSet<string> _all = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _nested = new(StringComparer.Ordinal);

    /// <summary>The names of the publishers.</summary>
    public IReadOnlyCollection<string> All => _all;

    /// <summary>The paths, below <c>publishers</c>, of names that were written with a dot and without quotes.</summary>
    public IReadOnlyCollection<string> Nested => _nested;

    public static HoconNames Of(Config? publishers)
    {
        var names = new HoconNames();
        for (var layer = publishers; layer is not null; layer = layer.Fallback)
        {
            foreach (var (name, section) in Members(layer.Root))
            {
                if (!names.AddNested(HoconPath.Quote(name), section) || Members(section).Any(member => Sections.Contains(member.Key)))
                {
                    names._all.Add(name);
                }
            }
        }

        return names;
    }

    /// <summary>The error for a path of <see cref="Nested"/>.</summary>
    public static string Violation(string path)
    {
        var name = string.Join('.', HoconPath.Split(path).Select(HoconPath.Unquote));
        return $"{HoconReader.Root}.{SettingsReader.Publishers}.{path}: '{name}' is read as a section in a section; "
            + $"a publisher's name with a dot must be quoted: {SettingsReader.Publishers}.{HoconPath.Quote(name)}";
    }

    /// <summary>Whether a path below the root belongs to a path of <see cref="Nested"/>.</summary>
    public bool IsNested(string path) =>
        _nested.Any(nested => path.StartsWith($"{SettingsReader.Publishers}.{nested}.", StringComparison.Ordinal));

    /// <summary>
    /// Adds the unquoted names in a section. A section that no publisher has is such a name when the section is empty or has the
    /// keys of a publisher. Otherwise the section is a misspelt key, which <see cref="SettingsReader"/> reports.
    /// </summary>
    private bool AddNested(string path, HoconValue section)
    {
        var found = false;
        foreach (var (key, member) in Members(section).Where(member => !Sections.Contains(member.Key) && member.Value.IsObject()))
        {
            var inner = Members(member).Select(pair => pair.Key).ToList();
            var below = HoconPath.Below(path, key);
            if (inner.Count == 0 || inner.Exists(Sections.Contains))
            {
                _nested.Add(below);
                found = true;
            }

            found |= AddNested(below, member);
        }

        return found;
    }

    /// <summary>The keys of a section and their values; none when the value is no section.</summary>
    internal static IEnumerable<KeyValuePair<string, HoconValue>> Members(HoconValue? value) =>
        value is not null && value.IsObject() ? value.GetObject().Items : [];
}
