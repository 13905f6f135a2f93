using Akka.Configuration;
using Microsoft.Data.Sqlite;

namespace NatsActors.Persistence;

/// <summary>A journal in a SQLite file: nothing to install or to start. For publishers of one process.</summary>
/// <remarks>
/// The file is in WAL mode with <c>synchronous = FULL</c>: every write of the journal is an fsync of the file
/// <c>PATH-wal</c>. What has been answered <see cref="Ack"/> outlives a crash of the process and of the machine, and a power cut if the
/// disk keeps what it has synced. Back up the files <c>PATH</c> and <c>PATH-wal</c> together.
/// </remarks>
public static class SqliteJournal
{
    /// <summary>The path of the journal in HOCON: <c>akka.persistence.journal.nats-actors-sqlite</c>.</summary>
    public const string PluginId = "akka.persistence.journal.nats-actors-sqlite";

    /// <summary>Makes the file, if it does not exist, and gives the HOCON of its journal for the system's configuration.</summary>
    /// <param name="path">The file. Its folder must exist.</param>
    /// <exception cref="SqliteException">The file cannot be opened, or is no SQLite file.</exception>
    public static Config At(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var connection = new SqliteConnectionStringBuilder { DataSource = Path.GetFullPath(path), Pooling = true }.ToString();
        bool isNew;
        using (var file = new SqliteConnection(connection))
        {
            file.Open();
            using var command = file.CreateCommand();
            // Kept in the file.
            command.CommandText = "PRAGMA journal_mode = WAL";
            command.ExecuteNonQuery();
            command.CommandText = "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('journal', 'tags')";
            isNew = (long)command.ExecuteScalar()! < 2;
        }

        return ConfigurationFactory.ParseString(
            $$"""
            {{PluginId}} {
              class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
              plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
              provider-name = "SQLite.MS"
              connection-string = "{{connection.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}}"
              # The plugin would stop for good if it could not write to the file at the start.
              auto-initialize = {{(isNew ? "true" : "false")}}
              parallelism = 1
              batch-size = 32
            }
            """).WithFallback(Akka.Persistence.Sql.SqlPersistence.DefaultConfiguration);
    }
}
