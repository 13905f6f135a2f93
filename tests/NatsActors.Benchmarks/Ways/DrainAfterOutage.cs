using NatsActors.Embedded;
using NatsActors.Wire;

namespace NatsActors.Benchmarks;

/// <summary>
/// A publisher that has no link while its buffer is filled. What is measured begins when it hears of the link, and ends when the
/// buffer is empty.
/// </summary>
internal sealed class DrainAfterOutage(string url) : EmbeddedWay(url)
{
    private readonly string _url = url;
    private NatsPublisher? _filled;
    private HeldLink? _link;

    public override async Task PrepareAsync(Load load)
    {
        await DisposeAsync();
        var settings = SettingsFor(_url) with
        {
            Buffer = new() { MaxMessages = load.Messages, MaxBytes = (long)load.Messages * load.FrameBytes },
        };
        _link = new HeldLink(new WireLinkFactory(TimeProvider.System));
        _filled = await NatsPublisher.StartAsync(settings, _link, null, TimeProvider.System, null);
        for (var i = 0; i < load.Messages; i++)
        {
            if (!_filled.TryPublish(Load.Subject, load.Payload.Span, out var refusal))
            {
                throw new InvalidOperationException($"Refused: {refusal}");
            }
        }

        await _link.Opened.WaitAsync(Limit, TimeProvider.System);
    }

    public override Task RunAsync(Load load)
    {
        _link!.Release();
        return FlushAsync(_filled!);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_filled is not null)
        {
            await _filled.DisposeAsync();
        }
    }

    /// <summary>Opens the link, and keeps to itself that it is up until it is released.</summary>
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
