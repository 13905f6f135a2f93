using System.Net;
using NATS.Client.Core;
using NatsActors.Protocol;

namespace NatsActors.Links;

/// <summary>Sizes and hooks of a link that only tests change.</summary>
internal sealed record LinkOptions
{
    /// <summary>Bytes of a batch that are sent at first in one piece; see <see cref="SendPieces"/>.</summary>
    public int SendChunk { get; init; } = 64 * 1024;

    /// <summary>Resolves a host's addresses; null for the system's resolver.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>>? Resolve { get; init; }

    /// <summary>The limits on a server's operations.</summary>
    public ReaderLimits Limits { get; init; } = new();

    /// <summary>Called with bytes that the client sends after the take-over. The link drops them.</summary>
    public Action<ReadOnlyMemory<byte>>? LateSend { get; init; }
}

/// <summary>Makes links with one clock and one user's function for the client's options.</summary>
/// <param name="time">The clock.</param>
/// <param name="configure">
/// Gets the client's options that the settings make, and returns the options to use. Called for every link. Null for no change.
/// </param>
/// <param name="options">For tests.</param>
internal sealed class LinkFactory(TimeProvider time, Func<NatsOpts, NatsOpts>? configure = null, LinkOptions? options = null) : ILinkFactory
{
    private readonly LinkOptions _options = options ?? new LinkOptions();

    public ILink Open(LinkRequest request, Action<LinkReport> report)
    {
        var link = new Link(request, time, configure, _options, report);
        link.Start();
        return link;
    }
}
