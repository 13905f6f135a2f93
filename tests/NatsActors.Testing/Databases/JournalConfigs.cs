using Akka.Configuration;

namespace NatsActors.Testing.Databases;

/// <summary>
/// The event journal of Akka.Persistence.Sql, and nothing else: no snapshot store, no read journal, no table for tags. The bytes of a
/// <c>SerializerWithStringManifest</c> are stored as they are, beside its id and its manifest, with <c>serializer = null</c>, which is
/// the plugin's default.
/// </summary>
public static class JournalConfigs
{
    /// <summary>Where the plugin is configured.</summary>
    public const string PluginId = "akka.persistence.journal.sql";

    /// <summary>A journal in a SQLite file; see <see cref="SqliteJournal"/> for the connections.</summary>
    public static Config Sqlite(string path) => ConfigurationFactory.ParseString(Journal("SQLite.MS", $"Data Source={path}"));

    /// <summary>A journal in a PostgreSQL database, of version 15 or newer; see <see cref="PostgresJournal"/> for the connections.</summary>
    public static Config Postgres(string connectionString) => ConfigurationFactory.ParseString(Journal("PostgreSQL.15", connectionString));

    /// <summary>HOCON of <see cref="Postgres"/> for nodes that start at once: the table is there already (<see cref="JournalTables"/>).</summary>
    public static string PostgresOfNodes(string connectionString) =>
        $"{Journal("PostgreSQL.15", connectionString)}\n{PluginId}.auto-initialize = off\n";

    private static string Journal(string provider, string connectionString) =>
        $$"""
        akka.persistence.journal.plugin = "{{PluginId}}"
        {{PluginId}} {
          class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
          plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
          provider-name = "{{provider}}"
          connection-string = {{Quoted(connectionString)}}
          # The table of tags is neither created nor written, nor searched by deletes.
          tag-write-mode = Csv
          # Without it several events of one write are one SQL text with all payloads as hexadecimal literals.
          prefer-parameters-on-multirow-insert = true
          # Two events and more go as the provider's options say; up to this many they are always one INSERT.
          max-row-by-row-size = 1
          # A batch is in memory as a whole; the default of 1000 is 125 MiB in pages of 128 KiB.
          replay-batch-size = 64
          # Publishers come back to nodes where they were before.
          replay-filter.mode = off
        }
        """;

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
