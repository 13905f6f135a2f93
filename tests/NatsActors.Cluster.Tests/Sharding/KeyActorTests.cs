using Akka.Actor;
using Akka.Cluster.Sharding;
using NatsActors.Cluster.Sharding;
using NatsActors.Testing;

namespace NatsActors.Cluster.Tests.Sharding;

/// <summary>The entity of a key below a shard that the test plays.</summary>
public sealed class KeyActorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_key_that_empties_ends_although_somebody_else_drains_its_publisher()
    {
        await using var lone = new LoneType("orders", idleAfter: TimeSpan.FromMilliseconds(50));
        using var sender = Inbox.Create(lone.System);
        var shard = lone.System.ActorOf(Props.Create(() => new Shard(lone.Type, sender.Receiver)));
        Assert.IsType<Passivate>(await sender.ReceiveAsync(Patience));

        // In an outage, behind the entity's look at its buffer and before the stop message.
        shard.Tell(Publish.Text("orders.new", "1"), sender.Receiver);
        Assert.IsType<Ack>(await sender.ReceiveAsync(Patience));
        var old = lone.Type.Find("a")!;
        shard.Tell(Shard.Stop.Instance);
        await Until.TrueAsync(() => old.Buffer.DrainDeadline is not null);
        old.Door.Publisher.Tell(new Drain(TimeSpan.Zero), ActorRefs.NoSender);

        // A shard starts the entity anew now for what has come meanwhile.
        Assert.Equal(Shard.Ended, await sender.ReceiveAsync(Patience));
        Assert.Equal(1, old.Buffer.Result!.Totals.Undelivered);
    }

    /// <summary>Hands on what it gets, stops its entity when it is told to, and reports.</summary>
    private sealed class Shard : ReceiveActor
    {
        public const string Ended = "the entity has ended";

        public Shard(ShardedType type, IActorRef observer)
        {
            var entity = Context.Watch(Context.ActorOf(Props.Create(() => new KeyActor(type, "a")).WithDeploy(Deploy.Local), "a"));
            object? stop = null;
            Receive<Passivate>(passivate =>
            {
                if (stop is null)
                {
                    observer.Tell(passivate);
                }

                stop = passivate.StopMessage;
            });
            Receive<Stop>(_ => entity.Tell(stop));
            Receive<Terminated>(_ => observer.Tell(Ended));
            ReceiveAny(message => entity.Forward(message));
        }

        public sealed record Stop
        {
            public static Stop Instance { get; } = new();
        }
    }
}
