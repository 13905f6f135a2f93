using Akka.Actor;
using Akka.Streams.Dsl;
using Akka.Streams.TestKit;
using Akka.TestKit;
using NatsActors.Testing;

namespace NatsActors.Tests.Streams;

/// <summary>The sink with a publisher of another system, on the way to and from which messages are lost.</summary>
public sealed class RemoteSinkTests : PlayedPublisherTests
{
    private static readonly TimeSpan ReplyTimeout = TimeSpan.FromSeconds(20);

    private readonly TestPublisher.Probe<Publish> _source;
    private readonly Task<PublishCounts> _counts;

    public RemoteSinkTests() => (_source, _counts) = this.SourceProbe<Publish>()
        .ToMaterialized(NatsSink.PublishAndCount(new FarRef(Publisher), new() { ReplyTimeout = ReplyTimeout }), Keep.Both).Run(Materializer);

    [Fact]
    public async Task A_batch_without_a_reply_is_told_again_and_the_first_reply_counts()
    {
        _source.SendNext(Message("1"));
        var batch = Batch("1");
        Advance(ReplyTimeout * 1.1);
        Assert.Equal(batch.CorrelationId, Batch("1").CorrelationId);

        Reply(batch);
        // The publisher has accepted it twice.
        Tell(new BatchReply(1, 2, null) { CorrelationId = batch.CorrelationId });
        _source.SendComplete();
        Deliver(2);
        ExpectQuiet();
        Assert.False(_counts.IsCompleted);
        Deliver(1);

        Assert.Equal(new PublishCounts { Delivered = 1 }, await _counts.WaitAsync(Until.DefaultTimeout));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_batch_that_was_told_twice_and_is_refused_at_the_end_may_have_been_accepted_and_the_failure_says_so(bool toldTwice)
    {
        var (source, done) = this.SourceProbe<Publish>()
            .ToMaterialized(NatsSink.Publish(new FarRef(Publisher), new() { ReplyTimeout = ReplyTimeout }), Keep.Both).Run(Materializer);
        source.SendNext(Message("1"));
        var batch = Batch("1");
        if (toldTwice)
        {
            Advance(ReplyTimeout * 1.1);
            Batch("1");
        }

        Reply(batch, 0, Refusal(RejectReason.Draining));

        var failure = await Assert.ThrowsAsync<PublishFailedException>(() => done.WaitAsync(Until.DefaultTimeout));
        Assert.Equal(toldTwice ? "why; the message may have been accepted, because its batch was told before" : "why", failure.Result.Refusal?.Detail);
    }

    [Fact]
    public async Task An_outcome_that_was_lost_is_indeterminate_once_the_publisher_says_that_all_have_ended()
    {
        _source.SendNext(Message("1"));
        Reply(Batch("1"));
        _source.SendComplete();
        ExpectQuiet();

        Advance(ReplyTimeout * 1.1);
        Assert.Equal(new Flush(ReplyTimeout), Publisher.ExpectMsg<Flush>());
        Tell(new Flushed(false, 1));
        ExpectQuiet();
        Assert.False(_counts.IsCompleted);
        Advance(ReplyTimeout * 2.2);
        Publisher.ExpectMsg<Flush>();
        Tell(new Flushed(true, 0));

        Assert.Equal(new PublishCounts { Undelivered = 1 }, await _counts.WaitAsync(Until.DefaultTimeout));
    }

    [Fact]
    public async Task A_batch_that_cannot_leave_as_a_whole_is_told_in_parts_until_the_one_at_fault_is_found()
    {
        _source.SendNext(Message("0"));
        var first = Batch("0");
        foreach (var text in (string[])["1", "bad", "3"])
        {
            _source.SendNext(Message(text));
        }

        ExpectQuiet();
        Reply(first);
        Reply(Batch("1", "bad", "3"), 0, Refusal(RejectReason.TooLargeForRemote));
        Reply(Batch("1"));
        Reply(Batch("bad"), 0, Refusal(RejectReason.TooLargeForRemote));
        Reply(Batch("3"));
        _source.SendComplete();
        Deliver(1, 2, 3);

        Assert.Equal(new PublishCounts { Delivered = 3, Refused = 1 }, await _counts.WaitAsync(Until.DefaultTimeout));
    }

    /// <summary>Not a reference of this system's actors.</summary>
    private sealed class FarRef(TestProbe probe) : MinimalActorRef
    {
        public override ActorPath Path => probe.Ref.Path;

        public override IActorRefProvider Provider => ((IInternalActorRef)probe.Ref).Provider;

        protected override void TellInternal(object message, IActorRef sender) => probe.Ref.Tell(message, sender);
    }
}
