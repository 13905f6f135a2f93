namespace NatsActors.Cluster.Gateway;

/// <summary>The versions of the messages between a link and a gateway that one side speaks.</summary>
/// <param name="Newest">The version that this side speaks with one of its own kind.</param>
/// <param name="Oldest">The oldest version that this side can speak.</param>
internal readonly record struct GatewayVersions(int Newest, int Oldest)
{
    /// <summary>The versions of this package.</summary>
    public static GatewayVersions Own { get; } = new(1, 1);

    /// <summary>The newest version that both sides speak; null for none.</summary>
    public int? InCommonWith(GatewayVersions other)
    {
        var spoken = Math.Min(Newest, other.Newest);
        return spoken >= Math.Max(Oldest, other.Oldest) ? spoken : null;
    }

    /// <summary>Why a link with these versions and a gateway have none in common, and what helps: for the link's node.</summary>
    /// <param name="gateway">The gateway's versions.</param>
    /// <param name="address">The gateway's member.</param>
    public string Misfit(GatewayVersions gateway, string address) =>
        $"the gateway of the member {address} speaks {gateway} of the gateway's messages, and this node {this}; "
        + (gateway.Newest < Oldest
            ? $"this node needs {Oldest} or newer there: update NatsActors.Cluster on that member first"
            : $"that member needs {gateway.Oldest} or newer here: update NatsActors.Cluster on this node");

    /// <summary>The same for the gateway's node.</summary>
    /// <param name="gateway">The gateway's versions.</param>
    /// <param name="address">The link's node.</param>
    public string MisfitAtGateway(GatewayVersions gateway, string address) =>
        $"the node {address} speaks {this} of the gateway's messages, and this gateway {gateway}; "
        + (gateway.Newest < Oldest
            ? $"that node needs {Oldest} or newer here: update NatsActors.Cluster on this gateway's node first"
            : $"this gateway needs {gateway.Oldest} or newer there: update NatsActors.Cluster on that node");

    /// <inheritdoc/>
    public override string ToString() => Newest == Oldest ? $"version {Newest}" : $"versions {Oldest} to {Newest}";
}
