using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NatsActors;
using NatsActors.Hosting;
using NatsActors.Settings;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Registers a <see cref="NatsPublisher"/> with a generic host. The publisher is a singleton. It starts when it is first resolved, at
/// the latest when the host starts, and drains after every other service has stopped, within the host's shutdown time-out.
/// </summary>
/// <remarks>
/// The publisher may be injected and used anywhere, also in constructors before the host has started, because it keeps messages
/// until there is a link. If the drain leaves messages, the log has a warning with their counts by reason. Settings that are not
/// valid fail the start of the host with one <see cref="SettingsException"/> that lists all violations.
/// One publisher a container; for more, use <see cref="NatsPublisher.Start(PublisherSettings, ILoggerFactory, TimeProvider, Action{NatsEvent}, Func{NATS.Client.Core.NatsOpts, NATS.Client.Core.NatsOpts})"/>.
/// </remarks>
public static class NatsPublisherServices
{
    /// <summary>Adds a publisher with the settings of a configuration section.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">
    /// The section with the keys of <c>nats-actors.publisher</c> (<c>Connection:Servers:0</c>, <c>Buffer:MaxBytes</c>, ...). Keys that the
    /// section does not have keep their defaults. The section is read when the publisher starts.
    /// </param>
    /// <param name="name">The publisher's name in events and logs.</param>
    /// <exception cref="InvalidOperationException">The services have a publisher already.</exception>
    public static IServiceCollection AddNatsPublisher(
        this IServiceCollection services, IConfiguration section, string name = "publisher")
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddNatsPublisher(_ => SettingsReader.Read(
            name,
            section.AsEnumerable(makePathsRelative: true),
            SettingsSource.Configuration((section as IConfigurationSection)?.Path ?? "")));
    }

    /// <summary>Adds a publisher with these settings.</summary>
    /// <param name="services">The services.</param>
    /// <param name="settings">The settings.</param>
    /// <exception cref="InvalidOperationException">The services have a publisher already.</exception>
    public static IServiceCollection AddNatsPublisher(this IServiceCollection services, PublisherSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return services.AddNatsPublisher(_ => settings);
    }

    /// <summary>Adds a publisher whose settings are made when it starts, from other services.</summary>
    /// <param name="services">The services.</param>
    /// <param name="settings">Makes the settings.</param>
    /// <exception cref="InvalidOperationException">The services have a publisher already.</exception>
    public static IServiceCollection AddNatsPublisher(
        this IServiceCollection services, Func<IServiceProvider, PublisherSettings> settings)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(settings);
        if (services.Any(service => service.ServiceType == typeof(NatsPublisher)))
        {
            throw new InvalidOperationException(
                $"There is a {nameof(NatsPublisher)} among the services already; start another one with {nameof(NatsPublisher)}.{nameof(NatsPublisher.Start)}.");
        }

        services.AddSingleton(provider => NatsPublisher.Start(
            settings(provider), provider.GetService<ILoggerFactory>(), provider.GetService<TimeProvider>()));
        services.AddSingleton<IHostedService, NatsPublisherHost>();
        return services;
    }
}
