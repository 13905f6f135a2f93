using NatsActors;
using OutageLab.Counting;
using OutageLab.Live;
using OutageLab.Load;
using OutageLab.Publishing;
using OutageLab.Stage;

namespace OutageLab;

/// <summary>
/// Starts and ends the parts in order: the server, its readers, the publisher and the two loads. Takes a sample four times a second,
/// and puts every act of the page into the list of episodes.
/// </summary>
internal sealed partial class Lab(LiveFeed feed, LoadRate rate, PublisherChoice choice, TimeProvider time, ILogger<Lab> log) : IHostedService
{
    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly NumberBook _actorsBook = new();
    private readonly NumberBook _plainBook = new();
    private readonly OfferCounts _actorsOffers = new();
    private readonly OfferCounts _plainOffers = new();
    private Task _running = Task.CompletedTask;
    private ServerStage? _stage;
    private LabPublisher? _publisher;

    public ServerStage Stage => _stage ?? throw new LabException("The lab is starting.");

    public LabPublisher Publisher => _publisher ?? throw new LabException("The lab is starting.");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _stage = await ServerStage.StartAsync();
        _publisher = new LabPublisher(_stage.ProxyUrl, choice, _actorsBook, _actorsOffers, rate, time);
        _publisher.Listen(Tell);
        await _publisher.StartAsync();
        var actors = new StreamFollower(_stage.Streams, Subjects.ActorsStream, _actorsBook, log);
        var plain = new StreamFollower(_stage.Streams, Subjects.PlainStream, _plainBook, log);
        var load = new PlainLoad(_stage.ProxyUrl, _plainBook, _plainOffers, rate, time);
        _running = Task.WhenAll(actors.RunAsync(_stop.Token), plain.RunAsync(_stop.Token), load.RunAsync(_stop.Token), SampleAsync(_stop.Token));
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _running;
        if (_publisher is not null)
        {
            await _publisher.DisposeAsync();
        }

        if (_stage is not null)
        {
            await _stage.DisposeAsync();
        }

        _stop.Dispose();
    }

    /// <summary>Puts what a person did at the page into the list of episodes.</summary>
    public void Note(string name, string text) => Add("act", name, text);

    private void Tell(NatsEvent occurrence)
    {
        var (kind, text) = EpisodeText.Of(occurrence);
        Add(kind, occurrence.GetType().Name, text);
    }

    private void Add(string kind, string name, string text) =>
        feed.Add(new Episode(time.GetUtcNow().ToUnixTimeMilliseconds(), kind, name, text));

    private async Task SampleAsync(CancellationToken stop)
    {
        var actors = new LoadMeter(_actorsBook, _actorsOffers, time);
        var plain = new LoadMeter(_plainBook, _plainOffers, time);
        using var tick = new PeriodicTimer(NumberBook.JudgeInterval, time);
        try
        {
            while (await tick.WaitForNextTickAsync(stop))
            {
                await SampleOnceAsync(actors, plain);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>A sample that fails is left out: the page goes on with the next one.</summary>
    private async Task SampleOnceAsync(LoadMeter actors, LoadMeter plain)
    {
        try
        {
            _actorsBook.Judge();
            _plainBook.Judge();
            var status = await Publisher.StatusAsync(StatusTimeout);
            feed.Add(new Sample(
                time.GetUtcNow().ToUnixTimeMilliseconds(), rate.PerSecond, Stage.State,
                PublisherView.Of(status, Publisher.Choice, Publisher.TakesMessages), actors.Read(), plain.Read()));
        }
        catch (Exception failure)
        {
            LogNoSample(failure);
        }
    }

    [LoggerMessage(2, LogLevel.Warning, "A sample is left out")]
    private partial void LogNoSample(Exception cause);
}
