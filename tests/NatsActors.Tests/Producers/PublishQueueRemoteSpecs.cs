using Akka.Actor;
using NatsActors.Specs;
using static NatsActors.Tests.Producers.QueueRecord;

namespace NatsActors.Tests.Producers;

/// <summary>The queue with a publisher of another system: batches and replies that are lost, late, or too large to leave.</summary>
public sealed class PublishQueueRemoteSpecs : ActorSpec
{
    private static readonly TimeSpan ReplyTimeout = TimeSpan.FromSeconds(20);

    private readonly QueueRecord _record = new();
    private readonly Probe _publisher;
    private readonly IActorRef _owner;

    public PublishQueueRemoteSpecs()
    {
        _publisher = CreateProbe();
        _publisher.IsRemote = true;
        _owner = ActorOf(QueueOwner.Props(_publisher, _record, new() { ReplyTimeout = ReplyTimeout }));
    }

    [Fact]
    public void A_batch_without_a_reply_is_told_again_and_the_first_reply_counts()
    {
        Offer("1", "2", "3");
        var batch = Expect("1");
        Advance(ReplyTimeout * 1.1);
        Assert.Equal(batch, Expect("1"));

        Reply(batch, 1);
        var next = Expect("2", "3");
        Reply(batch, 1);
        _publisher.ExpectNoMsg();
        Reply(next, 2);
        Advance(ReplyTimeout * 3);
        _publisher.ExpectNoMsg();
        Assert.Equal((0, 3L), (_record.Queue!.Count, _record.Queue.Accepted));
        Assert.Empty(_record.Others);
    }

    [Fact]
    public void A_batch_too_large_to_leave_is_told_in_parts_and_the_parts_stay_small()
    {
        Offer("10");
        Offer([.. Numbers(11, 18)]);
        Reply(Expect("10"), 1);

        Unsent(Expect([.. Numbers(11, 18)]), RejectReason.TooLargeForRemote);
        Reply(Expect("11", "12", "13", "14"), 4);
        Reply(Expect("15", "16", "17", "18"), 4);
        Offer([.. Numbers(19, 24)]);
        Reply(Expect("19"), 1);
        Reply(Expect("20", "21", "22", "23"), 4);
        Reply(Expect("24"), 1);
        Assert.Empty(_record.Rejected);
    }

    [Fact]
    public void The_one_message_that_cannot_leave_is_found_and_reported_and_batches_grow_again()
    {
        Offer("0");
        Offer("1", "2", "bad", "4", "5", "6", "7", "8");
        Reply(Expect("0"), 1);

        Unsent(Expect("1", "2", "bad", "4", "5", "6", "7", "8"), RejectReason.BadMessage);
        Unsent(Expect("1", "2", "bad", "4"), RejectReason.BadMessage);
        Reply(Expect("1", "2"), 2);
        Unsent(Expect("bad", "4", "5", "6"), RejectReason.BadMessage);
        Unsent(Expect("bad", "4"), RejectReason.BadMessage);
        Unsent(Expect("bad"), RejectReason.BadMessage);
        Reply(Expect("4"), 1);
        Reply(Expect("5", "6"), 2);
        Reply(Expect("7", "8"), 2);
        Assert.Equal("bad", Text(Assert.Single(_record.Rejected).Message));
    }

    private void Offer(params string[] payloads)
    {
        foreach (var payload in payloads)
        {
            _owner.Tell(Message(payload), ActorRefs.NoSender);
        }

        Settle();
    }

    private PublishBatch Expect(params string[] payloads)
    {
        var batch = _publisher.ExpectMsg<PublishBatch>();
        Assert.Equal(payloads, batch.Messages.Select(Text));
        return batch;
    }

    private void Reply(PublishBatch batch, int accepted) => Tell(new BatchReply(accepted, 1, null) { CorrelationId = batch.CorrelationId });

    private void Unsent(PublishBatch batch, RejectReason reason) =>
        Tell(new BatchReply(0, 0, new Rejected(reason, "why")) { CorrelationId = batch.CorrelationId });

    private void Tell(BatchReply reply)
    {
        _owner.Tell(reply, _publisher);
        Settle();
    }
}
