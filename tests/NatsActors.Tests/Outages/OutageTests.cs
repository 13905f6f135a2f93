using NatsActors.Outages;

namespace NatsActors.Tests.Outages;

public sealed class NatsNetAuthChangeTests() : AuthChangeSuite(AkkaPublisherHost.NatsNet);

public sealed class NatsNetClusterTests() : ClusterSuite(AkkaPublisherHost.NatsNet);

[Collection(nameof(Faults.Alone))]
public sealed class NatsNetHostileServerTests() : HostileServerSuite(AkkaPublisherHost.NatsNet)
{
    // It is NATS.Client.Core that parses INFO.
    protected override string? WordsOf(string manner) =>
        manner == "INFO that is no JSON" ? "NATS.Client.Core could not read what the server sent" : null;
}

public sealed class NatsNetLimitTests() : LimitSuite(AkkaPublisherHost.NatsNet);

public sealed class NatsNetOutageTests() : OutageSuite(AkkaPublisherHost.NatsNet);

public sealed class NatsNetSecretsTests() : SecretsSuite(AkkaPublisherHost.NatsNet);

public sealed class NatsNetServerTests() : ServerSuite(AkkaPublisherHost.NatsNet);

public sealed class NatsNetTlsChangeTests() : TlsChangeSuite(AkkaPublisherHost.NatsNet);

public sealed class WireAuthChangeTests() : AuthChangeSuite(AkkaPublisherHost.Wire);

public sealed class WireClusterTests() : ClusterSuite(AkkaPublisherHost.Wire);

[Collection(nameof(Faults.Alone))]
public sealed class WireHostileServerTests() : HostileServerSuite(AkkaPublisherHost.Wire);

public sealed class WireLimitTests() : LimitSuite(AkkaPublisherHost.Wire);

public sealed class WireOutageTests() : OutageSuite(AkkaPublisherHost.Wire);

public sealed class WireSecretsTests() : SecretsSuite(AkkaPublisherHost.Wire);

public sealed class WireServerTests() : ServerSuite(AkkaPublisherHost.Wire);

public sealed class WireTlsChangeTests() : TlsChangeSuite(AkkaPublisherHost.Wire);
