using NatsActors.Actors;

namespace NatsActors.Specs;

/// <summary>The bound on what waits in front of the buffer actor.</summary>
public class MailboxSpecs : ActorSpec
{
    private static readonly PublisherSettings Bounded =
        With(b => b with { MaxMessages = 1000, MaxMailboxMessages = 100, MaxMailboxBytes = 1024 * 1024 });

    [Fact]
    public void A_flood_that_the_actor_cannot_keep_up_with_is_refused_where_it_comes_from()
    {
        var events = Events<NatsEvent>();
        StartPublisher(Bounded);
        var (buffer, sender) = (Child(Publisher, "buffer"), CreateProbe());
        events.TakeAll();
        using (Block(buffer))
        {
            for (var i = 0; i < 5000; i++)
            {
                buffer.Tell(Message($"{i}") with { CorrelationId = $"{i}" }, sender.Ref);
            }

            var refused = sender.TakeAll().Cast<BufferFull>().ToList();
            Assert.InRange(refused.Count, 4899, 4900);
            Assert.All(refused, full => Assert.Equal(BufferLimit.Mailbox, full.Limit));
            Assert.Equal("4999", refused[^1].CorrelationId);
        }

        var replies = sender.TakeAll();
        Assert.InRange(replies.OfType<Ack>().Count(), 100, 101);
        Assert.Single(replies.OfType<CapacityAvailable>());
        var totals = Status().Totals;
        Assert.Equal(5000, totals.Accepted + totals.Refused);
        var told = events.TakeAll();
        Assert.Equal(BufferLimit.Mailbox, told.OfType<OverflowStarted>().Single().Limit);
        Assert.Equal(totals.Refused, told.OfType<OverflowEnded>().Single().Refused);
    }

    [Fact]
    public void The_bytes_that_wait_are_bounded_too()
    {
        StartPublisher(Bounded);
        var (buffer, sender) = (Child(Publisher, "buffer"), CreateProbe());
        using (Block(buffer))
        {
            for (var i = 0; i < 50; i++)
            {
                buffer.Tell(new Publish("s", new byte[100_000]), sender.Ref);
            }

            Assert.InRange(sender.TakeAll().OfType<BufferFull>().Count(), 39, 40);
        }
    }

    [Fact]
    public void A_batch_counts_as_its_messages_and_is_refused_as_a_whole()
    {
        StartPublisher(Bounded);
        var (buffer, sender) = (Child(Publisher, "buffer"), CreateProbe());
        var batch = new PublishBatch([.. Numbers(1, 60).Select(n => Message(n))]) { CorrelationId = "b" };
        using (Block(buffer))
        {
            buffer.Tell(batch, sender.Ref);
            buffer.Tell(batch, sender.Ref);
            var refused = sender.ExpectMsg<BatchReply>();
            Assert.Equal((0, "b"), (refused.Accepted, refused.CorrelationId));
            Assert.Equal(BufferLimit.Mailbox, Assert.IsType<BufferFull>(refused.Refusal).Limit);
        }

        Assert.Equal(60, sender.ExpectMsg<BatchReply>().Accepted);
    }

    [Fact]
    public void Empty_batches_take_a_place_and_are_answered_beyond_the_bound()
    {
        StartPublisher(Bounded);
        var (buffer, sender) = (Child(Publisher, "buffer"), CreateProbe());
        using (Block(buffer))
        {
            for (var i = 0; i < 150; i++)
            {
                buffer.Tell(new PublishBatch([]), sender.Ref);
            }

            Assert.InRange(sender.TakeAll().Cast<BatchReply>().Count(reply => reply.Refusal is null), 49, 50);
        }

        Assert.InRange(sender.TakeAll().Cast<BatchReply>().Count(reply => reply.Refusal is null), 100, 101);
        Assert.Equal(0, Status().Totals.Refused);
    }

    [Fact]
    public void A_batch_larger_than_the_bound_is_taken_when_nothing_else_waits()
    {
        StartPublisher(Bounded);
        Assert.Equal(200, Ask<BatchReply>(new PublishBatch([.. Numbers(1, 200).Select(n => Message(n))])).Accepted);
    }

    [Fact]
    public void A_batch_whose_list_is_used_again_after_the_reply_leaves_no_trace_in_the_count()
    {
        StartConnected(Bounded);
        var probe = CreateProbe();
        for (var i = 0; i < 50; i++)
        {
            Tell(new PublishBatch(new Reused([.. Numbers(1, 5).Select(n => Message(n))])), probe);
            Assert.Equal(5, probe.ExpectMsg<BatchReply>().Accepted);
        }

        var (buffer, sender) = (Child(Publisher, "buffer"), CreateProbe());
        using (Block(buffer))
        {
            for (var i = 0; i < 90; i++)
            {
                buffer.Tell(Message($"{i}"), sender.Ref);
            }

            Assert.Empty(sender.TakeAll());
        }
    }

    [Fact]
    public void Everything_but_a_publish_passes_a_full_mailbox()
    {
        StartPublisher(Bounded);
        var (buffer, sender) = (Child(Publisher, "buffer"), CreateProbe());
        using (Block(buffer))
        {
            for (var i = 0; i < 200; i++)
            {
                buffer.Tell(Message($"{i}"), ActorRefs.NoSender!);
            }

            buffer.Tell(GetStatus.Instance, sender.Ref);
            sender.ExpectNoMsg();
        }

        sender.ExpectMsg<PublisherStatus>();
    }

    /// <summary>Five messages until the actor has read the last of them; then its owner has emptied it, for the next batch.</summary>
    private sealed class Reused(List<Publish> list) : IReadOnlyList<Publish>
    {
        private int _passes;

        // The mailbox reads them once to count, the actor once to accept.
        public int Count => _passes < 2 ? list.Count : 0;

        public Publish this[int index]
        {
            get
            {
                _passes += index == list.Count - 1 ? 1 : 0;
                return list[index];
            }
        }

        public IEnumerator<Publish> GetEnumerator() => list.GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
