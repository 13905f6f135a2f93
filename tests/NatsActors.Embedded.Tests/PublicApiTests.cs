using System.Runtime.CompilerServices;
using NatsActors.Testing;

namespace NatsActors.Embedded.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_api_of_the_embedded_runtime_is_the_approved_one() =>
        PublicApi.AssertApproved(typeof(NatsPublisher).Assembly, Path.Combine(Here(), "NatsActors.Embedded.approved.txt"));

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
