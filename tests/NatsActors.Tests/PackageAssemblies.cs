using System.Reflection;
using NatsActors.Cluster;
using NatsActors.Persistence;

namespace NatsActors.Tests;

/// <summary>The assemblies of the packages.</summary>
internal static class PackageAssemblies
{
    public static IReadOnlyList<Assembly> All { get; } =
        [typeof(NatsPublishers).Assembly, typeof(NatsGateway).Assembly, typeof(PersistentNatsPublisher).Assembly];
}
