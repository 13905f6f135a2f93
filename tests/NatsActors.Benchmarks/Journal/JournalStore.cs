using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using LinqToDB.Data;
using NatsActors.Testing.Databases;
using Npgsql;

namespace NatsActors.Benchmarks.Journal;

/// <summary>An empty journal for one turn, and the actor system that uses it.</summary>
internal abstract class JournalStore : IAsyncDisposable
{
    // A BulkCopyType of linq2db: how several events of one write are inserted.
    private const string BulkCopy = "bulk_copy";

    private ActorSystem? _system;

    /// <summary>The actor system; it stops with the store.</summary>
    public ActorSystem System => _system ??= ActorSystem.Create("journal", Setup);

    protected abstract ActorSystemSetup Setup { get; }

    /// <summary>A new one.</summary>
    /// <param name="engine">The database and its settings.</param>
    /// <param name="cluster">For PostgreSQL.</param>
    public static async Task<JournalStore> CreateAsync(JournalEngine engine, PostgresCluster? cluster) => engine.IsSqlite
        ? await SqliteStore.CreateAsync(engine)
        : new PostgresStore(engine, await cluster!.CreateDatabaseAsync());

    /// <summary>What the journal takes on disk, log included.</summary>
    public abstract Task<long> BytesOnDiskAsync();

    public virtual async ValueTask DisposeAsync()
    {
        if (_system is not null)
        {
            await _system.Terminate();
        }
    }

    /// <summary>The configuration with the keys that the engine's name has.</summary>
    protected static BootstrapSetup With(JournalEngine engine, Config journal)
    {
        var keys = string.Concat(engine.Plugin.Select(pair => $"{JournalConfigs.PluginId}.{pair.Key} = {pair.Value}\n"));
        return BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString(
            $$"""
            {{keys}}
            {{PageSerializer.Config}}
            akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [], log-dead-letters = off }
            akka.coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off }
            """).WithFallback(journal));
    }

    private static BulkCopyType Several(JournalEngine engine, BulkCopyType otherwise) =>
        engine.Database.ToDictionary().TryGetValue(BulkCopy, out var type) ? Enum.Parse<BulkCopyType>(type) : otherwise;

    private sealed class SqliteStore(JournalEngine engine, DirectoryInfo folder, string path) : JournalStore
    {
        // What is stored in the file; the rest belongs to each connection.
        private static readonly string[] OfTheFile = ["journal_mode", "page_size", BulkCopy];

        protected override ActorSystemSetup Setup
        {
            get
            {
                var pragmas = engine.Database.Where(pair => !OfTheFile.Contains(pair.Key)).Select(pair => $"; PRAGMA {pair.Key} = {pair.Value}");
                return With(engine, JournalConfigs.Sqlite(path)).And(SqliteJournal.Setup(
                    path, SqliteJournal.Connection + string.Concat(pragmas), Several(engine, BulkCopyType.MultipleRows)));
            }
        }

        public static async Task<SqliteStore> CreateAsync(JournalEngine engine)
        {
            var folder = Directory.CreateTempSubdirectory("journal-");
            var path = Path.Combine(folder.FullName, "journal.db");
            var ofTheFile = engine.Database.ToDictionary();
            await SqliteJournal.CreateAsync(
                path, ofTheFile.GetValueOrDefault("journal_mode", "WAL"), int.Parse(ofTheFile.GetValueOrDefault("page_size", "16384")));
            return new SqliteStore(engine, folder, path);
        }

        public override Task<long> BytesOnDiskAsync() => Task.FromResult(folder.EnumerateFiles().Sum(Length));

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            SqliteJournal.Close(path);
            folder.Delete(recursive: true);
        }

        /// <summary>The bytes of a file, which the publisher may have deleted: its journal of a transaction that is over.</summary>
        private static long Length(FileInfo file)
        {
            try
            {
                return file.Length;
            }
            catch (FileNotFoundException)
            {
                return 0;
            }
        }
    }

    private sealed class PostgresStore(JournalEngine engine, string connectionString) : JournalStore
    {
        protected override ActorSystemSetup Setup
        {
            get
            {
                var builder = new NpgsqlConnectionStringBuilder(PostgresJournal.Compressed(connectionString));
                builder.Options += string.Concat(engine.Database.Where(pair => pair.Key != BulkCopy).Select(pair => $" -c {pair.Key}={pair.Value}"));
                var connection = builder.ConnectionString;
                return With(engine, JournalConfigs.Postgres(connection))
                    .And(PostgresJournal.Setup(connection, Several(engine, BulkCopyType.ProviderSpecific)));
            }
        }

        public override async Task<long> BytesOnDiskAsync() => (long)(await RunAsync(connectionString, "SELECT pg_database_size(current_database())"))!;

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            var database = new NpgsqlConnectionStringBuilder(connectionString);
            await RunAsync(
                new NpgsqlConnectionStringBuilder(connectionString) { Database = "postgres" }.ConnectionString,
                $"DROP DATABASE {database.Database} WITH (FORCE)");
        }

        private static async Task<object?> RunAsync(string connectionString, string sql)
        {
            await using var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
            await using var command = source.CreateCommand(sql);
            return await command.ExecuteScalarAsync();
        }
    }
}
