using System.Net;

namespace NatsActors.Wire;

/// <summary>Sizes of a wire link that only tests change.</summary>
internal sealed record WireOptions
{
    /// <summary>Bytes of a batch that are sent at a time: how finely progress is seen on a slow connection.</summary>
    public int SendChunk { get; init; } = 64 * 1024;

    /// <summary>The addresses of a host; null for what the system says.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>>? Resolve { get; init; }

    /// <summary>What a server may send.</summary>
    public ReaderLimits Limits { get; init; } = new();
}

/// <summary>Makes links that speak the protocol themselves. Holds nothing but the clock.</summary>
internal sealed class WireLinkFactory(TimeProvider time, WireOptions? options = null) : ILinkFactory
{
    private readonly WireOptions _options = options ?? new WireOptions();

    public ILink Open(LinkRequest request, Action<LinkReport> report)
    {
        var link = new WireLink(request, time, _options, report);
        link.Start();
        return link;
    }
}
