using Akka.Configuration;
using NATS.Client.Core;

namespace NatsActors.Cluster;

/// <summary>The key of the gateway in Akka.Hosting's registry: <c>IRequiredActor&lt;NatsGatewayKey&gt;</c>.</summary>
public sealed class NatsGatewayKey
{
    private NatsGatewayKey()
    {
    }
}

/// <summary>The options of <c>WithNatsGateway</c>. A member that is not set leaves its settings to HOCON and to the defaults.</summary>
public sealed class NatsGatewayOptions
{
    /// <summary>HOCON with the root <c>nats-actors</c>, which goes before the system's HOCON; null for none.</summary>
    public Config? Hocon { get; set; }

    /// <summary>
    /// Changes the connection that HOCON gives: servers, TLS, time-outs; null for no change. HOCON's is the section <c>connection</c> of
    /// the publisher <c>nats-actors.gateway.publisher</c>.
    /// </summary>
    public Func<ConnectionSettings, ConnectionSettings>? Connection { get; set; }

    /// <summary>User and password, or token; null for the credentials of the connection. They stay on this node. Never shown.</summary>
    public NatsCredentials? Credentials { get; set; }

    /// <summary>Changes the options of NATS.Client.Core, as <see cref="NatsPublisherSetup.WithNatsOpts"/> does; null for no change.</summary>
    public Func<NatsOpts, NatsOpts>? NatsOpts { get; set; }

    internal NatsGatewayOptions Copy() => (NatsGatewayOptions)MemberwiseClone();
}
