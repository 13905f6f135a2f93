using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NatsActors.Cluster;
using NatsActors.Cluster.Gateway;
using NatsActors.Settings;

namespace NatsActors.Hosting;

/// <summary>Adds gateways, and publishers through gateways, to an actor system of Akka.Hosting that is a node of a cluster.</summary>
/// <remarks>
/// <c>WithClustering</c> of Akka.Cluster.Hosting makes the system a node and gives it its roles. A node with the role of
/// <c>nats-actors.gateway.role</c> has <c>WithNatsGateway</c>; any node may have publishers through gateways.
/// </remarks>
public static class NatsGatewayHostingExtensions
{
    /// <summary>Starts this node's gateway, by options; its key is <see cref="NatsGatewayKey"/>.</summary>
    /// <remarks>The start of the system fails when the node does not have the gateway's role.</remarks>
    public static AkkaConfigurationBuilder WithNatsGateway(this AkkaConfigurationBuilder builder, NatsGatewayOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        var fixedOptions = options.Copy();
        return Add(builder, fixedOptions, (connection, _) => fixedOptions.Connection?.Invoke(connection) ?? connection);
    }

    /// <summary>Starts this node's gateway, by a delegate that fills in options; its key is <see cref="NatsGatewayKey"/>.</summary>
    /// <inheritdoc cref="WithNatsGateway(AkkaConfigurationBuilder, NatsGatewayOptions)"/>
    public static AkkaConfigurationBuilder WithNatsGateway(this AkkaConfigurationBuilder builder, Action<NatsGatewayOptions>? configure = null)
    {
        var options = new NatsGatewayOptions();
        configure?.Invoke(options);
        return builder.WithNatsGateway(options);
    }

    /// <summary>Starts this node's gateway, by a section of the configuration; its key is <see cref="NatsGatewayKey"/>.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="section">
    /// The keys of a publisher, of which <c>Connection</c> counts, as for
    /// <see cref="NatsPublisherHostingExtensions.WithNatsPublisher{TKey}(AkkaConfigurationBuilder, IConfiguration, string, bool)"/>. It may
    /// have user, password and token.
    /// </param>
    /// <param name="optional">True: a section that does not exist leaves everything to HOCON. False, the default: the start fails.</param>
    /// <inheritdoc cref="WithNatsGateway(AkkaConfigurationBuilder, NatsGatewayOptions)" path="/remarks"/>
    public static AkkaConfigurationBuilder WithNatsGateway(
        this AkkaConfigurationBuilder builder, IConfiguration section, bool optional = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(section);
        return Add(builder, new NatsGatewayOptions(), (connection, whole) => optional && ConfigurationSections.IsEmpty(section)
            ? connection
            : ConfigurationSections.Read("gateway", section, whole, new PublisherSettings { Connection = connection }).Connection);
    }

    /// <summary>Adds a publisher through gateways, by options; its key is <see cref="NatsPublisherKey"/>.</summary>
    /// <inheritdoc cref="WithGatewayNatsPublisher{TKey}(AkkaConfigurationBuilder, NatsPublisherOptions)"/>
    public static AkkaConfigurationBuilder WithGatewayNatsPublisher(this AkkaConfigurationBuilder builder, NatsPublisherOptions options) =>
        builder.WithGatewayNatsPublisher<NatsPublisherKey>(options);

    /// <summary>Adds a publisher through gateways, by a delegate that fills in options; its key is <see cref="NatsPublisherKey"/>.</summary>
    /// <inheritdoc cref="WithGatewayNatsPublisher{TKey}(AkkaConfigurationBuilder, NatsPublisherOptions)"/>
    public static AkkaConfigurationBuilder WithGatewayNatsPublisher(
        this AkkaConfigurationBuilder builder, Action<NatsPublisherOptions>? configure = null) =>
        builder.WithGatewayNatsPublisher<NatsPublisherKey>(configure);

    /// <summary>Adds a publisher through gateways, by a section of the configuration; its key is <see cref="NatsPublisherKey"/>.</summary>
    /// <inheritdoc cref="WithGatewayNatsPublisher{TKey}(AkkaConfigurationBuilder, IConfiguration, string, bool)"/>
    public static AkkaConfigurationBuilder WithGatewayNatsPublisher(
        this AkkaConfigurationBuilder builder, IConfiguration section, string name = NatsPublishers.DefaultName, bool optional = false) =>
        builder.WithGatewayNatsPublisher<NatsPublisherKey>(section, name, optional);

    /// <summary>Adds a publisher through gateways, by options, under a key of your own.</summary>
    /// <remarks>
    /// Servers, TLS and credentials are the gateway's. <see cref="NatsPublisherOptions.Credentials"/> and
    /// <see cref="NatsPublisherOptions.NatsOpts"/> must be null.
    /// </remarks>
    /// <exception cref="SettingsException">The options have credentials or options of NATS.Client.Core.</exception>
    public static AkkaConfigurationBuilder WithGatewayNatsPublisher<TKey>(
        this AkkaConfigurationBuilder builder, NatsPublisherOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        var fixedOptions = options.Copy();
        List<string> violations =
        [
            .. Foreign(nameof(options.Credentials), fixedOptions.Credentials is not null),
            .. Foreign(nameof(options.NatsOpts), fixedOptions.NatsOpts is not null),
        ];
        return violations.Count > 0
            ? throw new SettingsException(violations)
            : builder.Add<TKey>(fixedOptions, (settings, _, _) => fixedOptions.Settings?.Invoke(settings) ?? settings, Start);
    }

    /// <summary>Adds a publisher through gateways, by a delegate that fills in options, under a key of your own.</summary>
    /// <inheritdoc cref="WithGatewayNatsPublisher{TKey}(AkkaConfigurationBuilder, NatsPublisherOptions)"/>
    public static AkkaConfigurationBuilder WithGatewayNatsPublisher<TKey>(
        this AkkaConfigurationBuilder builder, Action<NatsPublisherOptions>? configure = null)
    {
        var options = new NatsPublisherOptions();
        configure?.Invoke(options);
        return builder.WithGatewayNatsPublisher<TKey>(options);
    }

    /// <summary>Adds a publisher through gateways, by a section of the configuration, under a key of your own.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="section">
    /// The publisher's keys, as for
    /// <see cref="NatsPublisherHostingExtensions.WithNatsPublisher{TKey}(AkkaConfigurationBuilder, IConfiguration, string, bool)"/>. Servers,
    /// TLS and credentials have no meaning here; they are the gateway's.
    /// </param>
    /// <param name="name">The publisher's name.</param>
    /// <param name="optional">True: a section that does not exist leaves everything to HOCON. False, the default: the start fails.</param>
    public static AkkaConfigurationBuilder WithGatewayNatsPublisher<TKey>(
        this AkkaConfigurationBuilder builder, IConfiguration section, string name = NatsPublishers.DefaultName, bool optional = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(name);
        return builder.Add<TKey>(
            new NatsPublisherOptions { Name = name },
            (settings, whole, _) => optional && ConfigurationSections.IsEmpty(section)
                ? settings
                : ConfigurationSections.Read(name, section, whole, settings),
            Start);
    }

    private static AkkaConfigurationBuilder Add(
        AkkaConfigurationBuilder builder, NatsGatewayOptions options, Func<ConnectionSettings, IConfiguration?, ConnectionSettings> change)
    {
        if (options.Hocon is { } hocon)
        {
            builder.AddHocon(hocon, HoconAddMode.Prepend);
        }

        return builder.WithActors((system, registry, services) =>
        {
            var gateways = NatsGateway.Get(system);
            var connection = change(
                NatsPublishers.Get(system).SettingsOrShared(gateways.Settings.Publisher).Connection, services.GetService<IConfiguration>());
            connection = options.Credentials is { } credentials ? connection with { Credentials = credentials } : connection;
            registry.Register<NatsGatewayKey>(gateways.Start(connection, options.NatsOpts));
        });
    }

    private static IActorRef Start(ActorSystem system, PublisherSettings settings) => NatsGateway.Get(system).StartPublisher(settings);

    private static IEnumerable<string> Foreign(string member, bool isSet) =>
        isSet ? [$"{member}: has no meaning for a publisher through a gateway, whose node logs in; give it to {nameof(WithNatsGateway)} there"] : [];
}
