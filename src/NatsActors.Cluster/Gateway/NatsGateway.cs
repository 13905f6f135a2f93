using Akka;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Event;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NatsActors.Cluster.Gateway;
using NatsActors.Diagnostics;
using NatsActors.Hosting;
using AkkaCluster = Akka.Cluster.Cluster;

namespace NatsActors.Cluster;

/// <summary>
/// Publishing through gateways: an Akka.NET extension for the nodes of a cluster. A node with a way to NATS starts a gateway
/// (<see cref="Start()"/>). A node without starts publishers whose links lead to such a gateway (<see cref="Publisher"/>): the same
/// reference, answers, limits and outcomes as of a publisher of <see cref="NatsPublishers"/>.
/// </summary>
/// <remarks>
/// The publisher's buffer stays on its own node, and every confirmation is the server's. A gateway keeps nothing, so one that dies loses
/// nothing: the publisher sends what was not confirmed to the next gateway.
/// </remarks>
public sealed class NatsGateway : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private IActorRef? _gateway;

    internal NatsGateway(ExtendedActorSystem system)
    {
        if (system.Provider is not IClusterActorRefProvider)
        {
            throw new ConfigurationException(
                $"akka.actor.provider = {system.Settings.Config.GetString("akka.actor.provider")}: a gateway needs the cluster; set it to cluster, "
                + "or use WithClustering of Akka.Cluster.Hosting.");
        }

        _system = system;
        UseMessages(system);
        var publishers = NatsPublishers.Get(system);
        Plan = new GatewayPlan(GatewaySettingsReader.Read(system.Settings.Config), publishers.Host.Dispatcher);
        _logger = new AkkaLogger(Logging.GetLogger(system, typeof(NatsGateway)));
    }

    /// <summary>The settings of <c>nats-actors.gateway</c>.</summary>
    internal GatewaySettings Settings => Plan.Settings;

    /// <summary>What the links and the gateway of this system have in common. A test changes the plan before it starts any of them.</summary>
    internal GatewayPlan Plan { get; set; }

    /// <summary>The gateways and publishers of <paramref name="system"/>.</summary>
    /// <exception cref="ConfigurationException">The system is no node of a cluster.</exception>
    /// <exception cref="SettingsException">
    /// The section <c>nats-actors</c> of the system's HOCON is not valid; the exception lists every violation.
    /// </exception>
    public static NatsGateway Get(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<NatsGateway, NatsGatewayProvider>();
    }

    /// <summary>
    /// The package's <c>reference.conf</c> for gateways: every key of <c>nats-actors.gateway</c> with its default, and the serializer.
    /// <see cref="Get"/> adds it to a system as the last fallback.
    /// </summary>
    public static Config DefaultConfig() => GatewaySettingsReader.Reference;

    /// <summary>
    /// Starts this node's gateway with the connection of the publisher that <c>nats-actors.gateway.publisher</c> names, or returns the
    /// gateway that runs.
    /// </summary>
    /// <exception cref="SettingsException">This node does not have the role <c>nats-actors.gateway.role</c>.</exception>
    public IActorRef Start() => Start(NatsPublishers.Get(_system).SettingsOrShared(Settings.Publisher).Connection);

    /// <summary>Starts this node's gateway, or returns the gateway that runs.</summary>
    /// <param name="connection">Servers, TLS and credentials. They stay on this node.</param>
    /// <param name="options">Changes the options of NATS.Client.Core, as <see cref="NatsPublisherSetup.WithNatsOpts"/> does; null for no change.</param>
    /// <exception cref="SettingsException">
    /// This node does not have the role <c>nats-actors.gateway.role</c>, or a value of the connection is not allowed.
    /// </exception>
    public IActorRef Start(ConnectionSettings connection, Func<NatsOpts, NatsOpts>? options = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var cluster = AkkaCluster.Get(_system);
        if (!cluster.SelfRoles.Contains(Settings.Role))
        {
            throw new SettingsException(
                [$"{GatewaySettingsReader.Root}.role: '{Settings.Role}' must be one of this node's roles (akka.cluster.roles: {string.Join(", ", cluster.SelfRoles.Order(StringComparer.Ordinal))}), because links look for a gateway there"]);
        }

        lock (_gate)
        {
            return _gateway ??= Begin(new PublisherSettings { Name = Settings.Publisher, Connection = connection }, options);
        }
    }

    /// <summary>
    /// The publisher of that name. Every caller gets the same reference. If the publisher does not run yet, the call starts it with its
    /// HOCON, and its links lead to gateways. Its <c>connection.servers</c>, TLS and credentials have no meaning.
    /// </summary>
    /// <exception cref="ArgumentException">No publisher of the name runs, and HOCON has no section for the name.</exception>
    public IActorRef Publisher(string name = NatsPublishers.DefaultName)
    {
        ArgumentNullException.ThrowIfNull(name);
        return NatsPublishers.Get(_system).Publisher(name, LinksOf);
    }

    /// <summary>Starts a publisher with settings made in code, whose links lead to gateways.</summary>
    /// <exception cref="InvalidOperationException">A publisher of that name runs already.</exception>
    /// <exception cref="SettingsException">The settings are not valid; the exception lists every violation.</exception>
    public IActorRef StartPublisher(PublisherSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return NatsPublishers.Get(_system).StartWith(settings, LinksOf(settings.Name));
    }

    /// <summary>Adds the serializer and the defaults. Akka reads serializers again whenever a fallback is injected.</summary>
    internal static void UseMessages(ActorSystem system) => system.Settings.InjectTopLevelFallback(GatewaySettingsReader.Reference);

    /// <summary>Starts a gateway of a plan of the caller's.</summary>
    internal static IActorRef StartActor(ExtendedActorSystem system, SessionParts parts, ILogger logger)
    {
        var cluster = AkkaCluster.Get(system);
        Func<bool> hasOther = () => GatewayMember.Of(cluster, parts.Plan.Settings.Role).Any(member => !member.Node.Equals(cluster.SelfUniqueAddress));
        return system.SystemActorOf(
            Props.Create(() => new GatewayActor(parts, logger, hasOther)).WithDeploy(Deploy.Local).WithDispatcher(parts.Plan.Dispatcher),
            parts.Plan.ActorName);
    }

    private GatewayLinkFactory LinksOf(string publisher) => new(_system, Plan, publisher);

    private IActorRef Begin(PublisherSettings settings, Func<NatsOpts, NatsOpts>? options)
    {
        var (complete, links) = NatsPublishers.Get(_system).Complete(settings, options);
        var gateway = StartActor(_system, new SessionParts(Plan, complete.Connection, links, RemoteFrames.MaxMessageBytes(_system)), _logger);
        CoordinatedShutdown.Get(_system).AddTask(CoordinatedShutdown.PhaseServiceUnbind, "nats-actors-gateway", () => LeaveAsync(gateway));
        return gateway;
    }

    /// <summary>Before any publisher of this node drains: the links of other nodes move to other gateways.</summary>
    private async Task<Done> LeaveAsync(IActorRef gateway)
    {
        var limit = CoordinatedShutdown.Get(_system).Timeout(CoordinatedShutdown.PhaseServiceUnbind);
        try
        {
            var left = await gateway.Ask<Left>(Leave.Instance, limit - ShutdownDrain.Margin(limit)).ConfigureAwait(false);
            _logger.GatewayLeft(left.Sessions);
        }
        catch (Exception error) when (error is AskTimeoutException or TaskCanceledException)
        {
            _logger.GatewayNotLeft(limit);
        }

        return Done.Instance;
    }
}

/// <summary>Makes <see cref="NatsGateway"/>, once for an actor system. <c>akka.extensions</c> may name this type.</summary>
public sealed class NatsGatewayProvider : ExtensionIdProvider<NatsGateway>
{
    /// <inheritdoc/>
    public override NatsGateway CreateExtension(ExtendedActorSystem system) => new(system);
}
