using Akka.Configuration;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NatsActors.Links;

namespace NatsActors.Persistence;

/// <summary>
/// Starts a <see cref="NatsPublisher"/> whose buffer is in a journal: what has been answered <see cref="Ack"/> outlives the process.
/// </summary>
public static class PersistentNatsPublisher
{
    /// <summary>Starts a publisher with its journal in a SQLite file (<see cref="SqliteJournal"/>).</summary>
    /// <param name="settings">The settings. <see cref="DurabilitySettings.Journal"/> is set by this call.</param>
    /// <param name="journalFile">The file, which is made when it does not exist. Its folder must exist.</param>
    /// <param name="loggers">Makes the logger; null logs nothing.</param>
    /// <param name="time">The clock of all time-outs; null for the system's.</param>
    /// <param name="onEvent">The first handler of <see cref="NatsPublisher.EventRaised"/>.</param>
    /// <param name="options">Changes the options of NATS.Client.Core that the settings make.</param>
    /// <exception cref="SettingsException">The settings are not valid; the exception lists every violation.</exception>
    /// <exception cref="DirectoryNotFoundException">The file's folder does not exist.</exception>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The file cannot be opened.</exception>
    public static NatsPublisher Start(
        PublisherSettings settings, string journalFile, ILoggerFactory? loggers = null, TimeProvider? time = null,
        Action<NatsEvent>? onEvent = null, Func<NatsOpts, NatsOpts>? options = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Start(
            settings with { Durability = settings.Durability with { Journal = SqliteJournal.PluginId } },
            SqliteJournal.At(journalFile), loggers, time, onEvent, options);
    }

    /// <summary>Starts a publisher with any journal of Akka.Persistence.</summary>
    /// <param name="settings">The settings. <see cref="DurabilitySettings.Journal"/> is the path of the journal in <paramref name="hocon"/>.</param>
    /// <param name="hocon">The HOCON of the publisher's actor system, with the journal's section.</param>
    /// <param name="loggers">Makes the logger; null logs nothing.</param>
    /// <param name="time">The clock of all time-outs; null for the system's.</param>
    /// <param name="onEvent">The first handler of <see cref="NatsPublisher.EventRaised"/>.</param>
    /// <param name="options">Changes the options of NATS.Client.Core that the settings make.</param>
    /// <exception cref="SettingsException">The settings are not valid, or the HOCON has no such journal.</exception>
    public static NatsPublisher Start(
        PublisherSettings settings, Config hocon, ILoggerFactory? loggers = null, TimeProvider? time = null,
        Action<NatsEvent>? onEvent = null, Func<NatsOpts, NatsOpts>? options = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(hocon);
        var clock = time ?? TimeProvider.System;
        return NatsPublisher.Start(settings.Validate(), new LinkFactory(clock, options), loggers, clock, null, onEvent, hocon);
    }
}
