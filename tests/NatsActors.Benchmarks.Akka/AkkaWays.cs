namespace NatsActors.Benchmarks.Akka;

/// <summary>The ways from an Akka.NET system, and what they are held against.</summary>
public static class AkkaWays
{
    /// <summary>All of them, in one actor system.</summary>
    public static IReadOnlyList<WayKind> All(AkkaHost host) =>
    [
        new("raw", url => new RawBlast(url)) { IsYardstick = true },
        new("akka", _ => new TellAndReply(host)) { IsYardstick = true, ReachesServer = false },
        new("client-awaited", url => new PlainClient(url, 1)) { IsYardstick = true },
        new("client-pipelined", url => new PlainClient(url, PlainClient.Pipelined)) { IsYardstick = true },
        new("nats-net", url => new PublisherDoor(host, LinkClient.NatsNet, url, 1)),
        new("wire", url => new PublisherDoor(host, LinkClient.Wire, url, 1)),
        new("nats-net-batch", url => new PublisherDoor(host, LinkClient.NatsNet, url, EmbeddedWays.BatchSize)),
        new("wire-batch", url => new PublisherDoor(host, LinkClient.Wire, url, EmbeddedWays.BatchSize)),
    ];
}
