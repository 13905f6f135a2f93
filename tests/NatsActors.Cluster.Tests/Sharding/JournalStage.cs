using NatsActors.Testing.Databases;

namespace NatsActors.Cluster.Tests.Sharding;

/// <summary>The PostgreSQL cluster that the tests with a journal share; each test has a database of its own.</summary>
public sealed class SharedPostgres : IAsyncLifetime
{
    public PostgresCluster Cluster { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Cluster = await PostgresCluster.StartAsync();
        await JournalTables.CreateAsync(Cluster.ConnectionString("template1"));
    }

    public async Task DisposeAsync() => await Cluster.DisposeAsync();
}

[CollectionDefinition(nameof(SharedPostgresCollection))]
public sealed class SharedPostgresCollection : ICollectionFixture<SharedPostgres>;

/// <summary>Nodes whose publishers have a journal in one database.</summary>
[Collection(nameof(SharedPostgresCollection))]
public abstract class JournalStage(SharedPostgres postgres) : ShardStage
{
    private string _hocon = "";

    private protected string Database { get; private set; } = "";

    private protected override string Hocon => _hocon;

    public override async Task InitializeAsync()
    {
        Database = await postgres.Cluster.CreateDatabaseAsync();
        _hocon = $$"""
            {{JournalConfigs.PostgresOfNodes($"{Database};Timeout=10;Command Timeout=30")}}
            nats-actors.publisher.durability { journal = "{{JournalConfigs.PluginId}}", retry-min = 50ms, retry-max = 200ms }
            nats-actors.sharding.restart-after = 2s
            """;
        await base.InitializeAsync();
    }

    private protected override void Change(ShardedPublisherOptions options) => options.HandOffTime = TimeSpan.FromSeconds(1);
}
