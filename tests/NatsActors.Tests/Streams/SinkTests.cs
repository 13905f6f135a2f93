using Akka;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.TestKit;
using NatsActors.Testing;

namespace NatsActors.Tests.Streams;

/// <summary>The sink against a publisher that the test plays.</summary>
public sealed class SinkTests : PlayedPublisherTests
{
    [Fact]
    public async Task One_batch_is_under_way_and_the_task_waits_for_every_outcome()
    {
        var (source, done) = Run();
        Push(source, "1");
        var first = Batch("1");
        Push(source, "2", "3", "4");
        ExpectQuiet();
        Reply(first);
        Reply(Batch("2", "3", "4"));
        source.SendComplete();
        Deliver(1, 2, 4);
        ExpectQuiet();
        Assert.False(done.IsCompleted);

        Deliver(3);

        await done.WaitAsync(Until.DefaultTimeout);
        // No flush, no drain: the publisher is not the sink's own.
        ExpectQuiet();
    }

    [Fact]
    public async Task After_BufferFull_the_rest_goes_first_and_nothing_more_is_pulled()
    {
        var pulled = 0;
        var done = Source.From(Counted()).RunWith(NatsSink.Publish(Publisher.Ref), Materializer);
        var first = Batch("1");
        // The stage collects 256 while the batch is under way, and the source has made one more.
        await Until.TrueAsync(() => Volatile.Read(ref pulled) == 257);
        Reply(first, 0, Full);
        ExpectQuiet();

        Tell(Capacity);
        var batch = Publisher.ExpectMsg<PublishBatch>();
        Assert.Equal(Specs.ActorSpec.Numbers(1, 256), batch.Messages.Select(Text));
        Reply(batch, 3, Full);
        ExpectQuiet();
        Assert.InRange(Volatile.Read(ref pulled), 257, 260);

        Tell(Capacity);
        for (var (next, accepted) = (4, 3L); accepted < 1000;)
        {
            batch = Publisher.ExpectMsg<PublishBatch>();
            Assert.Equal(Specs.ActorSpec.Numbers(next, next + batch.Messages.Count - 1), batch.Messages.Select(Text));
            Reply(batch);
            next += batch.Messages.Count;
            accepted += batch.Messages.Count;
        }

        Deliver([.. Enumerable.Range(1, 1000).Select(static sequence => (long)sequence)]);
        await done.WaitAsync(Until.DefaultTimeout);

        IEnumerable<Publish> Counted()
        {
            for (var i = 1; i <= 1000; i++)
            {
                Interlocked.Increment(ref pulled);
                yield return Message($"{i}");
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_CapacityAvailable_and_a_journal_that_is_down_cost_the_retry_time(bool journalDown)
    {
        PublishReply refusal = journalDown ? Refusal(RejectReason.NotDurable) : Full;
        var (source, done) = Run();
        Push(source, "1");
        var first = Batch("1");
        Push(source, "2", "3");
        Reply(first, 0, refusal);
        ExpectQuiet();
        Advance(RetryAfter * 0.9);
        ExpectQuiet();

        Advance(RetryAfter * 0.2);
        // One element finds out.
        Reply(Batch("1"), 0, refusal);
        ExpectQuiet();
        Advance(RetryAfter * 1.1);
        Reply(Batch("1"));
        Reply(Batch("2", "3"));
        source.SendComplete();
        Deliver(1, 2, 3);
        await done.WaitAsync(Until.DefaultTimeout);
    }

    [Fact]
    public async Task The_first_undelivered_element_fails_the_sink_and_cancels_the_stream()
    {
        var (source, done) = Run();
        Push(source, "1");
        Reply(Batch("1"));
        Push(source, "secret");
        Reply(Batch("secret"));
        Deliver(1);

        Tell(new Undelivered(2, UndeliveredReason.PermissionDenied) { Detail = "the server's words" });

        var failure = await Assert.ThrowsAsync<PublishFailedException>(() => done.WaitAsync(Until.DefaultTimeout));
        Assert.Equal((2L, 2L, "c-secret"), (failure.Element, failure.Sequence, failure.CorrelationId));
        Assert.Equal((UndeliveredReason.PermissionDenied, null), (failure.UndeliveredReason, failure.RejectReason));
        Assert.Equal(new PublishCounts { Delivered = 1, Undelivered = 1 }, failure.Counts);
        Assert.Equal(
            "Element 2 of the stream, sequence 2, correlation id 'c-secret' was not delivered: PermissionDenied (the server's words)", failure.Message);
        source.ExpectCancellation();
    }

    [Fact]
    public async Task The_first_refused_element_fails_the_sink()
    {
        var (source, done) = Run();
        Push(source, "1");
        Reply(Batch("1"), 0, Refusal(RejectReason.BadSubject));

        var failure = await Assert.ThrowsAsync<PublishFailedException>(() => done.WaitAsync(Until.DefaultTimeout));
        Assert.Equal((1L, 0L, "c-1"), (failure.Element, failure.Sequence, failure.CorrelationId));
        Assert.Equal((null, RejectReason.BadSubject), (failure.UndeliveredReason, failure.RejectReason));
        Assert.Equal("Element 1 of the stream, correlation id 'c-1' was refused: BadSubject (why)", failure.Message);
        source.ExpectCancellation();
    }

    [Fact]
    public async Task A_sink_that_counts_goes_on_behind_undelivered_and_refused_elements()
    {
        var (source, counts) = RunCounting();
        Push(source, "1");
        var first = Batch("1");
        Push(source, "bad", "3", "4");
        Reply(first);
        Reply(Batch("bad", "3", "4"), 0, Refusal(RejectReason.BadSubject));
        Reply(Batch("3", "4"));
        source.SendComplete();
        Tell(new Undelivered(1, UndeliveredReason.Expired));
        Tell(new Stored(2, "S", 7, false));
        Deliver(3);

        Assert.Equal(new PublishCounts { Delivered = 1, Stored = 1, Undelivered = 1, Refused = 1 }, await counts.WaitAsync(Until.DefaultTimeout));
    }

    [Theory]
    [InlineData(RejectReason.Draining)]
    [InlineData(RejectReason.Closed)]
    public async Task A_publisher_that_ends_fails_a_sink_at_once_and_one_that_counts_behind_the_last_outcome(RejectReason reason)
    {
        var (source, done) = Run();
        Push(source, "1");
        Reply(Batch("1"), 0, Refusal(reason));
        Assert.Equal(reason, (await Assert.ThrowsAsync<PublishFailedException>(() => done.WaitAsync(Until.DefaultTimeout))).RejectReason);
        source.ExpectCancellation();

        var (counted, counts) = RunCounting();
        Push(counted, "1");
        var first = Batch("1");
        Push(counted, "2", "3", "4");
        Reply(first);
        Reply(Batch("2", "3", "4"), 1, Refusal(reason));
        counted.ExpectCancellation();
        Deliver(1);
        ExpectQuiet();
        Assert.False(counts.IsCompleted);
        Deliver(2);

        var failure = await Assert.ThrowsAsync<PublishFailedException>(() => counts.WaitAsync(Until.DefaultTimeout));
        Assert.Equal((3L, reason, new PublishCounts { Delivered = 2, Refused = 2 }), (failure.Element, failure.RejectReason, failure.Counts));
    }

    [Fact]
    public async Task A_publisher_that_stops_gets_the_retry_time_to_tell_the_last_outcomes()
    {
        var (source, counts) = RunCounting();
        Push(source, "1");
        var first = Batch("1");
        Push(source, "2");
        Reply(first);
        Reply(Batch("2"));
        var stage = Stage;
        Sys.Stop(Publisher.Ref);
        await Until.TrueAsync(() => ((ActorRefWithCell)Publisher.Ref).Underlying.IsTerminated);
        stage.Tell(new Delivered(1));
        Push(source, "3");
        await Task.Yield();
        Assert.False(counts.IsCompleted);

        await Until.TrueAsync(() =>
        {
            // The stage may hear of the end behind a step of the clock.
            Advance(RetryAfter * 1.1);
            return counts.IsCompleted;
        });

        var failure = await Assert.ThrowsAsync<PublishFailedException>(() => counts);
        Assert.Equal(RejectReason.Closed, failure.RejectReason);
        Assert.Equal(new PublishCounts { Delivered = 1, Undelivered = 1, Refused = 1 }, failure.Counts);
    }

    [Fact]
    public async Task A_failure_of_the_stream_fails_the_task_at_once()
    {
        var (source, done) = Run();
        Push(source, "1");
        Reply(Batch("1"));
        var cause = new InvalidOperationException("upstream");

        source.SendError(cause);

        Assert.Same(cause, await Assert.ThrowsAsync<InvalidOperationException>(() => done.WaitAsync(Until.DefaultTimeout)));
        Deliver(1);
        ExpectQuiet();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_end_of_the_materializer_fails_the_task(bool behindTheLastElement)
    {
        var own = ActorMaterializer.Create(Sys);
        var (source, done) = this.SourceProbe<Publish>().ToMaterialized(NatsSink.Publish(Publisher.Ref), Keep.Both).Run(own);
        Push(source, "1");
        Reply(Batch("1"));
        if (behindTheLastElement)
        {
            source.SendComplete();
            ExpectQuiet();
        }

        own.Shutdown();

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => done.WaitAsync(Until.DefaultTimeout));
        Assert.True(failure is AbruptTerminationException or AbruptStageTerminationException, failure.ToString());
    }

    [Fact]
    public async Task One_sink_materialised_twice_is_two_streams()
    {
        var sink = this.SourceProbe<Publish>().ToMaterialized(NatsSink.Publish(Publisher.Ref), Keep.Both);
        var (first, firstDone) = sink.Run(Materializer);
        Push(first, "1");
        var batch = Batch("1");
        var firstStage = Stage;
        var (second, secondDone) = sink.Run(Materializer);
        Push(second, "2");
        Reply(Batch("2"));
        Assert.NotEqual(firstStage, Stage);
        second.SendComplete();
        Deliver(1);
        await secondDone.WaitAsync(Until.DefaultTimeout);
        Assert.False(firstDone.IsCompleted);

        first.SendComplete();
        firstStage.Tell(new BatchReply(1, 2, null) { CorrelationId = batch.CorrelationId });
        // The sequence of the other stream.
        firstStage.Tell(new Delivered(1));
        firstStage.Tell(new Delivered(2));
        await firstDone.WaitAsync(Until.DefaultTimeout);
    }

    [Fact]
    public void An_empty_stream_completes_and_tells_nothing()
    {
        Assert.True(Source.Empty<Publish>().RunWith(NatsSink.Publish(Publisher.Ref), Materializer).Wait(Until.DefaultTimeout));
        ExpectQuiet();
    }

    [Fact]
    public void Null_Nobody_and_bad_settings_are_refused_before_anything_runs()
    {
        Assert.Throws<ArgumentNullException>(() => NatsSink.Publish(null!));
        Assert.Equal("publisher", Assert.Throws<ArgumentException>(() => NatsSink.PublishAndCount(ActorRefs.Nobody)).ParamName);
        Assert.Equal("publisher", Assert.Throws<ArgumentException>(() => NatsFlow.Publish<int>(ActorRefs.Nobody, 1)).ParamName);
        Assert.Throws<ArgumentOutOfRangeException>(() => NatsFlow.Publish<int>(Publisher.Ref, 0));
        var bad = new PublishStreamSettings { BatchMessages = 257, MaxBytes = 0, RetryAfter = TimeSpan.Zero, ReplyTimeout = TimeSpan.MaxValue };
        var error = Assert.Throws<SettingsException>(() => NatsSink.Publish(Publisher.Ref, bad));
        Assert.All(["BatchMessages: '257'; must be from 1 to 256", "MaxBytes", "RetryAfter", "ReplyTimeout"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Collected_bytes_are_bounded()
    {
        var pulled = 0;
        var settings = new PublishStreamSettings { MaxBytes = 10_000 };
        _ = Source.From(Large()).RunWith(NatsSink.Publish(Publisher.Ref, settings), Materializer);
        Publisher.ExpectMsg<PublishBatch>();
        ExpectQuiet();

        // 1,033 bytes each; the source has made one more than the stage has pulled.
        await Until.TrueAsync(() => Volatile.Read(ref pulled) == 11);
        ExpectQuiet();
        Assert.Equal(11, Volatile.Read(ref pulled));

        IEnumerable<Publish> Large()
        {
            while (true)
            {
                Interlocked.Increment(ref pulled);
                yield return new Publish("s", new byte[1000]);
            }
        }
    }

    private (TestPublisher.Probe<Publish> Source, Task<Done> Done) Run() =>
        this.SourceProbe<Publish>().ToMaterialized(NatsSink.Publish(Publisher.Ref), Keep.Both).Run(Materializer);

    private (TestPublisher.Probe<Publish> Source, Task<PublishCounts> Counts) RunCounting() =>
        this.SourceProbe<Publish>().ToMaterialized(NatsSink.PublishAndCount(Publisher.Ref), Keep.Both).Run(Materializer);

    private static void Push(TestPublisher.Probe<Publish> source, params string[] texts)
    {
        foreach (var text in texts)
        {
            source.SendNext(Message(text));
        }
    }
}
