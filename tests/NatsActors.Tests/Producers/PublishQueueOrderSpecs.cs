using Akka.Actor;
using NatsActors.Links;
using NatsActors.Specs;

namespace NatsActors.Tests.Producers;

/// <summary>Several queues on one publisher with a small buffer, through refusals, outages and crashes at random points.</summary>
public sealed class PublishQueueOrderSpecs
{
    [Fact]
    public void Every_message_is_accepted_once_and_in_order_over_outages_and_crashes() =>
        Assert.All(Enumerable.Range(1, 40), seed =>
        {
            using var run = new Run(new Random(seed));
            run.Play();
        });

    [Fact]
    public void Outcomes_come_to_the_actor_of_the_queue()
    {
        using var run = new Run(new Random(1));
        run.Outcomes();
    }

    [Fact]
    public void A_drain_reports_what_the_publisher_does_not_accept_any_more()
    {
        using var run = new Run(new Random(1));
        run.Drain();
    }

    private sealed class Run : ActorSpec
    {
        private const int Producers = 3;
        private const int Messages = 60;

        private readonly List<(IActorRef Owner, QueueRecord Record)> _producers = [];
        private readonly Random _random;

        public Run(Random random)
            : base(random) => _random = random;

        public void Play()
        {
            var link = StartConnected();
            StartProducers();
            var offered = new int[Producers];
            while (offered.Any(count => count < Messages))
            {
                var producer = _random.Next(Producers);
                for (var i = _random.Next(1, 15); i > 0 && offered[producer] < Messages; i--)
                {
                    _producers[producer].Owner.Tell(Message($"{++offered[producer]}", $"p{producer}"), ActorRefs.NoSender);
                }

                link = Disturb(link);
            }

            Finish(link);
            var frames = Links.Opened.SelectMany(each => each.Frames).ToLookup(frame => frame.Sequence).Select(copies => copies.First());
            foreach (var (producer, own) in frames.OrderBy(frame => frame.Sequence).ToLookup(frame => frame.Subject).Select(own => (own.Key, own)))
            {
                Assert.Equal(Numbers(1, Messages), own.Select(frame => frame.Payload));
            }

            Assert.Equal(Producers * Messages, Status().Totals.Accepted);
            Assert.True(Status().Totals.Refused > 0, "no queue was refused: the run shows nothing");
            Assert.All(_producers, each => Assert.Equal((0, (long)Messages, 0), (each.Record.Queue!.Count, each.Record.Queue.Accepted, each.Record.Refused.Count)));
        }

        public void Outcomes()
        {
            var link = StartConnected();
            StartProducers();
            foreach (var number in Numbers(1, 30))
            {
                _producers[0].Owner.Tell(Message(number) with { CorrelationId = number, WantsOutcome = true });
            }

            Finish(link);
            Assert.Equal(Numbers(1, 30), _producers[0].Record.Others.Cast<Delivered>().Select(outcome => outcome.CorrelationId));
        }

        public void Drain()
        {
            StartPublisher();
            StartProducers();
            foreach (var number in Numbers(1, 30))
            {
                _producers[0].Owner.Tell(Message(number));
            }

            Settle();
            Tell(new Drain(TimeSpan.FromMinutes(1)));
            Advance(TimeSpan.FromSeconds(6));

            var record = _producers[0].Record;
            Assert.Equal(Numbers(11, 30), record.Rejected.Select(each => QueueRecord.Text(each.Message)));
            Assert.All(record.Rejected, each => Assert.Equal(RejectReason.Draining, each.Why.Reason));
        }

        private void StartProducers()
        {
            for (var i = 0; i < Producers; i++)
            {
                var record = new QueueRecord();
                _producers.Add((ActorOf(QueueOwner.Props(Publisher, record)), record));
            }
        }

        private FakeLink Disturb(FakeLink link)
        {
            switch (_random.Next(8))
            {
                case 0:
                    return Reconnect(link);
                case 1:
                    Crash("buffer");
                    return Reconnect(link);
                case 2:
                    Write(link);
                    return Reconnect(link, LinkLossKind.Timeout);
                case 3 or 4:
                    Serve(link);
                    return link;
                default:
                    Settle();
                    return link;
            }
        }

        private void Finish(FakeLink link)
        {
            for (var i = 0; i < 100 && (Status().BufferedMessages > 0 || _producers.Exists(each => each.Record.Queue!.Count > 0)); i++)
            {
                Serve(link);
            }
        }
    }
}
