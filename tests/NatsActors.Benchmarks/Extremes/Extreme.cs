using NatsActors.Testing;

namespace NatsActors.Benchmarks.Extremes;

/// <summary>A case at the edge of what a publisher is for.</summary>
/// <param name="Name">As in the table.</param>
/// <param name="Load">The messages.</param>
/// <param name="Offer">Offers them. The proxy is the publisher's way to the server.</param>
internal sealed record Extreme(string Name, Load Load, Func<NatsPublisher, CuttingProxy, Task<Offer>> Offer)
{
    /// <summary>Further lines of the server's configuration.</summary>
    public string ServerConfig { get; init; } = "";

    /// <summary>The limits of the buffer.</summary>
    public BufferSettings Buffer { get; init; } = new();
}

/// <summary>The cases.</summary>
internal static class AllExtremes
{
    private const int MaxPayload = 1024 * 1024;
    private const int EightMebibytes = 8 * 1024 * 1024;
    private const int SmallLimit = 16 * 1024 * 1024;
    private const int StreamPayload = 1024;

    // Half a second of it fills the small buffer.
    private const int StreamRate = 40_000;

    /// <param name="messages">Messages of the case with many of them.</param>
    /// <param name="large">Messages of the cases with large ones.</param>
    /// <param name="stall">How long the reader stalls, and the fast producer goes on.</param>
    public static IReadOnlyList<Extreme> Of(int messages, int large, TimeSpan stall) =>
    [
        new("payload of 0 B", Load.Of(0, messages), (publisher, _) => Producing.PatientlyAsync(publisher, Load.Of(0, messages))),
        new("payload of max_payload (1 MiB), then one of a byte more", Load.Of(MaxPayload, large), async (publisher, _) =>
            await Producing.PatientlyAsync(publisher, Load.Of(MaxPayload, large)) + await Producing.PatientlyAsync(publisher, Load.Of(MaxPayload + 1, 1))),
        new("payload of 8 MiB, the server's max_payload 8MB", Load.Of(EightMebibytes, large), (publisher, _) =>
            Producing.PatientlyAsync(publisher, Load.Of(EightMebibytes, large)))
        {
            ServerConfig = "max_payload: 8MB\nmax_pending: 256MB",
        },
        new($"reader of the socket stalls for {stall.TotalSeconds:0} s, {StreamRate:N0} messages of 1 KiB a second", Load.Of(StreamPayload, 1), async (publisher, proxy) =>
        {
            var stalling = proxy.Hang(stall);
            using var end = new CancellationTokenSource(stall, TimeProvider.System);
            var offer = await Producing.AtRateAsync(publisher, Load.Of(StreamPayload, 1), StreamRate, end.Token);
            await stalling;
            return offer;
        })
        {
            Buffer = new() { MaxBytes = SmallLimit },
        },
        new($"producer ten times faster than the link for {stall.TotalSeconds:0} s, {StreamRate:N0} messages of 1 KiB a second", Load.Of(StreamPayload, 1), async (publisher, proxy) =>
        {
            proxy.SlowTo(StreamRate * StreamPayload / 10);
            using var end = new CancellationTokenSource(stall, TimeProvider.System);
            return await Producing.AtRateAsync(publisher, Load.Of(StreamPayload, 1), StreamRate, end.Token);
        })
        {
            Buffer = new() { MaxBytes = SmallLimit },
        },
    ];
}
