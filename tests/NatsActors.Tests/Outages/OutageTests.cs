namespace NatsActors.Tests.Outages;

public sealed class AkkaAuthChangeTests() : AuthChangeSuite(AkkaPublisherHost.Instance);

public sealed class AkkaClusterTests() : ClusterSuite(AkkaPublisherHost.Instance);

[Collection(nameof(MeasuredAlone))]
public sealed class AkkaHostileServerTests() : HostileServerSuite(AkkaPublisherHost.Instance);

public sealed class AkkaLimitTests() : LimitSuite(AkkaPublisherHost.Instance);

public sealed class AkkaOutageTests() : OutageSuite(AkkaPublisherHost.Instance);

public sealed class AkkaSecretsTests() : SecretsSuite(AkkaPublisherHost.Instance);

public sealed class AkkaServerTests() : ServerSuite(AkkaPublisherHost.Instance);

public sealed class AkkaTlsChangeTests() : TlsChangeSuite(AkkaPublisherHost.Instance);
