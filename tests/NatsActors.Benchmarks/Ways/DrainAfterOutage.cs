namespace NatsActors.Benchmarks;

/// <summary>
/// A publisher that has no link while its buffer is filled with the whole load. The time begins when the publisher hears of the
/// link, and ends when every message has its outcome.
/// </summary>
internal sealed class DrainAfterOutage(PublisherSettings settings) : IWay
{
    private HeldPublisher? _filled;

    public async Task PrepareAsync(Load load)
    {
        await DisposeAsync();
        _filled = await HeldPublisher.StartAsync(settings, load);
        _filled.Fill();
    }

    public Task RunAsync(Load load) => _filled!.DrainAsync();

    public async ValueTask DisposeAsync()
    {
        if (_filled is not null)
        {
            await _filled.DisposeAsync();
            _filled = null;
        }
    }
}
