using System.Globalization;
using Akka.Actor;
using Akka.Remote;
using Akka.Remote.Transport;
using NatsActors.Cluster.Gateway;
using NatsActors.Persistence;
using NatsActors.Testing;
using AkkaCluster = Akka.Cluster.Cluster;

namespace NatsActors.Cluster.Nodes;

/// <summary>
/// One node: joins, publishes, and does what its input says. Says "up" when it is a member. When its input ends, whoever would kill it is
/// gone, and it ends at once.
/// </summary>
internal static class NodeRun
{
    public const string Up = "up";
    public const string Done = "done";
    public const string Quiet = "quiet";
    public const string Through = "through";
    public const string Leave = "leave";
    public const string Partition = "partition";
    public const string Heal = "heal";
    private const int Keys = 8;
    private const int Abandoned = 3;
    private static readonly TimeSpan ThroughTimeout = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(NodeOptions options)
    {
        using var record = new NodeRecord(options.Folder, options.Sender);
        var system = ActorSystem.Create(NodeOptions.System, options.Hocon());
        var events = system.ActorOf(Props.Create(() => new EventNotes(record)), "notes");
        system.EventStream.Subscribe(events, typeof(NatsEvent));
        var (target, envelope) = Publishers(options, system);
        if (options.Newer)
        {
            NewerMessages.Verify(system, options.Mode == ClusterMode.Sharded ? new KeyedStatus("key") : new Ping(1));
            NewerMessages.Verify(system, new Ack(1));
        }

        AkkaCluster.Get(system).RegisterOnMemberUp(static () => Console.WriteLine(Up));

        using var stop = new CancellationTokenSource();
        var sending = envelope is null ? Task.CompletedTask : Task.WhenAll(Enumerable.Range(1, Keys).Select(number =>
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"key-{number}");
            var desk = system.ActorOf(Props.Create(() => new KeyDesk(target, record)));
            return Task.Run(() => new KeySender(options.Sender, key, message => envelope(key, message), desk, record).RunAsync(stop.Token));
        }));
        // A node that the others have downed, or that leaves, ends by itself.
        var commands = Task.Run(() => ObeyAsync(system, stop, sending, envelope is null ? null : record));
        await system.WhenTerminated;
        return 0;
    }

    private static (IActorRef Target, Func<string, Publish, object>? Envelope) Publishers(NodeOptions options, ActorSystem system)
    {
        if (options.Mode == ClusterMode.Sharded)
        {
            var region = ShardedNatsPublishers.Get(system).Start("shard", new ShardedPublisherOptions { Role = NodeOptions.Role, NumberOfShards = 20 });
            return (region, static (key, message) => new KeyedPublish(key, message));
        }

        var gateways = NatsGateway.Get(system);
        if (options.Newer)
        {
            gateways.Plan = gateways.Plan with { Versions = NewerMessages.Versions };
        }

        if (options.HasRole)
        {
            return (gateways.Start(), null);
        }

        var settings = NatsPublishers.Get(system).SettingsOf();
        return (gateways.StartPublisher(settings with
        {
            Durability = settings.Durability with { Journal = SqliteJournal.PluginId, PersistenceId = options.Name },
        }), static (_, message) => message);
    }

    private static async Task ObeyAsync(ActorSystem system, CancellationTokenSource stop, Task sending, NodeRecord? sent)
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        while (await input.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            switch (words[0])
            {
                case Quiet:
                    await stop.CancelAsync();
                    await sending;
                    break;
                case Through when sent is not null:
                    var before = sent.Confirmed;
                    await Until.TrueAsync(() => sent.Confirmed > before + Keys, ThroughTimeout);
                    break;
                case Leave:
                    // Senders first, as an application stops what it does before it leaves.
                    await stop.CancelAsync();
                    await Task.WhenAny(sending, Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System));
                    _ = CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClusterLeavingReason.Instance);
                    break;
                case Partition or Heal:
                    await ThrottleAsync(system, words[1].Split(','), words[0] == Partition ? Blackhole.Instance : Unthrottled.Instance);
                    break;
            }

            Console.WriteLine(Done);
        }

        Environment.Exit(Abandoned);
    }

    private static Task ThrottleAsync(ActorSystem system, IEnumerable<string> ports, ThrottleMode mode)
    {
        var transport = ((IRemoteActorRefProvider)((ExtendedActorSystem)system).Provider).Transport;
        return Task.WhenAll(ports.Select(port => transport.ManagementCommand(new SetThrottle(
            Address.Parse(NodeOptions.AddressOf(int.Parse(port, CultureInfo.InvariantCulture))), ThrottleTransportAdapter.Direction.Both, mode))));
    }
}

/// <summary>Notes what publishers of the node report.</summary>
internal sealed class EventNotes(NodeRecord record) : UntypedActor
{
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case MessagesUndelivered { Reason: not UndeliveredReason.Kept } undelivered:
                record.Failed($"{undelivered.Publisher}: {undelivered.Count} messages ended without a report to their sender: {undelivered.Reason} {undelivered.Detail}");
                break;
            case OutcomeRecovered { Outcome: Stored { CorrelationId: { } stamp } stored }:
                record.Stored(stamp, stored);
                break;
            case OutcomeRecovered { Outcome: Undelivered { CorrelationId: { } stamp } undelivered }:
                record.Undelivered(stamp, undelivered);
                break;
            case JournalRecovered or JournalFailed or Draining or Closed:
                record.Noted((NatsEvent)message);
                break;
            case JournalDamaged damaged:
                record.Failed($"{damaged.Publisher}: the journal is damaged: {damaged.Detail}");
                break;
        }
    }
}
