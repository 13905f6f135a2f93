using Akka.Actor;
using NatsActors.Benchmarks.Latency;
using NatsActors.Testing.Databases;

namespace NatsActors.Benchmarks.Journal;

/// <summary>
/// A publisher with a journal: its messages of 1 KiB on the wire fill the pages, a server confirms them, and what is confirmed is marked
/// and deleted as always. Messages count as written when they have their <see cref="Ack"/>.
/// </summary>
/// <param name="system">The actor system with the journal.</param>
/// <param name="server">The server; null for none, so that everything stays in the journal.</param>
internal sealed class PublisherPages(ActorSystem system, string? server) : IPageWay
{
    private const int WireBytes = 1024;
    private const string Subject = "orders.new";
    // "PUB orders.new 1002" and two line ends.
    private const int Payload = WireBytes - 21 - 2 + 1;
    private const int Batch = 64;
    private const string Nowhere = "nats://127.0.0.1:1";

    private IActorRef? _publisher;
    private int _pageBytes;
    private int _pagesInFlight;
    private int _starts;

    public async Task PrepareAsync(PageLoad load)
    {
        _pageBytes = load.PageBytes;
        _pagesInFlight = load.UnderWay;
        await StartAsync();
        await WriteAsync(load);
    }

    public async Task<IReadOnlyList<TimeSpan>> WriteAsync(PageLoad load)
    {
        // As compressible as the bare pages.
        var messages = load.Contents.SelectMany(static page => page.Chunk(Payload)).Take(Batch).ToList()
            .ConvertAll(static payload => new Publish(Subject, Sized(payload)));
        while (messages.Count < Batch)
        {
            messages.Add(messages[0]);
        }

        var most = Math.Max(2, 2 * load.UnderWay * load.PageBytes / WireBytes / Batch);
        var underWay = new Queue<Task<BatchReply>>();
        for (var left = load.Bytes / WireBytes; left > 0; left -= Batch)
        {
            if (underWay.Count >= most)
            {
                Check(await underWay.Dequeue());
            }

            underWay.Enqueue(_publisher!.Ask<BatchReply>(new PublishBatch(messages), Stage.Limit));
        }

        foreach (var reply in underWay)
        {
            Check(await reply);
        }

        return [];
    }

    public Task PaceAsync(Schedule schedule)
    {
        var sender = system.ActorOf(Props.Create(() => new Sender(schedule)));
        return Pacer.RunAsync(schedule, Wait.Sleep, (first, count) =>
        {
            for (var index = first; index < first + count; index++)
            {
                _publisher!.Tell(new Publish(Subject, schedule.Payload) { CorrelationId = index.ToString() }, sender);
            }
        });
    }

    public async Task<int> RecoverAsync()
    {
        await _publisher!.GracefulStop(Stage.Limit);
        await StartAsync();
        var status = await _publisher!.Ask<PublisherStatus>(GetStatus.Instance, Stage.Limit);
        return (int)(status.BufferedBytes / _pageBytes);
    }

    private static byte[] Sized(byte[] payload)
    {
        Array.Resize(ref payload, Payload);
        return payload;
    }

    private static void Check(BatchReply reply)
    {
        if (reply.Refusal is { } refusal)
        {
            throw new BenchmarkException($"the publisher refused a message: {refusal}");
        }
    }

    private async Task StartAsync()
    {
        var recovered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var listener = system.ActorOf(Props.Create(() => new Listener(recovered)));
        system.EventStream.Subscribe(listener, typeof(JournalRecovered));
        _publisher = NatsPublishers.Get(system).Start(new PublisherSettings
        {
            Name = $"p{++_starts}",
            Connection = new ConnectionSettings { Servers = [server ?? Nowhere] },
            Buffer = new BufferSettings { MaxBytes = 2L << 30, MaxMessages = 2_000_000 },
            Durability = new DurabilitySettings { Journal = JournalConfigs.PluginId, PersistenceId = "publisher", PageBytes = _pageBytes, PagesInFlight = _pagesInFlight },
        });
        await recovered.Task.WaitAsync(Stage.Limit, TimeProvider.System);
    }

    private sealed class Sender(Schedule schedule) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is Ack ack)
            {
                schedule.Ended(int.Parse(ack.CorrelationId!));
            }
        }
    }

    private sealed class Listener(TaskCompletionSource recovered) : UntypedActor
    {
        protected override void OnReceive(object message) => recovered.TrySetResult();
    }
}
