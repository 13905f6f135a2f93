namespace NatsActors.Cluster.Gateway;

/// <summary>
/// The settings of <c>nats-actors.gateway</c>, for gateways and for the links to them. The package's reference.conf has the default and
/// the meaning of every key.
/// </summary>
/// <param name="Role"><c>role</c>: the role of the members that have a way to NATS.</param>
/// <param name="Publisher"><c>publisher</c>: the publisher whose section has the gateway's connection.</param>
/// <param name="MaxSessions"><c>max-sessions</c>: sessions of a gateway at a time.</param>
/// <param name="MaxBatch"><c>max-batch</c>: wire bytes of the largest batch that a gateway takes, unless one message is larger.</param>
/// <param name="Window"><c>window</c>: wire bytes of one link on their way to the gateway.</param>
internal sealed record GatewaySettings(string Role, string Publisher, int MaxSessions, int MaxBatch, int Window);
