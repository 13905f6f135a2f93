using Akka.Configuration;
using NatsActors.Settings;

namespace NatsActors.Cluster;

/// <summary>What the sections of HOCON that this package reads have in common.</summary>
internal static class PackageSection
{
    /// <summary>A reference.conf of the package, a resource of the assembly. No other file has defaults.</summary>
    public static Config Reference(string resource)
    {
        using var stream = typeof(PackageSection).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"{resource} is not embedded in NatsActors.Cluster.");
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }

    /// <summary>A violation for each key that the section does not have.</summary>
    public static IEnumerable<string> Unknown(string root, IEnumerable<string> given, IReadOnlyList<string> keys) =>
        given.Where(key => !keys.Contains(key)).Select(key =>
            $"{root}.{key}: is not a key"
            + (EditDistance.Nearest(key, keys) is { } nearest ? $"; did you mean {root}.{nearest}?" : $"; known are {string.Join(", ", keys)}"));
}
