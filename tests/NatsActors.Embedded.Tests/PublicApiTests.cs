using NatsActors.Testing;

namespace NatsActors.Embedded.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_api_of_the_embedded_runtime_is_the_approved_one() => PublicApi.AssertApproved(
        typeof(NatsPublisher).Assembly, Repository.PathTo("tests", "NatsActors.Embedded.Tests", "NatsActors.Embedded.approved.txt"));
}
