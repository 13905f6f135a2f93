using Akka.Hosting;
using Microsoft.Extensions.Configuration;
using NatsActors.Persistence.Hosting;
using NatsActors.Settings;

namespace NatsActors.Hosting;

/// <summary>
/// Adds publishers to an actor system of Akka.Hosting that keep their buffers in a journal of Akka.Persistence. What has been answered
/// <see cref="Ack"/> outlives the process, and the next process with the same persistence id sends it first.
/// </summary>
/// <remarks>
/// The forms are those of <see cref="NatsPublisherHostingExtensions"/>. A SQLite file needs nothing else; its journal is added to the
/// system's HOCON. Any other journal is the system's, by Akka.Persistence's own HOCON or Akka.Persistence.Hosting.
/// </remarks>
public static class PersistentNatsPublisherHostingExtensions
{
    /// <summary>Adds a publisher by options; its key is <see cref="NatsPublisherKey"/>.</summary>
    /// <inheritdoc cref="WithPersistentNatsPublisher{TKey}(AkkaConfigurationBuilder, PersistentNatsPublisherOptions)"/>
    public static AkkaConfigurationBuilder WithPersistentNatsPublisher(
        this AkkaConfigurationBuilder builder, PersistentNatsPublisherOptions options) =>
        builder.WithPersistentNatsPublisher<NatsPublisherKey>(options);

    /// <summary>Adds a publisher by a delegate that fills in options; its key is <see cref="NatsPublisherKey"/>.</summary>
    /// <inheritdoc cref="WithPersistentNatsPublisher{TKey}(AkkaConfigurationBuilder, PersistentNatsPublisherOptions)"/>
    public static AkkaConfigurationBuilder WithPersistentNatsPublisher(
        this AkkaConfigurationBuilder builder, Action<PersistentNatsPublisherOptions>? configure = null) =>
        builder.WithPersistentNatsPublisher<NatsPublisherKey>(configure);

    /// <summary>Adds a publisher by a section of the configuration; its key is <see cref="NatsPublisherKey"/>.</summary>
    /// <inheritdoc cref="WithPersistentNatsPublisher{TKey}(AkkaConfigurationBuilder, IConfiguration, string, bool)"/>
    public static AkkaConfigurationBuilder WithPersistentNatsPublisher(
        this AkkaConfigurationBuilder builder, IConfiguration section, string name = NatsPublishers.DefaultName, bool optional = false) =>
        builder.WithPersistentNatsPublisher<NatsPublisherKey>(section, name, optional);

    /// <summary>Adds a publisher by options, under a key of your own.</summary>
    /// <exception cref="SettingsException">
    /// Both <see cref="PersistentNatsPublisherOptions.JournalFile"/> and <see cref="PersistentNatsPublisherOptions.Journal"/> are set, or
    /// the file's folder does not exist. Without a journal the start of the system fails.
    /// </exception>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The file cannot be opened.</exception>
    public static AkkaConfigurationBuilder WithPersistentNatsPublisher<TKey>(
        this AkkaConfigurationBuilder builder, PersistentNatsPublisherOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        var fixedOptions = (PersistentNatsPublisherOptions)options.Copy();
        return Add<TKey>(
            builder, fixedOptions, JournalChoice.Of(fixedOptions), (settings, _) => fixedOptions.Settings?.Invoke(settings) ?? settings);
    }

    /// <summary>Adds a publisher by a delegate that fills in options, under a key of your own.</summary>
    /// <inheritdoc cref="WithPersistentNatsPublisher{TKey}(AkkaConfigurationBuilder, PersistentNatsPublisherOptions)"/>
    public static AkkaConfigurationBuilder WithPersistentNatsPublisher<TKey>(
        this AkkaConfigurationBuilder builder, Action<PersistentNatsPublisherOptions>? configure = null)
    {
        var options = new PersistentNatsPublisherOptions();
        configure?.Invoke(options);
        return builder.WithPersistentNatsPublisher<TKey>(options);
    }

    /// <summary>Adds a publisher by a section of the configuration, under a key of your own.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="section">
    /// The publisher's keys, as for <see cref="NatsPublisherHostingExtensions.WithNatsPublisher{TKey}(AkkaConfigurationBuilder, IConfiguration, string, bool)"/>,
    /// and <c>Durability:JournalFile</c> for a SQLite file or <c>Durability:Journal</c> for a journal of the system's HOCON.
    /// </param>
    /// <param name="name">The publisher's name.</param>
    /// <param name="optional">True: a section that does not exist leaves everything to HOCON. False, the default: the start fails.</param>
    /// <exception cref="SettingsException">The section has a file and a journal, or the file's folder does not exist.</exception>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The file cannot be opened.</exception>
    public static AkkaConfigurationBuilder WithPersistentNatsPublisher<TKey>(
        this AkkaConfigurationBuilder builder, IConfiguration section, string name = NatsPublishers.DefaultName, bool optional = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(name);
        return Add<TKey>(
            builder, new NatsPublisherOptions { Name = name }, JournalChoice.Of(section),
            (settings, whole) => optional && ConfigurationSections.IsEmpty(section)
                ? settings
                : ConfigurationSections.Read(name, section, whole, settings, JournalChoice.FileKey));
    }

    private static AkkaConfigurationBuilder Add<TKey>(
        AkkaConfigurationBuilder builder, NatsPublisherOptions options, JournalChoice journal,
        Func<PublisherSettings, IConfiguration?, PublisherSettings> change)
    {
        journal.Check();
        if (journal.Hocon() is { } hocon)
        {
            builder.AddHocon(hocon, HoconAddMode.Append);
        }

        return builder.Add<TKey>(options, (settings, whole, system) => journal.Complete(change(settings, whole), system));
    }
}
