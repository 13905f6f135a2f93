using NatsActors.NatsNet;
using NatsActors.Testing;

namespace NatsActors.Tests.NatsNet;

public sealed class NatsNetLinkContractTests : LinkContract
{
    internal override ILinkFactory CreateFactory(TimeProvider time) => new NatsNetLinkFactory(time);
}
