using NatsActors.Core.Tests.Settings;
using NatsActors.Testing;

namespace NatsActors.Core.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_api_of_core_is_the_approved_one() => PublicApi.AssertApproved(
        typeof(PublisherSettings).Assembly, Repository.PathTo("tests", "NatsActors.Core.Tests", "NatsActors.Core.approved.txt"));
}
