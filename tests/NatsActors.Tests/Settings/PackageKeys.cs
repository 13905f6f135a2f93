using NatsActors.Cluster;
using NatsActors.Cluster.Gateway;
using NatsActors.Cluster.Sharding;
using NatsActors.Testing;

namespace NatsActors.Tests.Settings;

/// <summary>The keys of one package, as the page about configuration shows them.</summary>
/// <param name="Name">The package.</param>
/// <param name="Note">What stands below the table of keys.</param>
/// <param name="Sections">The files that have the keys.</param>
internal sealed record PackageKeys(string Name, string Note, params IReadOnlyList<KeySection> Sections)
{
    public const string Root = "nats-actors.";

    /// <summary>The packages that have keys.</summary>
    public static IReadOnlyList<PackageKeys> All { get; } =
    [
        new("NatsActors", "The keys `akka.*` are below `nats-actors`; all others are below `nats-actors.publisher`.",
            KeySection.Of(AllowedValues.OfPublisher, "hocon", "reference.conf")),
        new("NatsActors.Cluster", "The keys are below `nats-actors`. [Gateways](cluster.md) and [sharded publishers](cluster-sharding.md) have examples.",
            KeySection.Of(AllowedValues.By(config => GatewaySettingsReader.Read(config)), "src", "NatsActors.Cluster", "Gateway", "reference.conf"),
            KeySection.Of(
                AllowedValues.By(config => ShardingSettings.Read(config, new ShardedPublisherOptions())),
                "src", "NatsActors.Cluster", "Sharding", "reference.conf")),
    ];
}

/// <summary>The keys of one reference.conf.</summary>
/// <param name="Text">The file.</param>
/// <param name="Groups">Its keys below <see cref="PackageKeys.Root"/>.</param>
/// <param name="Values">The allowed values of a key.</param>
internal sealed record KeySection(string Text, IReadOnlyList<ReferenceGroup> Groups, Func<ReferenceKey, string> Values)
{
    public static KeySection Of(Func<ReferenceKey, string> values, params string[] file)
    {
        var text = File.ReadAllText(Repository.PathTo(file));
        return new(text, [.. ReferenceText.Read(text).Where(group => group.Keys[0].Path.StartsWith(PackageKeys.Root, StringComparison.Ordinal))], values);
    }
}
