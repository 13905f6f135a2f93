using Akka.Configuration;
using Microsoft.Extensions.Configuration;
using NatsActors.Settings;

namespace NatsActors.Persistence.Hosting;

/// <summary>Where a publisher of a host has its journal: in a SQLite file, or by a path in the system's HOCON.</summary>
/// <param name="File">The file; null for none.</param>
/// <param name="FileName">What the caller calls the file, for errors.</param>
/// <param name="Journal">The path in HOCON; null when HOCON names it.</param>
/// <param name="JournalName">What the caller calls the path, for errors.</param>
internal sealed record JournalChoice(string? File, string FileName, string? Journal, string JournalName)
{
    /// <summary>The file's key in a section of IConfiguration. It is no key of HOCON, because the file makes HOCON.</summary>
    public const string FileKey = "Durability:JournalFile";

    private const string JournalKey = "Durability:Journal";
    private const string SystemsKey = "akka.persistence.journal.plugin";

    // What Akka.Persistence takes when nobody has chosen a journal. It is gone with the process.
    private const string InMemory = "akka.persistence.journal.inmem";

    public static JournalChoice Of(PersistentNatsPublisherOptions options) => new(
        Given(options.JournalFile), nameof(options.JournalFile), Given(options.Journal), nameof(options.Journal));

    public static JournalChoice Of(IConfiguration section) => new(
        Given(ConfigurationSections.Text(section, FileKey)), ConfigurationSections.PathOf(section, FileKey),
        Given(ConfigurationSections.Text(section, JournalKey)), ConfigurationSections.PathOf(section, JournalKey));

    /// <summary>Fails for what is wrong before there is a system.</summary>
    /// <exception cref="SettingsException">There are a file and a journal, or the file's folder does not exist.</exception>
    public void Check()
    {
        if (File is not null && Journal is not null)
        {
            throw new SettingsException([$"{FileName}: excludes {JournalName}; give one of them"]);
        }

        if (File is not null && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(File))))
        {
            throw new SettingsException([$"{FileName}: the folder of '{Path.GetFullPath(File)}' does not exist"]);
        }
    }

    /// <summary>The HOCON of the file's journal; null without a file.</summary>
    public Config? Hocon() => File is null ? null : SqliteJournal.At(File, SqliteJournal.PluginIdOf(File));

    /// <summary>Gives the settings their journal.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="hocon">The actor system's HOCON.</param>
    /// <exception cref="SettingsException">Nothing names a journal.</exception>
    public PublisherSettings Complete(PublisherSettings settings, Config hocon)
    {
        var journal = File is not null ? SqliteJournal.PluginIdOf(File) : Journal ?? Given(settings.Durability.Journal) ?? SystemsJournal(hocon);
        return journal is null
            ? throw new SettingsException(
                [$"{FileName}: is not set, and neither is {JournalName}, durability.journal or {SystemsKey}: the publisher has no journal"])
            : settings with { Durability = settings.Durability with { Journal = journal } };
    }

    private static string? SystemsJournal(Config hocon) =>
        hocon.GetString(SystemsKey, "") is { Length: > 0 } journal && journal != InMemory ? journal : null;

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
