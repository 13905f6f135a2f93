using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.TestKit;
using NatsActors.Door;
using NatsActors.Testing;

namespace NatsActors.Tests.Streams;

/// <summary>The flow against a publisher that the test plays.</summary>
public sealed class FlowTests : PlayedPublisherTests
{
    [Fact]
    public void Results_come_in_the_order_of_the_elements_with_contexts_and_correlation_ids()
    {
        var (source, sink) = Run(10);
        sink.Request(10);
        AcceptOneAndThree(source);
        Tell(new Stored(3, "S", 9, true));
        Deliver(2, 4);
        sink.ExpectNoMsg(TimeSpan.FromMilliseconds(50));

        Tell(new Undelivered(1, UndeliveredReason.Expired) { Detail = "late" });

        Expect(sink, 1, new Undelivered(1, UndeliveredReason.Expired) { Detail = "late", CorrelationId = "c-1" });
        Expect(sink, 2, new Delivered(2) { CorrelationId = "c-2" });
        Expect(sink, 3, new Stored(3, "S", 9, true) { CorrelationId = "c-3" });
        Expect(sink, 4, new Delivered(4) { CorrelationId = "c-4" });
        source.SendComplete();
        sink.ExpectComplete();
    }

    [Fact]
    public void Messages_that_were_delivered_in_one_go_are_results_with_a_sequence_and_a_correlation_id_each()
    {
        var (source, sink) = Run(10);
        sink.Request(10);
        AcceptOneAndThree(source);

        Tell(new DeliveredRun(2, 3));
        Deliver(1);

        for (var i = 1; i <= 4; i++)
        {
            Expect(sink, i, new Delivered(i) { CorrelationId = $"c-{i}" });
        }
    }

    [Fact]
    public void A_refused_element_is_an_element_in_its_place_and_the_rest_goes_on()
    {
        var (source, sink) = Run(10);
        sink.Request(10);
        Push(source, 1);
        var first = Batch("1");
        Push(source, 2, 3);
        Reply(first);
        Reply(Batch("2", "3"), 0, Refusal(RejectReason.BadSubject));
        Reply(Batch("3"));
        Deliver(2, 1);

        Expect(sink, 1, new Delivered(1) { CorrelationId = "c-1" });
        Assert.Equal((new PublishResult(Refusal(RejectReason.BadSubject) with { CorrelationId = "c-2" }), 2), sink.ExpectNext());
        Expect(sink, 3, new Delivered(2) { CorrelationId = "c-3" });
    }

    [Fact]
    public void A_message_that_is_null_is_refused_in_its_place()
    {
        var (source, sink) = Run(10);
        sink.Request(10);
        source.SendNext((null!, 1));

        var (result, context) = sink.ExpectNext();
        Assert.Equal((RejectReason.BadMessage, 1), (result.Refusal?.Reason, context));
        Push(source, 2);
        Reply(Batch("2"));
        Deliver(1);
        Expect(sink, 2, new Delivered(1) { CorrelationId = "c-2" });
    }

    [Fact]
    public void A_message_that_cannot_be_read_keeps_its_place_among_those_that_are_collected()
    {
        var (source, sink) = Run(10);
        sink.Request(10);
        Push(source, 1);
        var first = Batch("1");
        Push(source, 2);
        source.SendNext((null!, 3));
        Push(source, 4);
        ExpectQuiet();
        Reply(first);
        Reply(Batch("2"));
        Reply(Batch("4"));
        Deliver(1, 2, 3);

        Expect(sink, 1, new Delivered(1) { CorrelationId = "c-1" });
        Expect(sink, 2, new Delivered(2) { CorrelationId = "c-2" });
        var (result, context) = sink.ExpectNext();
        Assert.Equal((RejectReason.BadMessage, 3), (result.Refusal?.Reason, context));
        Expect(sink, 4, new Delivered(3) { CorrelationId = "c-4" });
    }

    [Fact]
    public void When_the_publisher_has_ended_every_element_is_refused_and_the_flow_completes_with_its_stream()
    {
        var (source, sink) = Run(10);
        sink.Request(10);
        Push(source, 1);
        Reply(Batch("1"));
        Push(source, 2);
        Reply(Batch("2"), 0, Refusal(RejectReason.Closed));
        Push(source, 3);
        source.SendComplete();
        Deliver(1);

        Expect(sink, 1, new Delivered(1) { CorrelationId = "c-1" });
        Assert.Equal((new PublishResult(Refusal(RejectReason.Closed) with { CorrelationId = "c-2" }), 2), sink.ExpectNext());
        Assert.Equal((new PublishResult(Refusal(RejectReason.Closed) with { CorrelationId = "c-3" }), 3), sink.ExpectNext());
        sink.ExpectComplete();
        // The publisher was told once.
        ExpectQuiet();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void No_more_elements_are_inside_than_the_parallelism(int parallelism)
    {
        var pulled = 0;
        var sink = Source.From(Counted()).Via(NatsFlow.Publish<int>(Publisher.Ref, parallelism)).RunWith(this.SinkProbe<(PublishResult, int)>(), Materializer);
        sink.Request(1000);
        var (told, delivered) = (0, 0);
        for (var turn = 0; turn < 4; turn++)
        {
            IActorRef stage = ActorRefs.Nobody;
            // The first batch comes however long it takes, and the others at once.
            for (var batch = Publisher.ExpectMsg<PublishBatch>();
                batch is not null;
                batch = (PublishBatch?)Publisher.ReceiveOne(TimeSpan.FromMilliseconds(100)))
            {
                stage = Publisher.LastSender;
                stage.Tell(new BatchReply(batch.Messages.Count, told + 1, null) { CorrelationId = batch.CorrelationId });
                told += batch.Messages.Count;
            }

            Assert.InRange(told - delivered, 1, parallelism);
            // The source makes one more than the stage has pulled.
            Assert.InRange(Volatile.Read(ref pulled), told, delivered + parallelism + 1);
            while (delivered < told)
            {
                stage.Tell(new Delivered(++delivered));
                Assert.Equal(delivered, sink.ExpectNext().Item2);
            }
        }

        IEnumerable<(Publish, int)> Counted()
        {
            for (var i = 1; ; i++)
            {
                Volatile.Write(ref pulled, i);
                yield return (Message($"{i}"), i);
            }
        }
    }

    [Fact]
    public void A_cancelled_flow_ends_at_once_and_tells_nothing_more()
    {
        var (source, sink) = Run(10);
        sink.Request(1);
        Push(source, 1);
        var first = Batch("1");
        Push(source, 2);

        sink.Cancel();

        source.ExpectCancellation();
        Reply(first);
        Deliver(1);
        ExpectQuiet();
    }

    [Fact]
    public void A_failure_of_the_stream_passes_at_once()
    {
        var (source, sink) = Run(10);
        sink.Request(1);
        Push(source, 1);
        Reply(Batch("1"));
        var cause = new InvalidOperationException("upstream");

        source.SendError(cause);

        Assert.Same(cause, sink.ExpectError());
    }

    [Fact]
    public async Task A_flow_with_context_carries_the_context()
    {
        var results = SourceWithContext.FromTuples(Source.From([(Message("1"), 7), (Message("2"), 8)]))
            .Via(NatsFlow.PublishWithContext<int>(Publisher.Ref, 10))
            .AsSource().RunWith(Sink.Seq<(PublishResult Result, int Offset)>(), Materializer);
        Reply(Batch("1"));
        Reply(Batch("2"));
        Deliver(1, 2);

        Assert.Equal([7, 8], (await results.WaitAsync(Until.DefaultTimeout)).Select(each => each.Offset));
    }

    private (TestPublisher.Probe<(Publish, int)> Source, TestSubscriber.Probe<(PublishResult, int)> Sink) Run(int parallelism) =>
        this.SourceProbe<(Publish, int)>().Via(NatsFlow.Publish<int>(Publisher.Ref, parallelism))
            .ToMaterialized(this.SinkProbe<(PublishResult, int)>(), Keep.Both).Run(Materializer);

    /// <summary>Four elements, which the publisher has accepted as a batch of one and a batch of three.</summary>
    private void AcceptOneAndThree(TestPublisher.Probe<(Publish, int)> source)
    {
        Push(source, 1);
        var first = Batch("1");
        Push(source, 2, 3, 4);
        Reply(first);
        Reply(Batch("2", "3", "4"));
    }

    private static void Push(TestPublisher.Probe<(Publish, int)> source, params int[] numbers)
    {
        foreach (var number in numbers)
        {
            source.SendNext((Message($"{number}"), number));
        }
    }

    private static void Expect(TestSubscriber.Probe<(PublishResult, int)> sink, int context, Outcome outcome) =>
        Assert.Equal((new PublishResult(outcome), context), sink.ExpectNext());
}
