namespace NatsActors.Cluster.Gateway;

/// <summary>What the links and the gateway of one system have in common.</summary>
/// <param name="Settings">The settings.</param>
/// <param name="Dispatcher">The dispatcher of the actors.</param>
internal sealed record GatewayPlan(GatewaySettings Settings, string Dispatcher)
{
    /// <summary>The name of a gateway's actor, a system actor, which links look for on a member.</summary>
    public string ActorName { get; init; } = "nats-gateway";

    /// <summary>The versions that this system speaks.</summary>
    public GatewayVersions Versions { get; init; } = GatewayVersions.Own;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
