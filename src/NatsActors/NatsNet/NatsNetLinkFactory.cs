using NATS.Client.Core;
using NatsActors.Wire;

namespace NatsActors.NatsNet;

/// <summary>Makes links on NATS.Client.Core. Holds nothing but the clock, the user's change of the options, and how to connect.</summary>
internal sealed class NatsNetLinkFactory(TimeProvider time, Func<NatsOpts, NatsOpts>? configure = null, Dialer? dialer = null)
    : ILinkFactory
{
    private readonly Dialer _dialer = dialer ?? new Dialer(time);

    public ILink Open(LinkRequest request, Action<LinkReport> report)
    {
        var link = new NatsNetLink(request, time, _dialer, configure, report);
        link.Start();
        return link;
    }
}
