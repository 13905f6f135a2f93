namespace NatsActors.Benchmarks;

/// <summary>The ways into the embedded publisher, and the blast that they are held against.</summary>
public static class EmbeddedWays
{
    /// <summary>Messages of a batch.</summary>
    public const int BatchSize = 256;

    /// <summary>Everything that needs no more than the embedded runtime.</summary>
    public static IReadOnlyList<WayKind> All { get; } =
    [
        new("raw", url => new RawBlast(url)) { IsYardstick = true },
        new("direct", url => new DirectDoor(url)),
        new("tell", url => new ActorDoor(url, 1)),
        new("ask", url => new Callers(url)),
        new("batch", url => new ActorDoor(url, BatchSize)),
        new("drain", url => new DrainAfterOutage(url)),
    ];
}
