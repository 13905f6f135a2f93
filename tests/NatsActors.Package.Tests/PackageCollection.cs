namespace NatsActors.Package.Tests;

/// <summary>The tests that share the packed packages. They run one after another: each builds, which takes every core.</summary>
[CollectionDefinition(Name)]
public sealed class PackageCollection : ICollectionFixture<PackedPackages>
{
    public const string Name = "packages";
}
