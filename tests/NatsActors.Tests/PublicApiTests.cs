using NatsActors.Testing;

namespace NatsActors.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_api_of_the_akka_host_is_the_approved_one() => PublicApi.AssertApproved(
        typeof(NatsPublishers).Assembly, Repository.PathTo("tests", "NatsActors.Tests", "NatsActors.approved.txt"));
}
