using NatsActors.Cluster.Gateway;

namespace NatsActors.Cluster;

/// <summary>
/// The settings of gateways and of the links to them: the section <c>nats-actors.gateway</c> of HOCON. The package's reference.conf has
/// the default and the meaning of every key.
/// </summary>
public sealed record GatewaySettings
{
    /// <summary>The defaults of reference.conf.</summary>
    public GatewaySettings()
        : this(GatewayReference.Defaults.Role, GatewayReference.Defaults.Publisher, GatewayReference.Defaults.MaxSessions,
            GatewayReference.Defaults.MaxBatch, GatewayReference.Defaults.Window)
    {
    }

    internal GatewaySettings(string role, string publisher, int maxSessions, int maxBatch, int window)
    {
        Role = role;
        Publisher = publisher;
        MaxSessions = maxSessions;
        MaxBatch = maxBatch;
        Window = window;
    }

    /// <summary><c>role</c>: the role of the members that have a way to NATS. The same on all nodes. Default: <c>nats</c>.</summary>
    public string Role { get; init; }

    /// <summary>
    /// <c>publisher</c>: the publisher whose section has the gateway's connection. Default: <c>gateway</c>. Without a section of the name
    /// the gateway's connection is that of <c>nats-actors.publisher</c>.
    /// </summary>
    public string Publisher { get; init; }

    /// <summary><c>max-sessions</c>: sessions of a gateway at a time. Beyond it a link is refused. Default: 1000.</summary>
    public int MaxSessions { get; init; }

    /// <summary>
    /// <c>max-batch</c>: wire bytes of the largest batch that a gateway takes, unless one message is larger. Beyond it the session ends.
    /// Default: 16 MiB.
    /// </summary>
    public int MaxBatch { get; init; }

    /// <summary><c>window</c>: wire bytes of one link on their way to the gateway. At the limit the link waits. Default: 1 MiB.</summary>
    public int Window { get; init; }

    /// <summary>Checks every value.</summary>
    /// <returns>The same settings.</returns>
    /// <exception cref="SettingsException">One or more values are not allowed; the exception lists all of them by key.</exception>
    public GatewaySettings Validate()
    {
        var violations = GatewaySettingsReader.Check(this);
        return violations.Count == 0 ? this : throw new SettingsException(violations);
    }
}
