using NATS.Client.Core;

namespace NatsActors.NatsNet;

/// <summary>Makes links on NATS.Client.Core. Holds nothing but the clock and the user's change of the options.</summary>
internal sealed class NatsNetLinkFactory(TimeProvider time, Func<NatsOpts, NatsOpts>? configure = null) : ILinkFactory
{
    public ILink Open(LinkRequest request, Action<LinkReport> report)
    {
        var link = new NatsNetLink(request, time, configure, report);
        link.Start();
        return link;
    }
}
