using System.Reflection;
using NatsActors.Testing;
using PublicApiGenerator;

namespace NatsActors.Tests;

/// <summary>
/// Compares the public API of each package, as PublicApiGenerator prints it, with the approved text. A change of the API is then a
/// change of a file, and somebody reads it. <c>bash scripts/approve.sh</c> approves a change.
/// </summary>
public sealed class PublicApiTests
{
    // Attributes of the assembly, such as the commit, say nothing about its API.
    private static readonly ApiGeneratorOptions Options = new() { IncludeAssemblyAttributes = false };

    public static TheoryData<string> Packages => [.. PackageAssemblies.All.Select(assembly => assembly.GetName().Name!)];

    [Theory]
    [MemberData(nameof(Packages))]
    public void The_public_api_is_the_approved_one(string package)
    {
        var now = Assembly.Load(package).GeneratePublicApi(Options).ReplaceLineEndings("\n").TrimEnd('\n') + "\n";

        ApprovedText.AssertIs(now, Repository.PathTo("tests", "NatsActors.Tests", $"{package}.approved.txt"));
    }
}
