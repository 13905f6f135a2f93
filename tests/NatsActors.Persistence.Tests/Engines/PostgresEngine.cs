using Akka.Configuration;
using NatsActors.Testing;
using NatsActors.Testing.Databases;
using Npgsql;

namespace NatsActors.Persistence.Tests.Engines;

/// <summary>The cluster that the tests of one collection share; each test has a database of its own.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    public PostgresCluster Cluster { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Cluster = await PostgresCluster.StartAsync();
        await JournalTables.CreateAsync(Cluster.ConnectionString("template1"));
    }

    public async Task DisposeAsync() => await Cluster.DisposeAsync();
}

/// <summary>Tests that share a cluster run one after another: some of them stop it.</summary>
[CollectionDefinition(nameof(PostgresCollection))]
public sealed class PostgresCollection : ICollectionFixture<PostgresFixture>;

/// <summary>A journal in a database of a PostgreSQL cluster.</summary>
public sealed class PostgresEngine(PostgresCluster cluster) : JournalEngine
{
    private string _database = "";

    public PostgresCluster Cluster => cluster;

    public override string PluginId => JournalConfigs.PluginId;

    public override Config Hocon => HoconWith("auto-initialize = off");

    /// <summary>The configuration with other settings of the plugin.</summary>
    public Config HoconWith(string more) => ConfigurationFactory.ParseString($"{PluginId} {{\n{Breaker}\n{more}\n}}")
        .WithFallback(JournalConfigs.Postgres(_database + ";Timeout=10;Command Timeout=30"))
        .WithFallback(Akka.Persistence.Sql.SqlPersistence.DefaultConfiguration);

    public override async Task InitializeAsync() => _database = await cluster.CreateDatabaseAsync();

    public override async Task DisposeAsync()
    {
        if (!cluster.IsRunning)
        {
            await cluster.RestartAsync();
        }

        NpgsqlConnection.ClearAllPools();
    }

    public override Task TakeDownAsync() => cluster.StopAsync();

    public override Task BringBackAsync() => cluster.RestartAsync();

    public override async Task<long> CountAsync()
    {
        await using var connection = new NpgsqlConnection(_database + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT COUNT(*) FROM journal WHERE NOT deleted", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
