using System.Security.Cryptography;
using System.Text;
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
    /// <exception cref="DirectoryNotFoundException">The file's folder does not exist.</exception>
    /// <exception cref="SqliteException">The file cannot be opened, or is no SQLite file.</exception>
    public static Config At(string path) => At(path, PluginId);

    /// <summary>The path in HOCON of a file's journal, for a system with several files.</summary>
    internal static string PluginIdOf(string path) =>
        $"{PluginId}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(path))))[..8]}";

    internal static Config At(string path, string pluginId)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var file = Path.GetFullPath(path);
        if (!Directory.Exists(Path.GetDirectoryName(file)))
        {
            throw new DirectoryNotFoundException($"The folder of the journal file '{file}' does not exist.");
        }

        var connection = new SqliteConnectionStringBuilder { DataSource = file, Pooling = true }.ToString();
        bool isNew;
        using (var database = new SqliteConnection(connection))
        {
            database.Open();
            using var command = database.CreateCommand();
            // Kept in the file. Larger pages of the file made writing of 128 KiB 1.5 times as fast.
            command.CommandText = "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL";
            command.ExecuteNonQuery();
            // The plugin makes this index last, and keeps a table that is there. Without the index nobody would find a second writer.
            command.CommandText = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'journal_uq'";
            isNew = (long)command.ExecuteScalar()! == 0;
        }

        return ConfigurationFactory.ParseString(
            $$"""
            {{pluginId}} {
              class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
              plugin-dispatcher = "akka.persistence.dispatchers.default-plugin-dispatcher"
              provider-name = "SQLite.MS"
              connection-string = "{{connection.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}}"
              # The plugin would stop for good if it could not write to the file at the start.
              auto-initialize = {{(isNew ? "true" : "false")}}
              # No table of tags is made, written or searched.
              tag-write-mode = Csv
              # Without it several events of one write are one SQL text, with all pages in hexadecimal.
              prefer-parameters-on-multirow-insert = true
              max-row-by-row-size = 1
              # An open breaker fails writes at once; it is to close soon after the file can be written again.
              circuit-breaker { call-timeout = 10s, reset-timeout = 5s }
              # A batch is in memory as a whole: 64 pages of 128 KiB are 8 MiB.
              replay-batch-size = 64
              # The filter drops what a writer has written that comes back after another one; two writers at a time are found in another way.
              replay-filter.mode = off
            }
            """).WithFallback(Akka.Persistence.Sql.SqlPersistence.DefaultConfiguration);
    }
}
