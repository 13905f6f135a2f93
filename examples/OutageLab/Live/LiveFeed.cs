using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;

namespace OutageLab.Live;

/// <summary>
/// What every open page is sent: first the last two minutes, then each sample and each episode. A page that reads too slowly loses
/// the oldest of what waits for it; the number of pages is bounded.
/// </summary>
internal sealed class LiveFeed
{
    private const int KeptSamples = 480;
    private const int KeptEpisodes = 100;
    private const int WaitingPerPage = 64;
    private const int MostPages = 32;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly Lock _lock = new();
    private readonly Queue<Sample> _samples = new();
    private readonly Queue<Episode> _episodes = new();
    private readonly List<Channel<SseItem<string>>> _pages = [];

    public void Add(Sample sample) => Add(_samples, sample, KeptSamples, "sample");

    public void Add(Episode episode) => Add(_episodes, episode, KeptEpisodes, "episode");

    /// <summary>Everything from now on, as server-sent events.</summary>
    /// <exception cref="LabException">Too many pages are open.</exception>
    public IAsyncEnumerable<SseItem<string>> Open(CancellationToken gone)
    {
        var page = Channel.CreateBounded<SseItem<string>>(new BoundedChannelOptions(WaitingPerPage) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_lock)
        {
            if (_pages.Count >= MostPages)
            {
                throw new LabException($"{MostPages} pages are open already. Close one of them.");
            }

            page.Writer.TryWrite(Item("history", new { samples = _samples, episodes = _episodes }));
            _pages.Add(page);
        }

        return ReadAsync(page, gone);
    }

    private async IAsyncEnumerable<SseItem<string>> ReadAsync(
        Channel<SseItem<string>> page, [EnumeratorCancellation] CancellationToken gone)
    {
        // A page that goes is no error: its feed ends.
        await using var end = gone.Register(() => page.Writer.TryComplete());
        try
        {
            await foreach (var item in page.Reader.ReadAllAsync(CancellationToken.None))
            {
                yield return item;
            }
        }
        finally
        {
            lock (_lock)
            {
                _pages.Remove(page);
            }
        }
    }

    private void Add<T>(Queue<T> kept, T entry, int most, string type)
    {
        lock (_lock)
        {
            kept.Enqueue(entry);
            if (kept.Count > most)
            {
                kept.Dequeue();
            }

            if (_pages.Count == 0)
            {
                return;
            }

            var item = Item(type, entry);
            foreach (var page in _pages)
            {
                page.Writer.TryWrite(item);
            }
        }
    }

    private static SseItem<string> Item<T>(string type, T data) => new(JsonSerializer.Serialize(data, Json), type);
}
