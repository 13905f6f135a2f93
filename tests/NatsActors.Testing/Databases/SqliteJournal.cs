using System.Data.Common;
using Akka.Persistence.Sql.Config;
using LinqToDB;
using LinqToDB.Data;
using LinqToDB.DataProvider.SQLite;
using Microsoft.Data.Sqlite;

namespace NatsActors.Testing.Databases;

/// <summary>
/// A SQLite file for a journal, and what each of its connections sets. Some settings are stored in the file and are set once, when it
/// is created: the page size, and WAL. Others belong to a connection; the plugin opens a connection for each operation.
/// </summary>
/// <remarks>
/// SQLite 3.53.4, as SQLitePCLRaw builds it, has <c>synchronous = FULL</c> by default with WAL and with a rollback journal (queried).
/// Microsoft.Data.Sqlite sets no <c>busy_timeout</c>; when another connection holds the write lock, it tries again after sleeps of
/// 150 ms: a lock that was free after 20 ms was taken after 150 to 160 ms, and with a <c>busy_timeout</c> of SQLite itself after 35 ms.
/// A setting of a connection stays with it in the pool of Microsoft.Data.Sqlite.
/// </remarks>
public static class SqliteJournal
{
    /// <summary>What each connection sets unless told otherwise.</summary>
    public const string Connection = "PRAGMA busy_timeout = 10000";

    /// <summary>Creates the file.</summary>
    /// <param name="path">The file; it must not exist.</param>
    /// <param name="journalMode"><c>WAL</c>, <c>DELETE</c> and so on.</param>
    /// <param name="pageSize">The bytes of a page of the file.</param>
    public static async Task CreateAsync(string path, string journalMode = "WAL", int pageSize = 16_384)
    {
        await using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        // The page size comes first: the change to WAL writes the first page.
        command.CommandText = $"PRAGMA page_size = {pageSize}; PRAGMA journal_mode = {journalMode}";
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Lets every connection of the plugin run a statement when it is opened; goes into the setup of the actor system.</summary>
    public static DataOptionsSetup Setup(string path, string statement = Connection, BulkCopyType several = BulkCopyType.MultipleRows) => new(new DataOptions()
        // The plugin reads the provider's name from these options, where UseSQLite leaves it empty.
        .UseConnectionString(ProviderName.SQLiteMS, $"Data Source={path}")
        .WithOptions<SQLiteOptions>(options => options with { BulkCopyType = several })
        .UseAfterConnectionOpened(
            connection =>
            {
                using var command = Command(connection, statement);
                command.ExecuteNonQuery();
            },
            async (connection, cancellation) =>
            {
                await using var command = Command(connection, statement);
                await command.ExecuteNonQueryAsync(cancellation);
            }));

    /// <summary>Closes the pooled connections to the file, which keep it open.</summary>
    public static void Close(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path}");
        SqliteConnection.ClearPool(connection);
    }

    private static DbCommand Command(DbConnection connection, string statement)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement;
        return command;
    }
}
