using Akka.Actor;
using Akka.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NatsActors.Cluster.Sharding;

namespace NatsActors.Cluster.Tests.Sharding;

/// <summary>A type of sharded publishers in a system without a cluster, in an outage: no server listens where its links dial.</summary>
internal sealed class LoneType : IAsyncDisposable
{
    public LoneType(string name, ILogger? logger = null, TimeSpan? idleAfter = null)
    {
        System = ActorSystem.Create("lone", ConfigurationFactory.ParseString(
            """
            akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [], log-dead-letters = off }
            nats-actors.publisher.connection { servers = ["nats://127.0.0.1:1"], discover-servers = off }
            """));
        var settings = new ShardingSettings("", 1, idleAfter ?? TimeSpan.FromHours(1), TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(20));
        Type = new ShardedType(name, settings, new ShardedPublisherOptions(), NatsPublishers.Get(System), logger ?? NullLogger.Instance);
    }

    public ActorSystem System { get; }

    public ShardedType Type { get; }

    /// <summary>Starts a key's publisher without its entity.</summary>
    public IActorRef Publisher(string key) => System.ActorOf(Type.PropsOf(key, static (_, _) => { }), key);

    public async ValueTask DisposeAsync() => await System.Terminate();
}
