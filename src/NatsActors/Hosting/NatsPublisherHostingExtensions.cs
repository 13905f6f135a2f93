using Akka.Hosting;
using Microsoft.Extensions.Configuration;
using NatsActors.Actors;

namespace NatsActors.Hosting;

/// <summary>Adds publishers to an actor system of Akka.Hosting.</summary>
/// <remarks>
/// A publisher is started with the system, and takes messages at once, also while no server can be reached. What its key gives
/// (<see cref="IRequiredActor{TActor}"/>, the registry) is the reference with the fewest steps. For several publishers give each
/// a name, and a key of its own by the forms with a type parameter.
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
    /// <inheritdoc cref="WithNatsPublisher{TKey}(AkkaConfigurationBuilder, IConfiguration, string)"/>
    public static AkkaConfigurationBuilder WithNatsPublisher(
        this AkkaConfigurationBuilder builder, IConfiguration section, string name = NatsPublishers.DefaultName) =>
        builder.WithNatsPublisher<NatsPublisherKey>(section, name);

    /// <summary>Adds a publisher by options, under a key of your own.</summary>
    public static AkkaConfigurationBuilder WithNatsPublisher<TKey>(this AkkaConfigurationBuilder builder, NatsPublisherOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        var fixedOptions = options.Copy();
        return builder.Add<TKey>(fixedOptions, settings => fixedOptions.Settings?.Invoke(settings) ?? settings);
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
    /// The publisher's keys, as reference.conf has them or in C# case (<c>Buffer:MaxBytes</c>), on top of what HOCON says. User,
    /// password and token may stand here (<c>Connection:User</c>): secret stores are providers of IConfiguration.
    /// </param>
    /// <param name="name">The publisher's name.</param>
    /// <remarks>Values that are not allowed fail the start of the system with a <see cref="SettingsException"/> that lists all.</remarks>
    public static AkkaConfigurationBuilder WithNatsPublisher<TKey>(
        this AkkaConfigurationBuilder builder, IConfiguration section, string name = NatsPublishers.DefaultName)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(section);
        var source = SettingsSource.Configuration((section as IConfigurationSection)?.Path ?? "");
        return builder.Add<TKey>(
            new NatsPublisherOptions { Name = name },
            settings => SettingsReader.Read(name, section.AsEnumerable(makePathsRelative: true), source, settings));
    }

    private static AkkaConfigurationBuilder Add<TKey>(
        this AkkaConfigurationBuilder builder, NatsPublisherOptions options, Func<PublisherSettings, PublisherSettings> change)
    {
        if (options.Hocon is { } hocon)
        {
            builder.AddHocon(hocon, HoconAddMode.Prepend);
        }

        // The extension puts the defaults behind everything that the system has, also what is appended after this.
        return builder.WithActors(async (system, registry) =>
        {
            var publishers = NatsPublishers.Get(system);
            var settings = change(publishers.SettingsOrShared(options.Name));
            if (options.Credentials is { } credentials)
            {
                settings = settings with { Connection = settings.Connection with { Credentials = credentials } };
            }

            publishers.Start(settings with { Name = options.Name }, options.NatsOpts);
            registry.Register<TKey>(await publishers.GetDirectAsync(options.Name).ConfigureAwait(false));
        });
    }
}
