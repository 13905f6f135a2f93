using System.Net;
using NatsActors.Testing;
using NatsActors.Wire;

namespace NatsActors.Core.Tests.Wire;

/// <summary>The wire link under the suites that every link passes.</summary>
public sealed class WireLinkContractTests : LinkContract
{
    internal override ILinkFactory CreateFactory(TimeProvider time) => new WireLinkFactory(time);
}

public sealed class WireLinkAddressTests : LinkAddressContract
{
    internal override ILinkFactory CreateFactory(Func<string, CancellationToken, Task<IPAddress[]>>? resolve) =>
        new WireLinkFactory(TimeProvider.System, new WireOptions { Resolve = resolve });
}

public sealed class WireLinkTlsTests : LinkTlsContract
{
    internal override ILinkFactory CreateFactory() => new WireLinkFactory(TimeProvider.System);
}
