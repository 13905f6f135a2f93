using NatsActors.Testing;
using NatsActors.Wire;

namespace NatsActors.Core.Tests.Wire;

/// <summary>The wire link under the suite that every link passes.</summary>
public sealed class WireLinkContractTests : LinkContract
{
    internal override ILinkFactory CreateFactory(TimeProvider time) => new WireLinkFactory(time);
}
