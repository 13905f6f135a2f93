using NatsActors.Links;

namespace NatsActors.Benchmarks;

/// <summary>
/// A publisher whose link is open, but not reported to it until the release: it keeps what it is given, as during an outage, and
/// the end of the outage has an exact time. Its buffer has room for the load, its other settings are the given ones.
/// </summary>
internal sealed class HeldPublisher : IAsyncDisposable
{
    private readonly HeldLink _link = new(new LinkFactory(TimeProvider.System));
    private readonly NatsPublisher _publisher;
    private readonly Load _load;

    private HeldPublisher(PublisherSettings settings, Load load)
    {
        _load = load;
        var roomy = settings with
        {
            Buffer = settings.Buffer with
            {
                MaxMessages = Math.Max(settings.Buffer.MaxMessages, load.Messages),
                MaxBytes = Math.Max(settings.Buffer.MaxBytes, load.WireBytes),
            },
        };
        _publisher = NatsPublisher.Start(roomy.Validate(), _link, null, TimeProvider.System, null, null);
    }

    /// <summary>Starts; completes when the link is open.</summary>
    public static async Task<HeldPublisher> StartAsync(PublisherSettings settings, Load load)
    {
        var held = new HeldPublisher(settings, load);
        await held._link.Opened.WaitAsync(Stage.Limit, TimeProvider.System);
        return held;
    }

    /// <summary>Publishes the whole load, which the buffer keeps.</summary>
    public void Fill()
    {
        for (var i = 0; i < _load.Messages; i++)
        {
            if (!_publisher.TryPublish(Load.Subject, _load.Payload.Span, out var refusal))
            {
                throw new InvalidOperationException($"Refused: {refusal}");
            }
        }
    }

    /// <summary>Tells the publisher of its link; completes when every message has its outcome.</summary>
    public Task DrainAsync()
    {
        _link.Release();
        return Facade.FlushAsync(_publisher);
    }

    public ValueTask DisposeAsync() => _publisher.DisposeAsync();

    /// <summary>Opens the link, and holds its report that it is up until the release.</summary>
    private sealed class HeldLink(ILinkFactory inner) : ILinkFactory
    {
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Action? _tell;

        public Task Opened => _opened.Task;

        public void Release() => _tell!();

        public ILink Open(LinkRequest request, Action<LinkReport> report) => inner.Open(request, message =>
        {
            if (message is LinkUp)
            {
                _tell = () => report(message);
                _opened.SetResult();
            }
            else
            {
                report(message);
            }
        });
    }
}
