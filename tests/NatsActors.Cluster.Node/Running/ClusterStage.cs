using NatsActors.Testing;
using NatsActors.Testing.Databases;

namespace NatsActors.Cluster.Nodes;

/// <summary>Three nats-servers with a stream of three replicas, a proxy before each, and a PostgreSQL server for the journal.</summary>
internal sealed class ClusterStage : IAsyncDisposable
{
    private const string Stream = "CLUSTER";
    private static readonly TimeSpan DuplicateWindow = TimeSpan.FromHours(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly NatsCluster _servers;
    private readonly PostgresCluster? _postgres;

    private NatsReader? _subscriber;

    private ClusterStage(NatsCluster servers, PostgresCluster? postgres, string database)
    {
        (_servers, _postgres, Database) = (servers, postgres, database);
    }

    public string Database { get; }

    public string Servers => string.Join(',', _servers.Nodes.Select(static node => node.Proxy.Url));

    public static async Task<ClusterStage> StartAsync(ClusterMode mode, bool plain)
    {
        var servers = await NatsCluster.StartAsync();
        PostgresCluster? postgres = null;
        try
        {
            var database = "";
            if (mode == ClusterMode.Sharded)
            {
                postgres = await PostgresCluster.StartAsync();
                await JournalTables.CreateAsync(postgres.ConnectionString("template1"));
                database = await postgres.CreateDatabaseAsync();
            }

            var stage = new ClusterStage(servers, postgres, database);
            await (plain ? stage.SubscribeAsync() : stage.CreateStreamAsync());
            return stage;
        }
        catch
        {
            await servers.DisposeAsync();
            await (postgres?.DisposeAsync() ?? ValueTask.CompletedTask);
            throw;
        }
    }

    /// <summary>Cuts the links of publishers to one of the servers.</summary>
    public void Cut(int server) => _servers.Nodes[server % _servers.Nodes.Count].Proxy.CutWithRst();

    /// <summary>What a majority of the stream's copies has, in its order, or what the subscriber got, in the order of arrival.</summary>
    public async Task<IReadOnlyList<Stamp>> StoredAsync()
    {
        if (_subscriber is not null)
        {
            await _subscriber.PingAsync();
            return [.. _subscriber.Messages.Select(static message => Stamp.Parse(message.Text))];
        }

        var stored = await StreamCopies.MajorityAsync(_servers.Nodes[0].Server.Port, Stream, _servers.Nodes.Count);
        return [.. stored.Select(static message => Stamp.Parse(message.Text))];
    }

    public async ValueTask DisposeAsync()
    {
        await (_subscriber?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _servers.DisposeAsync();
        await (_postgres?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private async Task SubscribeAsync()
    {
        _subscriber = await NatsReader.ConnectAsync(_servers.Nodes[0].Server.Port);
        await _subscriber.SubscribeAsync(Stamp.Prefix + ">");
    }

    /// <summary>The servers choose the leader of JetStream first.</summary>
    private Task CreateStreamAsync() => Until.TrueAsync(
        async () =>
        {
            try
            {
                await using var reader = await NatsReader.ConnectAsync(_servers.Nodes[0].Server.Port);
                await new StreamAdmin(reader).CreateAsync(Stream, [Stamp.Prefix + ">"], DuplicateWindow, replicas: _servers.Nodes.Count);
                return true;
            }
            catch (Exception error) when (error is InvalidOperationException or TimeoutException)
            {
                return false;
            }
        },
        Patience);
}
