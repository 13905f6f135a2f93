using System.Globalization;
using Akka.Actor;
using NatsActors.Testing;
using NatsActors.Tests.Contract;

namespace NatsActors.Tests.Producers;

/// <summary>Queues of several actors against a real nats-server that is killed; a client of its own reads what the stream has.</summary>
public sealed class PublishQueueServerTests
{
    private const int Messages = 10_000;

    private static readonly PublishQueueSettings Settings = new() { MaxMessages = 500 };

    [Theory]
    [InlineData("reject")]
    [InlineData("wait")]
    public async Task Queues_on_a_small_buffer_keep_every_order_over_an_outage(string overflow)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await CreateStreamAsync(server);
        await using var test = new TestSystem(TestSystem.To(
            server, $"delivery.confirm = jetstream, buffer {{ max-messages = 1000, overflow = {overflow}, wait-max-messages = 300 }}"));
        var publisher = test.Publishers.Publisher();
        await test.EventAsync<Connected>();
        var producers = StartProducers(test.System, publisher, 4, Messages);

        await Until.TrueAsync(() => producers.All(each => each.Offered > Messages / 10), TimeSpan.FromSeconds(60));
        await server.KillAsync();
        await test.EventAsync<OverflowStarted>();
        await server.RestartAsync();

        await Until.TrueAsync(() => producers.All(each => each.Accepted == Messages), TimeSpan.FromSeconds(60));
        Assert.True((await publisher.Ask<Flushed>(new Flush(TimeSpan.FromSeconds(60)))).Completed);
        await AssertOrderAsync(server, producers.Count, Messages);
        var totals = (await publisher.Ask<PublisherStatus>(GetStatus.Instance)).Totals;
        Assert.Equal(producers.Count * Messages, totals.Accepted);
        Assert.True(totals.Refused > 0, "no queue was refused: the run shows nothing");
    }

    [Fact]
    public async Task Queues_work_when_every_message_is_serialized()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await CreateStreamAsync(server);
        await using var test = new TestSystem(
            "akka.actor { serialize-messages = on, serialize-creators = on }\n"
            + TestSystem.To(server, "delivery.confirm = jetstream, buffer.max-messages = 100"));
        var producers = StartProducers(test.System, test.Publishers.Publisher(), 2, 1000);

        await Until.TrueAsync(() => producers.All(each => each.Accepted == 1000), TimeSpan.FromSeconds(60));
        await test.Publishers.Publisher().Ask<Flushed>(new Flush(TimeSpan.FromSeconds(60)));
        await AssertOrderAsync(server, 2, 1000);
        Assert.DoesNotContain(test.Log, line => line.StartsWith("Error", StringComparison.Ordinal) && !line.Contains("the buffer is full", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_queue_of_another_system_keeps_its_order_with_batches_beyond_a_frame()
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await CreateStreamAsync(server);
        await using var publishers = ContractSystem.Remote("publishers", TestSystem.To(server, "delivery.confirm = jetstream, buffer.max-messages = 100"));
        await using var senders = ContractSystem.Remote("senders");
        var local = NatsPublishers.Get(publishers.System).Publisher();
        var publisher = await senders.ResolveAsync(publishers, local);

        // A batch of 256 such messages has 768,000 bytes; a frame of Akka.Remote has 128,000.
        var producers = StartProducers(senders.System, publisher, 2, 1000, padding: 3000);

        await Until.TrueAsync(() => producers.All(each => each.Accepted == 1000), TimeSpan.FromSeconds(60));
        await local.Ask<Flushed>(new Flush(TimeSpan.FromSeconds(60)));
        await AssertOrderAsync(server, 2, 1000);
        Assert.All(producers, each => Assert.Equal(0, each.Rejected));
    }

    private static async Task CreateStreamAsync(NatsServer server)
    {
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await new StreamAdmin(reader).CreateAsync("P", ["p.>"]);
    }

    private static List<ProducerCounts> StartProducers(ActorSystem system, IActorRef publisher, int count, int messages, int padding = 0) =>
        [.. Enumerable.Range(0, count).Select(number =>
        {
            var counts = new ProducerCounts();
            system.ActorOf(Props.Create(() => new NumbersProducer(publisher, $"p.{number}", messages, padding, counts)).WithDeploy(Deploy.Local));
            return counts;
        })];

    private static async Task AssertOrderAsync(NatsServer server, int producers, int messages)
    {
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        var stored = new Dictionary<string, List<int>>();
        await foreach (var message in new StreamAdmin(reader).ReadAllAsync("P"))
        {
            if (!stored.TryGetValue(message.Subject, out var own))
            {
                stored[message.Subject] = own = [];
            }

            own.Add(int.Parse(message.Text, CultureInfo.InvariantCulture));
        }

        Assert.Equal(producers, stored.Count);
        Assert.All(stored.Values, numbers => Assert.Equal(Enumerable.Range(1, messages), numbers));
    }

    private sealed class ProducerCounts
    {
        private long _accepted;
        private int _offered;
        private int _rejected;

        public long Accepted
        {
            get => Volatile.Read(ref _accepted);
            set => Volatile.Write(ref _accepted, value);
        }

        public int Offered
        {
            get => Volatile.Read(ref _offered);
            set => Volatile.Write(ref _offered, value);
        }

        public int Rejected => Volatile.Read(ref _rejected);

        public void CountRejected() => Interlocked.Increment(ref _rejected);
    }

    /// <summary>Offers 1, 2, 3, ... as fast as its queue takes them.</summary>
    private sealed class NumbersProducer : UntypedActor
    {
        private readonly PublishQueue _queue;
        private readonly ProducerCounts _counts;
        private readonly string _subject;
        private readonly int _messages;
        private readonly int _padding;

        public NumbersProducer(IActorRef publisher, string subject, int messages, int padding, ProducerCounts counts)
        {
            (_subject, _messages, _padding, _counts) = (subject, messages, padding, counts);
            _queue = PublishQueue.Create(Context, publisher, (_, _) => _counts.CountRejected(), Settings);
        }

        protected override void PreStart() => Fill();

        protected override void OnReceive(object message)
        {
            if (_queue.TryHandle(message))
            {
                _counts.Accepted = _queue.Accepted;
                Fill();
                return;
            }

            Unhandled(message);
        }

        private void Fill()
        {
            while (_counts.Offered < _messages && _queue.TryOffer(Next(_counts.Offered + 1), out _))
            {
                _counts.Offered++;
            }
        }

        private Publish Next(int number) => Publish.Text(_subject, number.ToString(CultureInfo.InvariantCulture).PadLeft(_padding, '0'));
    }
}
