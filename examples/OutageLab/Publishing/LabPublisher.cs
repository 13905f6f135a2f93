using Akka.Actor;
using Akka.Configuration;
using NatsActors;
using OutageLab.Counting;
using OutageLab.Load;

namespace OutageLab.Publishing;

/// <summary>The two actors below a publisher that the page may crash.</summary>
internal enum PublisherChild
{
    Buffer,
    Connection,
}

/// <summary>
/// The publisher under the load, in an actor system of its own: one at a time. A change of its settings drains it and starts another
/// one; the load goes on with the next number.
/// </summary>
internal sealed class LabPublisher : IAsyncDisposable
{
    private static readonly TimeSpan DrainDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan NameRetry = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ActorSystem _system;
    private readonly IActorRef _producer;
    private readonly string _url;
    private readonly TimeProvider _time;
    private volatile IActorRef _publisher = ActorRefs.Nobody;
    private volatile PublisherChoice _choice;
    private volatile bool _takesMessages;

    public LabPublisher(string url, PublisherChoice choice, NumberBook book, OfferCounts counts, LoadRate rate, TimeProvider time)
    {
        (_url, _choice, _time) = (url, choice, time);
        _system = ActorSystem.Create("lab", ConfigurationFactory.ParseString(
            """
            akka { loglevel = WARNING, log-dead-letters = off }
            akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
            """));
        _producer = _system.ActorOf(Props.Create(() => new Producer(book, counts, rate, time)), "producer");
    }

    public PublisherChoice Choice => _choice;

    /// <summary>False from a drain to the next start.</summary>
    public bool TakesMessages => _takesMessages;

    /// <summary>Calls <paramref name="onEvent"/> for every event of every publisher, on a thread of the actor system.</summary>
    public void Listen(Action<NatsEvent> onEvent) =>
        _system.EventStream.Subscribe(_system.ActorOf(Props.Create(() => new EventListener(onEvent)), "events"), typeof(NatsEvent));

    /// <summary>Starts the publisher, if none takes messages.</summary>
    public Task StartAsync() => DoAsync(async () =>
    {
        if (_takesMessages)
        {
            throw new LabException("The publisher runs already.");
        }

        await BeginAsync(_choice);
    });

    /// <summary>Drains the publisher and starts another one with other settings.</summary>
    public Task ChangeAsync(Func<PublisherChoice, PublisherChoice> change) => DoAsync(async () =>
    {
        var next = change(_choice).Check();
        await EndAsync();
        await BeginAsync(next);
    });

    /// <summary>Drains the publisher; nothing is published until the next start.</summary>
    public Task<Drained> DrainAsync() => DoAsync(() =>
        _takesMessages ? EndAsync() : throw new LabException("The publisher is drained already. Start it first."));

    /// <summary>Takes the queued messages out of the buffer; returns how many.</summary>
    public async Task<long> PurgeAsync() => (await _publisher.Ask<Purged>(new Purge(), AnswerTimeout)).Count;

    /// <summary>Makes the child fail with its next message. The library has no hook for this; every Akka.NET actor obeys a Kill.</summary>
    public void Crash(PublisherChild child)
    {
        if (!_takesMessages)
        {
            throw new LabException("The publisher is drained. Start it first.");
        }

        _system.ActorSelection(_publisher.Path / (child == PublisherChild.Buffer ? "buffer" : "connection")).Tell(Kill.Instance, ActorRefs.NoSender);
    }

    /// <summary>The status, also of a publisher that drains or has ended.</summary>
    public Task<PublisherStatus> StatusAsync(TimeSpan timeout) => _publisher.Ask<PublisherStatus>(GetStatus.Instance, timeout);

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _gate.Dispose();
    }

    private async Task<Drained> EndAsync()
    {
        _takesMessages = false;
        _producer.Tell(new UsePublisher(null));
        return await _publisher.Ask<Drained>(new Drain(DrainDeadline), DrainDeadline + AnswerTimeout);
    }

    private async Task BeginAsync(PublisherChoice choice)
    {
        if (!_publisher.IsNobody())
        {
            await _publisher.GracefulStop(AnswerTimeout);
        }

        _publisher = await StartWithItsNameAsync(choice);
        _choice = choice;
        _takesMessages = true;
        _producer.Tell(new UsePublisher(_publisher));
    }

    /// <summary>The name of an actor is free a moment after the actor has ended.</summary>
    private async Task<IActorRef> StartWithItsNameAsync(PublisherChoice choice)
    {
        var settings = choice.Settings(_url);
        using var retry = new PeriodicTimer(NameRetry, _time);
        using var limit = new CancellationTokenSource(AnswerTimeout, _time);
        while (true)
        {
            try
            {
                return NatsPublishers.Get(_system).Start(settings);
            }
            catch (InvalidActorNameException)
            {
                await retry.WaitForNextTickAsync(limit.Token);
            }
        }
    }

    private Task DoAsync(Func<Task> action) => DoAsync(async () =>
    {
        await action();
        return true;
    });

    private async Task<T> DoAsync<T>(Func<Task<T>> action)
    {
        if (!await _gate.WaitAsync(TimeSpan.Zero))
        {
            throw new LabException("A drain is under way. Wait for its end.");
        }

        try
        {
            return await action();
        }
        finally
        {
            _gate.Release();
        }
    }

    private sealed class EventListener(Action<NatsEvent> onEvent) : UntypedActor
    {
        protected override void OnReceive(object message) => onEvent((NatsEvent)message);
    }
}
