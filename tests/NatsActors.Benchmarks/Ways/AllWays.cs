namespace NatsActors.Benchmarks;

/// <summary>The ways into a publisher, and what they are held against.</summary>
internal static class AllWays
{
    /// <summary>Messages of a batch.</summary>
    public const int BatchSize = 256;

    /// <summary>In the order of each round.</summary>
    public static IReadOnlyList<WayKind> Kinds { get; } =
    [
        new("raw", "raw blast of encoded frames", stage => new RawBlast(stage.Url)) { Yardstick = "raw" },
        new("akka", "bare Akka.NET `Tell` and reply, no server", stage => new TellAndReply(stage)) { Yardstick = "bare `Tell` and reply", ReachesServer = false },
        new("client", "NATS.Client.Core, awaited `PublishAsync`", stage => new PlainClient(stage.Url)) { Yardstick = "NATS.Client.Core" },
        Told(1, "Akka.NET: `Tell` and `Ack` for each message"),
        new("tell-batch", $"Akka.NET: `PublishBatch` of {BatchSize}", stage => new ActorWay(stage, 1, BatchSize)),
        new("tell-batch-outcome", $"Akka.NET: `PublishBatch` of {BatchSize}, with an outcome for each message", stage => new ActorWay(stage, 1, BatchSize, wantsOutcomes: true)),
        new("stream", "bare Akka.Streams: the source into `Sink.Ignore`, no server", stage => new BareStream(stage)) { ReachesServer = false },
        new("sink", "Akka.Streams: `NatsSink`", stage => new SinkWay(stage)),
        new("flow", $"Akka.Streams: `NatsFlow` with {FlowWay.Parallelism:N0} elements inside", stage => new FlowWay(stage)),
        new("try", "facade: `TryPublish`", stage => new TryWay(stage)),
        new("await-1", "facade: awaited `PublishAsync`, 1 caller", stage => new AwaitWay(stage, 1)),
        new("await-4", "facade: awaited `PublishAsync`, 4 callers", stage => new AwaitWay(stage, 4)),
        new("batch", $"facade: awaited batch of {BatchSize}", stage => new BatchWay(stage)),
        new("drain", "drain of a filled buffer after a reconnect", stage => new DrainAfterOutage(stage.Settings)),
        Told(10, "the same, 10 producer actors"),
        Told(100, "the same, 100 producer actors"),
        Told(1000, "the same, 1,000 producer actors"),
    ];

    private static WayKind Told(int producers, string description) =>
        new(producers == 1 ? "tell" : $"tell-{producers}", description, stage => new ActorWay(stage, producers, 1)) { Producers = producers };
}
