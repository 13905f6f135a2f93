using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NatsActors;
using NatsActors.Hosting;
using NatsActors.Settings;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Registers publishers with a generic host: one without a key, and any number with a key each. A publisher is a singleton, as
/// <see cref="NatsPublisher"/> and as <see cref="INatsPublisher"/>. It starts when it is first resolved, at the latest when the host
/// starts, and drains after every other service has stopped, within the host's shutdown time-out. Several publishers drain side by
/// side.
/// </summary>
/// <remarks>
/// A publisher may be injected and used anywhere, also in constructors before the host has started, because it keeps messages
/// until there is a link. If the drain leaves messages, the log has a warning with their counts by reason. Settings that are not
/// valid fail the start of the host with one <see cref="SettingsException"/> that lists all violations of all publishers.
/// <para>
/// A test that needs no publisher removes the <see cref="NatsPublisher"/> from the services and adds an <see cref="INatsPublisher"/> of
/// its own; then the host starts none.
/// </para>
/// </remarks>
/// <example><code>
/// services.AddNatsPublisher(configuration.GetSection("Nats:Orders"));            // NatsPublisher, INatsPublisher
/// services.AddNatsPublisher("audit", configuration.GetSection("Nats:Audit"));    // [FromKeyedServices("audit")] INatsPublisher
/// services.AddHealthChecks().AddNatsPublisher().AddNatsPublisher("audit");
/// </code></example>
public static class NatsPublisherServices
{
    /// <summary>Adds the publisher without a key, with the settings of a configuration section.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">
    /// The section with the keys of <c>nats-actors.publisher</c> (<c>Connection:Servers:0</c>, <c>Buffer:MaxBytes</c>, ...). Keys that the
    /// section does not have keep their defaults. A section that does not exist, or that has no keys, fails the start. A root with
    /// these keys is taken too; the other keys of a root are ignored. The section is read when the publisher starts.
    /// </param>
    /// <param name="name">The publisher's name in events, logs and health checks.</param>
    /// <exception cref="InvalidOperationException">
    /// The services have a publisher without a key, or a publisher of that name, already.
    /// </exception>
    public static IServiceCollection AddNatsPublisher(
        this IServiceCollection services, IConfiguration section, string name = NatsPublishers.DefaultName)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(name);
        return Add(services, new PublisherRegistration(null, name, Of(section, name)));
    }

    /// <summary>Adds the publisher without a key, with these settings.</summary>
    /// <param name="services">The services.</param>
    /// <param name="settings">The settings.</param>
    /// <exception cref="InvalidOperationException">
    /// The services have a publisher without a key, or a publisher of that name, already.
    /// </exception>
    public static IServiceCollection AddNatsPublisher(this IServiceCollection services, PublisherSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Add(services, new PublisherRegistration(null, settings.Name, _ => settings));
    }

    /// <summary>Adds the publisher without a key, whose settings are made when it starts, from other services.</summary>
    /// <param name="services">The services.</param>
    /// <param name="settings">Makes the settings. If another publisher has their name, the start of the host fails.</param>
    /// <exception cref="InvalidOperationException">The services have a publisher without a key already.</exception>
    public static IServiceCollection AddNatsPublisher(
        this IServiceCollection services, Func<IServiceProvider, PublisherSettings> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Add(services, new PublisherRegistration(null, null, settings));
    }

    /// <summary>
    /// Adds a publisher with a key, with the settings of a configuration section. Services take it by
    /// <c>[FromKeyedServices("key")] NatsPublisher</c>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key, which is also the publisher's name in events, logs and health checks.</param>
    /// <param name="section">
    /// The section, as in <see cref="AddNatsPublisher(IServiceCollection, IConfiguration, string)"/>. A section that does not exist, or
    /// that has no keys, fails the start.
    /// </param>
    /// <exception cref="InvalidOperationException">The services have a publisher of that key or name already.</exception>
    public static IServiceCollection AddNatsPublisher(this IServiceCollection services, string key, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(section);
        return Add(services, new PublisherRegistration(key, key, Of(section, key)));
    }

    /// <summary>Adds a publisher with a key, with these settings.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key, which is also the publisher's name; it replaces the name of the settings.</param>
    /// <param name="settings">The settings.</param>
    /// <exception cref="InvalidOperationException">The services have a publisher of that key or name already.</exception>
    public static IServiceCollection AddNatsPublisher(this IServiceCollection services, string key, PublisherSettings settings)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(settings);
        return Add(services, new PublisherRegistration(key, key, _ => settings));
    }

    /// <summary>Adds a publisher with a key, whose settings are made when it starts, from other services.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key, which is also the publisher's name; it replaces the name of the settings.</param>
    /// <param name="settings">Makes the settings.</param>
    /// <exception cref="InvalidOperationException">The services have a publisher of that key or name already.</exception>
    public static IServiceCollection AddNatsPublisher(
        this IServiceCollection services, string key, Func<IServiceProvider, PublisherSettings> settings)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(settings);
        return Add(services, new PublisherRegistration(key, key, settings));
    }

    private static Func<IServiceProvider, PublisherSettings> Of(IConfiguration section, string name) =>
        services => ConfigurationSections.Read(name, section, services.GetService<IConfiguration>());

    /// <summary>Adds a publisher.</summary>
    /// <exception cref="InvalidOperationException">The services have a publisher of that key or name already.</exception>
    internal static IServiceCollection Add(IServiceCollection services, PublisherRegistration registration)
    {
        ArgumentNullException.ThrowIfNull(services);
        Check(services, registration);
        services.AddSingleton(registration);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, NatsPublisherHost>());
        return registration.Key is { } key
            ? services
                .AddKeyedSingleton(key, (provider, _) => registration.Start(provider))
                .AddKeyedSingleton<INatsPublisher>(key, (provider, _) => provider.GetRequiredKeyedService<NatsPublisher>(key))
            : services
                .AddSingleton(registration.Start)
                .AddSingleton<INatsPublisher>(provider => provider.GetRequiredService<NatsPublisher>());
    }

    private static void Check(IServiceCollection services, PublisherRegistration registration)
    {
        if (registration.Key is null && services.Any(service => service.ServiceType == typeof(NatsPublisher) && !service.IsKeyedService))
        {
            throw new InvalidOperationException(
                $"There is a {nameof(NatsPublisher)} among the services already. Give each further publisher a key: AddNatsPublisher(\"orders\", ...).");
        }

        var taken = services.Any(service =>
            (service.ServiceType == typeof(NatsPublisher) && service.IsKeyedService && Equals(service.ServiceKey, registration.Key))
            || (!service.IsKeyedService && service.ImplementationInstance is PublisherRegistration { Name: { } name } && name == registration.Name));
        if (taken)
        {
            throw NatsPublisherHost.NameTaken(registration.Name!);
        }
    }
}
