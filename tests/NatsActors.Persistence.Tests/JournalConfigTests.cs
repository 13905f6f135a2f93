using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Serialization;
using Microsoft.Data.Sqlite;
using NatsActors.Testing.Databases;
using Npgsql;
using SqliteFile = NatsActors.Testing.Databases.SqliteJournal;

namespace NatsActors.Persistence.Tests;

using SqliteJournal = NatsActors.Testing.Databases.SqliteJournal;

/// <summary>What the configurations of the journal put into the database.</summary>
public sealed class JournalConfigTests : IDisposable
{
    private static readonly byte[] First = [0, 1, 0xFF, (byte)'"'];
    private static readonly byte[] Second = new byte[128 * 1024];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("journal-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_SQLite_file_has_the_bytes_as_they_are_in_one_table_and_its_log_beside_it()
    {
        var path = Path.Combine(_folder.FullName, "journal.db");
        await SqliteFile.CreateAsync(path);

        var read = await WriteAndReadAsync(BootstrapSetup.Create().WithConfig(WithSerializer(JournalConfigs.Sqlite(path))).And(SqliteFile.Setup(path)));

        Assert.Equal([First, Second, First], read);
        await using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        await connection.OpenAsync();
        Assert.Equal(["0001FF22:7002:b"], await AskAsync(connection, "SELECT hex(message) || ':' || identifier || ':' || manifest FROM journal WHERE sequence_number = 1"));
        Assert.Equal(["journal"], await AskAsync(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"));
        Assert.Equal(["wal"], await AskAsync(connection, "PRAGMA journal_mode"));
        Assert.Equal(["2"], await AskAsync(connection, "PRAGMA synchronous"));
        Assert.Equal(["16384"], await AskAsync(connection, "PRAGMA page_size"));
        SqliteFile.Close(path);
    }

    [Fact]
    public async Task A_PostgreSQL_database_has_the_bytes_as_they_are_in_one_table()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        var database = await cluster.CreateDatabaseAsync() + ";Pooling=false";
        var journal = PostgresJournal.Compressed(database);

        var read = await WriteAndReadAsync(BootstrapSetup.Create().WithConfig(WithSerializer(JournalConfigs.Postgres(journal))).And(PostgresJournal.Setup(journal)));

        Assert.Equal([First, Second, First], read);
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        Assert.Equal(["0001ff22:7002:b"], await AskAsync(connection, "SELECT encode(message, 'hex') || ':' || identifier || ':' || manifest FROM journal WHERE sequence_number = 1"));
        Assert.Equal(["journal"], await AskAsync(connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"));
        Assert.Equal(["lz4"], await AskAsync(connection, "SELECT pg_column_compression(message) FROM journal WHERE sequence_number = 2"));
    }

    /// <summary>Writes one event, then two at once, and reads all of them in another actor.</summary>
    private static async Task<IReadOnlyList<byte[]>> WriteAndReadAsync(ActorSystemSetup setup)
    {
        var system = ActorSystem.Create("journal", setup);
        try
        {
            var writer = system.ActorOf(Props.Create(() => new Keeper()));
            await writer.Ask<int>(new[] { First }, TimeSpan.FromSeconds(30));
            await writer.Ask<int>(new[] { Second, First }, TimeSpan.FromSeconds(30));
            await writer.GracefulStop(TimeSpan.FromSeconds(30));
            return await system.ActorOf(Props.Create(() => new Keeper())).Ask<IReadOnlyList<byte[]>>("read", TimeSpan.FromSeconds(30));
        }
        finally
        {
            await system.Terminate();
        }
    }

    private static Config WithSerializer(Config journal) => ConfigurationFactory.ParseString(
        $$"""
        akka.actor {
          serializers.blob = "{{typeof(BlobSerializer).AssemblyQualifiedName}}"
          serialization-bindings."{{typeof(Blob).AssemblyQualifiedName}}" = blob
        }
        """).WithFallback(journal);

    private static async Task<List<string>> AskAsync(System.Data.Common.DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var all = new List<string>();
        while (await reader.ReadAsync())
        {
            all.Add(reader.GetValue(0).ToString()!);
        }

        return all;
    }

    private sealed record Blob(byte[] Bytes);

    private sealed class BlobSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        public override int Identifier => 7002;

        public override byte[] ToBinary(object obj) => ((Blob)obj).Bytes;

        public override object FromBinary(byte[] bytes, string manifest) => new Blob(bytes);

        public override string Manifest(object o) => "b";
    }

    private sealed class Keeper : UntypedPersistentActor
    {
        private readonly List<byte[]> _kept = [];

        public override string PersistenceId => "keeper";

        public override Recovery Recovery { get; } = new(SnapshotSelectionCriteria.None);

        protected override void OnRecover(object message)
        {
            if (message is Blob blob)
            {
                _kept.Add(blob.Bytes);
            }
        }

        protected override void OnCommand(object message)
        {
            switch (message)
            {
                case byte[][] events:
                    PersistAllAsync(events.Select(bytes => new Blob(bytes)), _ => { });
                    DeferAsync(Sender, sender => ((IActorRef)sender).Tell(events.Length));
                    break;
                case "read":
                    Sender.Tell((IReadOnlyList<byte[]>)_kept);
                    break;
                default:
                    Unhandled(message);
                    break;
            }
        }
    }
}
