using Akka.Actor;
using Akka.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NatsActors.Cluster.Gateway;
using NatsActors.Links;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Gateway;

/// <summary>The port's contract on links to a gateway: two nodes of a cluster, and Akka.Remote between them.</summary>
public sealed class GatewayLinkTests(TwoNodes nodes) : LinkSuite, IClassFixture<TwoNodes>
{
    private protected override (ILink Link, LinkRecorder Recorder) Open(
        string url, ConnectionSettings? settings = null, TimeSpan? confirmTimeout = null, string? ackInbox = null) =>
        GatewayRig.Open(nodes.Gateway, nodes.Sender, url, settings, confirmTimeout, ackInbox, Epoch);
}

/// <summary>A node with gateways, and one without a way to NATS.</summary>
public sealed class TwoNodes : IAsyncLifetime
{
    internal Node Gateway { get; private set; } = null!;

    internal Node Sender { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var nodes = await Node.StartAsync(gateways: 1, others: 1);
        (Gateway, Sender) = (nodes[0], nodes[1]);
        // The extensions bring the serializer.
        _ = (Gateway.Gateways, Sender.Gateways);
    }

    public async Task DisposeAsync()
    {
        await Sender.DisposeAsync();
        await Gateway.DisposeAsync();
    }
}

/// <summary>Starts a gateway for one link, and opens the link.</summary>
internal static class GatewayRig
{
    private static int _gateways;

    /// <summary>The settings of the package's reference.conf.</summary>
    public static GatewaySettings Defaults { get; } = GatewaySettingsReader.Read(ConfigurationFactory.Empty);

    public static (ILink Link, LinkRecorder Recorder) Open(
        Node gateway, Node sender, string url, ConnectionSettings? settings = null, TimeSpan? confirmTimeout = null, string? ackInbox = null,
        long epoch = 1, GatewaySettings? limits = null)
    {
        var plan = Gateway(gateway, url, settings, limits);
        return Open(sender, plan, confirmTimeout, ackInbox, epoch);
    }

    /// <summary>Starts a gateway of its own name, so that many can be on one node.</summary>
    public static GatewayPlan Gateway(
        Node node, string url, ConnectionSettings? settings = null, GatewaySettings? limits = null, GatewayVersions? versions = null,
        ILogger? logger = null, TimeProvider? time = null)
    {
        var plan = new GatewayPlan(limits ?? Defaults, "akka.actor.default-dispatcher")
        {
            ActorName = $"nats-gateway-{Interlocked.Increment(ref _gateways)}", Versions = versions ?? GatewayVersions.Own, Time = time ?? TimeProvider.System,
        };
        var parts = new SessionParts(
            plan, (settings ?? new ConnectionSettings()) with { Servers = [url] }, new LinkFactory(TimeProvider.System),
            RemoteFrames.MaxMessageBytes(node.System));
        NatsGateway.StartActor((ExtendedActorSystem)node.System, parts, logger ?? NullLogger.Instance);
        return plan;
    }

    public static (ILink Link, LinkRecorder Recorder) Open(
        Node sender, GatewayPlan plan, TimeSpan? confirmTimeout = null, string? ackInbox = null, long epoch = 1)
    {
        var recorder = new LinkRecorder(epoch);
        var factory = new GatewayLinkFactory((ExtendedActorSystem)sender.System, plan, "test");
        var request = new LinkRequest(epoch, factory.OnlyServer, new ConnectionSettings(), confirmTimeout ?? TimeSpan.FromSeconds(10), ackInbox);
        var link = factory.Open(request, recorder.Report);
        Assert.Equal(epoch, link.Epoch);
        return (link, recorder);
    }
}
