using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NatsActors.Testing;

namespace NatsActors.Benchmarks;

/// <summary>The stream that the ways of a run publish to: file storage, no limits, the default duplicate window.</summary>
internal sealed class BenchmarkStream : IAsyncDisposable
{
    /// <summary>The subject that the stream stores.</summary>
    public const string Subject = "orders.stored";

    private const string Name = "BENCHMARK";
    private readonly NatsConnection _connection;
    private readonly NatsJSContext _context;

    private BenchmarkStream(NatsConnection connection)
    {
        _connection = connection;
        _context = new NatsJSContext(connection);
    }

    /// <summary>The name of the server that leads the stream's replicas; null without a cluster.</summary>
    public string? Leader { get; private set; }

    /// <summary>Makes the stream, when JetStream is ready for it, and waits until all replicas keep up.</summary>
    public static async Task<BenchmarkStream> CreateAsync(string url, int replicas = 1)
    {
        var stream = new BenchmarkStream(new NatsConnection(NatsOpts.Default with { Url = url }));
        await Until.TrueAsync(() => stream.TryCreateAsync(replicas), Stage.Limit, "the stream exists");
        await Until.TrueAsync(() => stream.IsCurrentAsync(replicas), Stage.Limit, "all replicas keep up");
        return stream;
    }

    /// <summary>Forgets every message.</summary>
    public async Task PurgeAsync() => await _context.PurgeStreamAsync(Name, new StreamPurgeRequest());

    /// <summary>Makes sure that exactly so many messages are stored.</summary>
    /// <exception cref="BenchmarkException">There are more or less.</exception>
    public async Task ExpectAsync(long messages, string way)
    {
        var stream = await _context.GetStreamAsync(Name);
        if (stream.Info.State.Messages != messages)
        {
            throw new BenchmarkException($"{way}: the stream should have {messages} messages, and has {stream.Info.State.Messages}.");
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async ValueTask<bool> TryCreateAsync(int replicas)
    {
        try
        {
            await _context.CreateStreamAsync(new StreamConfig(Name, [Subject]) { Storage = StreamConfigStorage.File, NumReplicas = replicas });
            return true;
        }
        catch (Exception failure) when (failure is NatsJSException or NatsNoRespondersException or NatsNoReplyException or OperationCanceledException)
        {
            // The servers of a cluster have not chosen a leader yet.
            return false;
        }
    }

    private async ValueTask<bool> IsCurrentAsync(int replicas)
    {
        var cluster = (await _context.GetStreamAsync(Name)).Info.Cluster;
        Leader = cluster?.Leader;
        return replicas == 1 || (cluster?.Replicas?.Count == replicas - 1 && cluster.Replicas.All(replica => replica.Current));
    }
}
