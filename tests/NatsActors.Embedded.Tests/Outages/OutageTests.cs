using NatsActors.Outages;

namespace NatsActors.Embedded.Tests.Outages;

public sealed class AuthChangeTests() : AuthChangeSuite(EmbeddedHost.Wire);

public sealed class ClusterTests() : ClusterSuite(EmbeddedHost.Wire);

/// <summary>Alone in the process, for the memory.</summary>
[Collection(nameof(HostileServerTests))]
[CollectionDefinition(nameof(HostileServerTests), DisableParallelization = true)]
public sealed class HostileServerTests() : HostileServerSuite(EmbeddedHost.Wire);

public sealed class LimitTests() : LimitSuite(EmbeddedHost.Wire);

public sealed class OutageTests() : OutageSuite(EmbeddedHost.Wire);

public sealed class SecretsTests() : SecretsSuite(EmbeddedHost.Wire);

public sealed class ServerTests() : ServerSuite(EmbeddedHost.Wire);

public sealed class TlsChangeTests() : TlsChangeSuite(EmbeddedHost.Wire);
