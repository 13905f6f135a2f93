using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace NatsActors.Settings;

/// <summary>
/// Finds misspelt names of the section <c>nats-actors</c> and of its parts. Without an error a misspelt section would silently mean
/// the defaults. The other roots of a system's HOCON belong to others, so only names close to <c>nats-actors</c> are errors.
/// </summary>
internal static class HoconRoots
{
    // Two edits away there are names that others may use, such as my-nats-actors.
    private const int Sure = 1;
    private const int Near = 2;

    private static readonly string Wanted = EditDistance.Plain(HoconReader.Root);

    private static readonly string[] Parts =
        [SettingsReader.Publisher, SettingsReader.Publishers, HoconReader.HostSection, .. HoconReader.ClusterSections];

    /// <summary>An error for each root that is probably a misspelt <c>nats-actors</c>.</summary>
    public static IEnumerable<string> Misspelt(Config config) => Layers(config)
        .SelectMany(HoconNames.Members)
        .Where(root => root.Key != HoconReader.Root && root.Value.IsObject())
        .SelectMany(root => Candidates(root.Key, root.Value))
        .Distinct(StringComparer.Ordinal)
        .Select(path => $"{path}: is not a section; did you mean {HoconReader.Root}?");

    /// <summary>The keys in the section <c>nats-actors</c> that are probably a misspelt part, each with the part.</summary>
    public static IReadOnlyDictionary<string, string> MisspeltParts(Config? section)
    {
        var found = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, _) in Layers(section).SelectMany(HoconNames.Members))
        {
            if (!Parts.Contains(key, StringComparer.OrdinalIgnoreCase) && EditDistance.Nearest(key, Parts) is { } part)
            {
                found[HoconPath.Quote(key)] = part;
            }
        }

        return found;
    }

    private static IEnumerable<string> Candidates(string key, HoconValue section)
    {
        if (IsMisspelt(key, section))
        {
            yield return HoconPath.Quote(key);
        }

        // A dot instead of the dash makes two sections.
        foreach (var (inner, member) in HoconNames.Members(section))
        {
            if (member.IsObject() && EditDistance.Between(EditDistance.Plain(key + inner), Wanted) <= Sure)
            {
                yield return HoconPath.Below(HoconPath.Quote(key), inner);
            }
        }
    }

    private static bool IsMisspelt(string key, HoconValue section)
    {
        var distance = EditDistance.Between(EditDistance.Plain(key), Wanted);
        return distance <= Sure || (distance <= Near && HasOurs(section));
    }

    private static bool HasOurs(HoconValue section) =>
        HoconNames.Members(section).Select(member => member.Key).ToList() is var keys
        && (keys.Count == 0 || keys.Exists(key => EditDistance.Nearest(key, Parts) is not null));

    private static IEnumerable<HoconValue> Layers(Config? config)
    {
        for (var layer = config; layer is not null; layer = layer.Fallback)
        {
            if (layer.Root is { } root)
            {
                yield return root;
            }
        }
    }
}
