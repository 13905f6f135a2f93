using NatsActors.Links;

namespace NatsActors.Benchmarks;

/// <summary>
/// A publisher that has no link while its buffer is filled with the whole load; the limits of its buffer are the load's, its other
/// settings the defaults. The time begins when the publisher hears of the link, and ends when every message has its outcome.
/// </summary>
internal sealed class DrainAfterOutage(PublisherSettings settings) : IWay
{
    private NatsPublisher? _filled;
    private HeldLink? _link;

    public async Task PrepareAsync(Load load)
    {
        await DisposeAsync();
        _link = new HeldLink(new LinkFactory(TimeProvider.System));
        var roomy = settings with { Buffer = new() { MaxMessages = load.Messages, MaxBytes = (long)load.Messages * load.FrameBytes } };
        _filled = NatsPublisher.Start(roomy.Validate(), _link, null, TimeProvider.System, null, null);
        for (var i = 0; i < load.Messages; i++)
        {
            if (!_filled.TryPublish(Load.Subject, load.Payload.Span, out var refusal))
            {
                throw new InvalidOperationException($"Refused: {refusal}");
            }
        }

        await _link.Opened.WaitAsync(Stage.Limit, TimeProvider.System);
    }

    public Task RunAsync(Load load)
    {
        _link!.Release();
        return Facade.FlushAsync(_filled!);
    }

    public async ValueTask DisposeAsync()
    {
        if (_filled is not null)
        {
            await _filled.DisposeAsync();
            _filled = null;
        }
    }

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
