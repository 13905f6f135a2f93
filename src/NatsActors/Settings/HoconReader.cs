using Akka.Actor;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace NatsActors.Settings;

/// <summary>
/// Reads the section <c>nats-actors</c> of a system's configuration. Akka's parser has merged and substituted the layers before.
/// This class turns them into the flat pairs that <see cref="SettingsReader"/> takes, so that HOCON and IConfiguration have the same
/// rules and the same errors.
/// </summary>
internal static class HoconReader
{
    public const string Root = "nats-actors";

    /// <summary>The part of the section that the publishers of a system share.</summary>
    public const string HostSection = "akka";

    /// <summary>The parts of the section that the package NatsActors.Cluster reads.</summary>
    public static readonly IReadOnlyList<string> ClusterSections = ["gateway", "sharding"];

    private const string Host = HostSection + ".";

    private static readonly SettingsSource Source = SettingsSource.Hocon(Root);

    /// <summary>The library's <c>reference.conf</c>, a resource of the assembly: every key with its default.</summary>
    public static Config Reference { get; } = ConfigurationFactory.ParseString(ReferenceText());

    /// <summary>Reads the settings of all publishers, and the keys that they share.</summary>
    /// <exception cref="SettingsException">One or more keys or values are not allowed; the exception lists all of them.</exception>
    public static (IReadOnlyDictionary<string, PublisherSettings> Publishers, HostSettings Host) Read(Config config, ActorSystem system)
    {
        var named = HoconNames.Of(config.GetConfig($"{Root}.{SettingsReader.Publishers}"));
        var misspelt = HoconRoots.MisspeltParts(config.GetConfig(Root));
        List<string> violations =
        [
            .. HoconRoots.Misspelt(config),
            .. misspelt.Select(pair => $"{Root}.{pair.Key}: is not a section; did you mean {pair.Value}?"),
            .. named.Nested.Select(HoconNames.Violation),
        ];
        var values = Flatten(config.GetConfig(Root))
            .Where(pair => HoconPath.Split(pair.Key)[0] is var part && !misspelt.ContainsKey(part) && !ClusterSections.Contains(part))
            .ToDictionary(StringComparer.Ordinal);
        var defaults = Flatten(Reference.GetConfig(Root));
        IReadOnlyDictionary<string, PublisherSettings> publishers = new Dictionary<string, PublisherSettings>();
        try
        {
            publishers = SettingsReader.ReadAll(
                values.Where(pair => !IsHost(pair.Key) && !named.IsNested(pair.Key))
                    .Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)),
                Source,
                named.All);
        }
        catch (SettingsException error)
        {
            violations.AddRange(error.Violations);
        }

        var host = ReadHost(values, defaults, system, violations);
        return violations.Count == 0 ? (publishers, host) : throw new SettingsException(violations);
    }

    /// <summary>
    /// Every value of the configuration with its path (<see cref="HoconPath"/>), in the order of the text. The first layer that has
    /// a value for a path counts. A list is one value.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Flatten(Config? config)
    {
        var values = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        var given = new HashSet<string>(StringComparer.Ordinal);
        for (var layer = config; layer is not null; layer = layer.Fallback)
        {
            if (layer.Root is { } root)
            {
                var fresh = new List<string>();
                Flatten(root, "", values, given, fresh);
                given.UnionWith(fresh);
            }
        }

        return values;
    }

    private static void Flatten(
        HoconValue value, string path, OrderedDictionary<string, string> values, HashSet<string> given, List<string> fresh)
    {
        if (path.Length > 0 && given.Contains(path))
        {
            return;
        }

        if (value.IsObject())
        {
            foreach (var (key, member) in value.GetObject().Items)
            {
                Flatten(member, HoconPath.Below(path, key), values, given, fresh);
            }

            return;
        }

        if (path.Length == 0)
        {
            return;
        }

        fresh.Add(path);
        if (!value.IsArray())
        {
            values[path] = value.GetString() ?? "";
            return;
        }

        var elements = value.GetArray();
        for (var i = 0; i < elements.Count; i++)
        {
            values[$"{path}.{i}"] = elements[i].GetString() ?? "";
        }

        if (elements.Count == 0)
        {
            values[path] = "";
        }
    }

    private static HostSettings ReadHost(
        IReadOnlyDictionary<string, string> values, IReadOnlyDictionary<string, string> defaults, ActorSystem system,
        List<string> violations)
    {
        violations.AddRange(values.Keys.Where(path => IsHost(path) && !defaults.ContainsKey(path))
            .Select(path => $"{Root}.{path}: is not a key; known are {string.Join(", ", defaults.Keys.Where(IsHost))}"));
        string Value(string path) => values.TryGetValue(path, out var text) ? text : defaults[path];

        var dispatcher = Value(Host + "dispatcher");
        if (!system.Dispatchers.HasDispatcher(dispatcher))
        {
            violations.Add($"{Root}.{Host}dispatcher: '{dispatcher}' is not a dispatcher of this system's configuration");
        }

        var phase = Value(Host + "drain-phase");
        if (!system.Settings.Config.HasPath($"akka.coordinated-shutdown.phases.{phase}"))
        {
            violations.Add($"{Root}.{Host}drain-phase: '{phase}' is not a phase of akka.coordinated-shutdown.phases");
        }

        return new HostSettings(dispatcher, phase);
    }

    private static bool IsHost(string path) => path.StartsWith(Host, StringComparison.Ordinal) || path == HostSection;

    private static string ReferenceText()
    {
        using var stream = typeof(PublisherSettings).Assembly.GetManifestResourceStream("reference.conf")
            ?? throw new InvalidOperationException("reference.conf is not embedded in NatsActors.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
