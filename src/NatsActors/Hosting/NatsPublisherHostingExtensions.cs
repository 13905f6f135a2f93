using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.Configuration;
using NatsActors.Settings;

namespace NatsActors.Hosting;

/// <summary>Adds publishers to an actor system of Akka.Hosting.</summary>
/// <remarks>
/// A publisher starts with the system and takes messages at once, also while no server can be reached. The publisher's key gives
/// its reference, by the registry and by <see cref="IRequiredActor{TActor}"/>. Several publishers need a name each, and a key each by
/// the forms with a type parameter.
/// </remarks>
public static class NatsPublisherHostingExtensions
{
    /// <summary>Adds a publisher by options; its key is <see cref="NatsPublisherKey"/>.</summary>
    public static AkkaConfigurationBuilder WithNatsPublisher(this AkkaConfigurationBuilder builder, NatsPublisherOptions options) =>
        builder.WithNatsPublisher<NatsPublisherKey>(options);

    /// <summary>Adds a publisher by a delegate that fills in options; its key is <see cref="NatsPublisherKey"/>.</summary>
    public static AkkaConfigurationBuilder WithNatsPublisher(
        this AkkaConfigurationBuilder builder, Action<NatsPublisherOptions>? configure = null) =>
        builder.WithNatsPublisher<NatsPublisherKey>(configure);

    /// <summary>Adds a publisher by a section of the configuration; its key is <see cref="NatsPublisherKey"/>.</summary>
    /// <inheritdoc cref="WithNatsPublisher{TKey}(AkkaConfigurationBuilder, IConfiguration, string, bool)"/>
    public static AkkaConfigurationBuilder WithNatsPublisher(
        this AkkaConfigurationBuilder builder, IConfiguration section, string name = NatsPublishers.DefaultName, bool optional = false) =>
        builder.WithNatsPublisher<NatsPublisherKey>(section, name, optional);

    /// <summary>Adds a publisher by options, under a key of your own.</summary>
    public static AkkaConfigurationBuilder WithNatsPublisher<TKey>(this AkkaConfigurationBuilder builder, NatsPublisherOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        var fixedOptions = options.Copy();
        return builder.Add<TKey>(fixedOptions, (settings, _, _) => fixedOptions.Settings?.Invoke(settings) ?? settings);
    }

    /// <summary>Adds a publisher by a delegate that fills in options, under a key of your own.</summary>
    public static AkkaConfigurationBuilder WithNatsPublisher<TKey>(
        this AkkaConfigurationBuilder builder, Action<NatsPublisherOptions>? configure = null)
    {
        var options = new NatsPublisherOptions();
        configure?.Invoke(options);
        return builder.WithNatsPublisher<TKey>(options);
    }

    /// <summary>Adds a publisher by a section of the configuration, under a key of your own.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="section">
    /// The publisher's keys, spelled as in reference.conf or in C# case (<c>Buffer:MaxBytes</c>). The section's values replace those of
    /// HOCON. The section may have user, password and token (<c>Connection:User</c>), because secret stores are providers of
    /// IConfiguration.
    /// </param>
    /// <param name="name">The publisher's name.</param>
    /// <param name="optional">
    /// True: if the section does not exist or has no keys, the publisher has the settings of HOCON. False, the default: such a section
    /// fails the start, because its path may be misspelt.
    /// </param>
    /// <remarks>Settings that are not valid fail the start of the system with a <see cref="SettingsException"/> that lists all of them.</remarks>
    public static AkkaConfigurationBuilder WithNatsPublisher<TKey>(
        this AkkaConfigurationBuilder builder, IConfiguration section, string name = NatsPublishers.DefaultName, bool optional = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(name);
        return builder.Add<TKey>(
            new NatsPublisherOptions { Name = name },
            (settings, whole, _) => optional && ConfigurationSections.IsEmpty(section)
                ? settings
                : ConfigurationSections.Read(name, section, whole, settings));
    }

    /// <summary>Adds a publisher.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="options">The options. <see cref="NatsPublisherOptions.Settings"/> is the caller's matter.</param>
    /// <param name="change">Makes the settings of those in HOCON. Gets the host's configuration and the actor system's.</param>
    /// <param name="start">Starts the publisher in a system; null for a publisher with links to servers.</param>
    internal static AkkaConfigurationBuilder Add<TKey>(
        this AkkaConfigurationBuilder builder, NatsPublisherOptions options,
        Func<PublisherSettings, IConfiguration?, Config, PublisherSettings> change,
        Func<ActorSystem, PublisherSettings, IActorRef>? start = null)
    {
        if (options.Hocon is { } hocon)
        {
            builder.AddHocon(hocon, HoconAddMode.Prepend);
        }

        // The extension adds the defaults as the last fallback, also behind HOCON that is appended after this call.
        return builder.WithActors((system, registry, services) =>
        {
            var publishers = NatsPublishers.Get(system);
            var settings = change(publishers.SettingsOrShared(options.Name), services.GetService<IConfiguration>(), system.Settings.Config);
            if (options.Credentials is { } credentials)
            {
                settings = settings with { Connection = settings.Connection with { Credentials = credentials } };
            }

            settings = settings with { Name = options.Name };
            registry.Register<TKey>(start?.Invoke(system, settings) ?? publishers.Start(settings, options.NatsOpts));
        });
    }
}
