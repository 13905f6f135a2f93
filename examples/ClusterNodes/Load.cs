namespace ClusterNodes;

/// <summary>What the node of the role "orders" publishes.</summary>
/// <param name="Messages">How many messages, with the numbers from 1.</param>
/// <param name="PerSecond">How many a second.</param>
internal sealed record Load(int Messages, int PerSecond)
{
    /// <summary>The subject.</summary>
    public const string Subject = "orders.new";
}
