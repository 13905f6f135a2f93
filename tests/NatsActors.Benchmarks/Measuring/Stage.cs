using Akka.Actor;
using Akka.Configuration;

namespace NatsActors.Benchmarks;

/// <summary>
/// What the ways of one run share: the server, one actor system with one publisher, and one facade. Each is started when a way
/// first needs it. The publishers have their default settings.
/// </summary>
internal sealed class Stage(MeasuredServer server, int window) : IAsyncDisposable
{
    /// <summary>More than any round takes; a wait that reaches it has found a fault.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Lazy<ActorSystem> _system = new(QuietSystem);
    private IActorRef? _publisher;
    private Facade? _facade;

    public string Url => server.Url;

    /// <summary>Messages that all producer actors together may have unanswered.</summary>
    public int Window => window;

    /// <summary>An actor system with the defaults of Akka.NET, except for its log.</summary>
    public ActorSystem System => _system.Value;

    public PublisherSettings Settings => new() { Connection = new() { Servers = [Url] } };

    /// <summary>A new actor system with the defaults of Akka.NET, except for its log.</summary>
    public static ActorSystem QuietSystem() => ActorSystem.Create("benchmark", ConfigurationFactory.ParseString(
        """
        akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [], log-dead-letters = off }
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        """));

    /// <summary>The publisher of <see cref="System"/>; it has a link.</summary>
    public async Task<IActorRef> PublisherAsync(Load load)
    {
        if (_publisher is null)
        {
            _publisher = NatsPublishers.Get(System).Start(Settings);
            await _publisher.Ask<Ack>(load.Message(), Limit);
            await FlushAsync(_publisher);
        }

        return _publisher;
    }

    /// <summary>The facade; it has a link.</summary>
    public async Task<Facade> FacadeAsync()
    {
        _facade ??= new Facade(Settings);
        await _facade.Linked.WaitAsync(Limit, TimeProvider.System);
        return _facade;
    }

    /// <summary>Completes when every message has its outcome: the server has answered the fence behind the last.</summary>
    public static async Task FlushAsync(IActorRef publisher)
    {
        if (await publisher.Ask<Flushed>(new Flush(Limit), Limit) is { Completed: false } flushed)
        {
            throw new InvalidOperationException($"Not confirmed in time: {flushed}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_facade is not null)
        {
            await _facade.DisposeAsync();
        }

        if (_system.IsValueCreated)
        {
            await _system.Value.Terminate();
        }
    }
}
