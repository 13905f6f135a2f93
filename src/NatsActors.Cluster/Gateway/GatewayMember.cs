using Akka.Actor;
using Akka.Cluster;
using AkkaCluster = Akka.Cluster.Cluster;

namespace NatsActors.Cluster.Gateway;

/// <summary>One member of the cluster that has a gateway, as it was started once.</summary>
internal readonly record struct GatewayMember(UniqueAddress Node) : IComparable<GatewayMember>
{
    public Address Address => Node.Address;

    /// <summary>The members with the role that are up and reachable, in an order that stays.</summary>
    public static IReadOnlyList<GatewayMember> Of(AkkaCluster cluster, string role)
    {
        var state = cluster.State;
        return [.. state.Members
            .Where(member => member.Status == MemberStatus.Up && member.HasRole(role) && !state.Unreachable.Contains(member))
            .Select(member => new GatewayMember(member.UniqueAddress))
            .Order()];
    }

    public int CompareTo(GatewayMember other) => Node.CompareTo(other.Node);

    public override string ToString() => Address.ToString();
}
