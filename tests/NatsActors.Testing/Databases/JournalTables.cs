using Akka.Actor;
using Akka.Configuration;
using Npgsql;

namespace NatsActors.Testing.Databases;

/// <summary>Lets the journal's plugin make its table, so that nodes which start at once do not race to make it.</summary>
public static class JournalTables
{
    /// <summary>Makes the table; in <c>template1</c> it is in every database that is created afterwards.</summary>
    public static async Task CreateAsync(string connectionString)
    {
        using var system = ActorSystem.Create("tables", ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [] }")
            .WithFallback(JournalConfigs.Postgres(connectionString)).WithFallback(Akka.Persistence.Sql.SqlPersistence.DefaultConfiguration));
        Akka.Persistence.Persistence.Instance.Apply(system).JournalFor(JournalConfigs.PluginId);
        await using var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        // Two writers are told apart by this index, so it must be there.
        await Until.TrueAsync(async () =>
        {
            await using var command = source.CreateCommand("SELECT COUNT(*) FROM pg_indexes WHERE indexname = 'journal_uq'");
            return (long)(await command.ExecuteScalarAsync())! > 0;
        });
        await system.Terminate();
        NpgsqlConnection.ClearAllPools();
    }
}
