using System.Net;
using NatsActors.NatsNet;
using NatsActors.Testing;
using NatsActors.Wire;

namespace NatsActors.Tests.NatsNet;

/// <summary>The nats-net link under the suites that every link passes.</summary>
public sealed class NatsNetLinkContractTests : LinkContract
{
    internal override ILinkFactory CreateFactory(TimeProvider time) => new NatsNetLinkFactory(time);
}

public sealed class NatsNetLinkAddressTests : LinkAddressContract
{
    internal override ILinkFactory CreateFactory(Func<string, CancellationToken, Task<IPAddress[]>>? resolve) =>
        new NatsNetLinkFactory(TimeProvider.System, dialer: new Dialer(TimeProvider.System, resolve));
}

public sealed class NatsNetLinkTlsTests : LinkTlsContract
{
    internal override ILinkFactory CreateFactory() => new NatsNetLinkFactory(TimeProvider.System);

    // NATS.Client.Core forgets what it has read before the handshake, and goes on to it.
    protected override (LinkLossKind Kind, string Words) SlippedIn => (LinkLossKind.Timeout, "connection.connect-timeout passed");
}
