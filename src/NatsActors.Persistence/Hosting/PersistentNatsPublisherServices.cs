using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using NatsActors;
using NatsActors.Hosting;
using NatsActors.Persistence;
using NatsActors.Persistence.Hosting;
using NatsActors.Settings;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Registers publishers with a generic host that keep their buffers in a SQLite file (<see cref="SqliteJournal"/>). Everything else is
/// as by <see cref="NatsPublisherServices"/>: singletons, with or without a key, as <see cref="NatsPublisher"/> and
/// <see cref="INatsPublisher"/>, that start at the latest with the host and drain after every other service has stopped. What the drain
/// leaves, the next process sends first.
/// </summary>
/// <remarks>
/// For another journal, register <see cref="PersistentNatsPublisher.Start(PublisherSettings, Akka.Configuration.Config, ILoggerFactory, TimeProvider, Action{NatsEvent}, Func{NATS.Client.Core.NatsOpts, NATS.Client.Core.NatsOpts})"/>
/// as a singleton, or use an actor system with <see cref="PersistentNatsPublisherHostingExtensions"/>.
/// </remarks>
/// <example><code>
/// services.AddPersistentNatsPublisher(configuration.GetSection("Nats:Orders"));   // has Durability:JournalFile
/// services.AddPersistentNatsPublisher("audit", new PublisherSettings(), "audit.db");
/// </code></example>
public static class PersistentNatsPublisherServices
{
    /// <summary>Adds the publisher without a key, with the settings of a configuration section.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">
    /// The publisher's keys, as for <see cref="NatsPublisherServices.AddNatsPublisher(IServiceCollection, IConfiguration, string)"/>, and
    /// <c>Durability:JournalFile</c>, the SQLite file. Its folder must exist, or the start of the host fails.
    /// </param>
    /// <param name="name">The publisher's name in events, logs and health checks.</param>
    /// <exception cref="InvalidOperationException">
    /// The services have a publisher without a key, or a publisher of that name, already.
    /// </exception>
    public static IServiceCollection AddPersistentNatsPublisher(
        this IServiceCollection services, IConfiguration section, string name = NatsPublishers.DefaultName)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(name);
        return Add(services, null, name, section);
    }

    /// <summary>Adds the publisher without a key, with these settings.</summary>
    /// <param name="services">The services.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="journalFile">The SQLite file. Its folder must exist, or the start of the host fails.</param>
    /// <exception cref="InvalidOperationException">
    /// The services have a publisher without a key, or a publisher of that name, already.
    /// </exception>
    public static IServiceCollection AddPersistentNatsPublisher(
        this IServiceCollection services, PublisherSettings settings, string journalFile)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Add(services, null, settings.Name, _ => settings, journalFile);
    }

    /// <summary>Adds the publisher without a key, whose settings are made when it starts, from other services.</summary>
    /// <param name="services">The services.</param>
    /// <param name="settings">Makes the settings. If another publisher has their name, the start of the host fails.</param>
    /// <param name="journalFile">The SQLite file. Its folder must exist, or the start of the host fails.</param>
    /// <exception cref="InvalidOperationException">The services have a publisher without a key already.</exception>
    public static IServiceCollection AddPersistentNatsPublisher(
        this IServiceCollection services, Func<IServiceProvider, PublisherSettings> settings, string journalFile)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Add(services, null, null, settings, journalFile);
    }

    /// <summary>Adds a publisher with a key, with the settings of a configuration section.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key, which is also the publisher's name in events, logs and health checks.</param>
    /// <param name="section">The section, as for the publisher without a key.</param>
    /// <exception cref="InvalidOperationException">The services have a publisher of that key or name already.</exception>
    public static IServiceCollection AddPersistentNatsPublisher(this IServiceCollection services, string key, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(section);
        return Add(services, key, key, section);
    }

    /// <summary>Adds a publisher with a key, with these settings.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key, which is also the publisher's name; it replaces the name of the settings.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="journalFile">The SQLite file. Its folder must exist, or the start of the host fails.</param>
    /// <exception cref="InvalidOperationException">The services have a publisher of that key or name already.</exception>
    public static IServiceCollection AddPersistentNatsPublisher(
        this IServiceCollection services, string key, PublisherSettings settings, string journalFile)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(settings);
        return Add(services, key, key, _ => settings, journalFile);
    }

    /// <summary>Adds a publisher with a key, whose settings are made when it starts, from other services.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key, which is also the publisher's name; it replaces the name of the settings.</param>
    /// <param name="settings">Makes the settings.</param>
    /// <param name="journalFile">The SQLite file. Its folder must exist, or the start of the host fails.</param>
    /// <exception cref="InvalidOperationException">The services have a publisher of that key or name already.</exception>
    public static IServiceCollection AddPersistentNatsPublisher(
        this IServiceCollection services, string key, Func<IServiceProvider, PublisherSettings> settings, string journalFile)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(settings);
        return Add(services, key, key, settings, journalFile);
    }

    private static IServiceCollection Add(IServiceCollection services, string? key, string name, IConfiguration section) =>
        NatsPublisherServices.Add(services, new PublisherRegistration(
            key, name, provider => ConfigurationSections.Read(
                name, section, provider.GetService<IConfiguration>(), foreign: JournalChoice.FileKey))
        {
            Starter = (settings, loggers, time) => Start(settings, JournalChoice.Of(section), loggers, time),
        });

    private static IServiceCollection Add(
        IServiceCollection services, string? key, string? name, Func<IServiceProvider, PublisherSettings> settings, string journalFile)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(journalFile);
        var journal = new JournalChoice(journalFile, nameof(journalFile), null, "");
        return NatsPublisherServices.Add(services, new PublisherRegistration(key, name, settings)
        {
            Starter = (made, loggers, time) => Start(made, journal, loggers, time),
        });
    }

    private static NatsPublisher Start(PublisherSettings settings, JournalChoice journal, ILoggerFactory? loggers, TimeProvider? time)
    {
        journal.Check();
        return journal.File is { } file
            ? PersistentNatsPublisher.Start(settings, file, loggers, time)
            : throw new SettingsException(
                [$"{journal.FileName}: is not set; a publisher without an actor system of yours has its journal in a file"]);
    }
}
