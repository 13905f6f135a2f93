using Akka.Configuration;

namespace NatsActors.Cluster.Gateway;

/// <summary>The package's reference.conf, a resource of the assembly. No other file has defaults.</summary>
internal static class GatewayReference
{
    private static readonly Lazy<Config> Parsed = new(() => PackageSection.Reference("gateway.reference.conf"));

    private static readonly Lazy<GatewaySettings> Read = new(() => GatewaySettingsReader.ReadComplete(Parsed.Value));

    /// <summary>The keys with their defaults, and the serializer.</summary>
    public static Config Config => Parsed.Value;

    /// <summary>The settings of <see cref="Config"/>.</summary>
    public static GatewaySettings Defaults => Read.Value;
}
