using NatsActors.Persistence.Tests.Engines;
using NatsActors.Persistence.Tests.Stage;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests;

/// <summary>A message gets its Ack, and is sent, when it is in the journal; what the limits and the commands see meanwhile.</summary>
public sealed class AckTests() : JournalTests<FaultyEngine>(new FaultyEngine())
{
    [Fact]
    public async Task While_the_journal_hangs_there_is_no_Ack_and_no_delivery_and_then_both()
    {
        var life = await StartRecoveredAsync();
        await life.EventAsync<Connected>();
        Engine.Hold();
        var replies = Numbers.To(10).Select(number => life.Publisher.PublishAsync(Numbers.Message(number)).AsTask()).ToList();
        var batch = life.Publisher.PublishAsync(Numbers.Batch(11, 10));
        var flush = life.Publisher.FlushAsync(TimeSpan.Zero);

        Assert.Equal(new Flushed(false, 20), await flush);
        await Reader.PingAsync();
        Assert.Empty(Reader.Messages);
        Assert.DoesNotContain(replies, static reply => reply.IsCompleted);
        Assert.False(batch.IsCompleted);
        Assert.Equal((20L, 20L, null), (life.Status.UndurableMessages, life.Status.BufferedMessages, life.Status.JournalDownFor));

        Engine.Release();
        Assert.Equal(Enumerable.Range(1, 10).Select(n => new Ack(n)), await Task.WhenAll(replies));
        Assert.Equal(new BatchReply(10, 11, null), await batch);
        await AssertArrivedAsync(20);
        Assert.Equal(0, life.Status.UndurableMessages);
    }

    [Fact]
    public async Task Replies_come_in_the_order_of_the_messages_and_outcomes_behind_their_replies()
    {
        var life = await StartRecoveredAsync(settings => Durability(settings, d => d with { PageBytes = 1024 }));
        var inbox = life.Listener();
        const int Count = 500;
        for (var number = 1; number <= Count; number++)
        {
            life.Publisher.Reference.Tell(
                Numbers.Message(number) with { CorrelationId = $"{number}", WantsOutcome = true }, inbox);
        }

        var messages = await inbox.WaitForAsync(2 * Count);
        Assert.Equal(
            Enumerable.Range(1, Count).Select(n => new Ack(n) { CorrelationId = $"{n}" }), messages.OfType<Ack>());
        Assert.Equal(
            Enumerable.Range(1, Count).Select(n => new Delivered(n) { CorrelationId = $"{n}" }), messages.OfType<Delivered>());
        foreach (var delivered in messages.OfType<Delivered>())
        {
            Assert.True(messages.ToList().IndexOf(new Ack(delivered.Sequence) { CorrelationId = delivered.CorrelationId }) < messages.ToList().IndexOf(delivered));
        }

        await AssertArrivedAsync(Count);
    }

    [Fact]
    public async Task A_batch_over_many_pages_has_one_reply_when_the_last_page_is_written()
    {
        var life = await StartRecoveredAsync(settings => Durability(settings, d => d with { PageBytes = 1024, PagesInFlight = 4 }));
        const int Count = 3_000;
        var reply = await life.Publisher.PublishAsync(Numbers.Batch(1, Count)).WaitAsync(Until.DefaultTimeout, TimeProvider.System);

        Assert.Equal(new BatchReply(Count, 1, null), reply);
        Assert.InRange(Engine.Writes, 20, 1_000);
        await AssertArrivedAsync(Count);
    }

    [Fact]
    public async Task A_message_larger_than_a_page_is_a_page_of_its_own()
    {
        var life = await StartRecoveredAsync(settings => Durability(settings, d => d with { PageBytes = 1024 }));
        await Reader.SubscribeAsync("large");
        var replies = Enumerable.Range(0, 5).Select(i => life.Publisher.PublishAsync("large", new byte[i * 40_000]).AsTask()).ToList();

        Assert.All(await Task.WhenAll(replies), reply => Assert.IsType<Ack>(reply));
        Assert.Equal([0, 40_000, 80_000, 120_000, 160_000], (await Reader.WaitForAsync(5)).Select(message => message.Payload.Length));
    }

    [Fact]
    public async Task TryPublish_is_refused_and_says_what_to_use()
    {
        var life = await StartRecoveredAsync();

        Assert.False(life.Publisher.TryPublish(Numbers.Subject, "1"u8, out var refusal));

        var rejected = Assert.IsType<Rejected>(refusal);
        Assert.Equal(RejectReason.NotDurable, rejected.Reason);
        Assert.Contains("durability.journal", rejected.Detail, StringComparison.Ordinal);
        Assert.Contains("PublishAsync", rejected.Detail, StringComparison.Ordinal);
        Assert.Equal((0L, 1L), (life.Status.Totals.Accepted, life.Status.Totals.Rejected));
    }

    [Fact]
    public async Task An_outcome_can_be_awaited()
    {
        var life = await StartRecoveredAsync();
        Engine.Hold();
        var both = life.Publisher.PublishForOutcomeAsync(Numbers.Message(1) with { CorrelationId = "one" });
        Assert.False(both.IsCompleted);
        Engine.Release();

        var (reply, outcome) = await both.WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        Assert.Equal(new Ack(1) { CorrelationId = "one" }, reply);
        Assert.Equal(new Delivered(1) { CorrelationId = "one" }, outcome);
    }

    [Fact]
    public async Task Reject_counts_what_waits_to_be_written()
    {
        var life = await StartRecoveredAsync(settings => Buffer(settings, b => b with { MaxMessages = 3 }));
        Engine.Hold();
        var replies = Numbers.To(3).Select(number => life.Publisher.PublishAsync(Numbers.Message(number)).AsTask()).ToList();

        var full = Assert.IsType<BufferFull>(await life.Publisher.PublishAsync(Numbers.Message(4)));
        Assert.Equal((BufferLimit.Messages, 3L), (full.Limit, full.Messages));
        Engine.Release();
        Assert.All(await Task.WhenAll(replies), reply => Assert.IsType<Ack>(reply));
        await life.Publisher.WaitForCapacityAsync().WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        await life.PublishAsync(4, 1);
        await AssertArrivedAsync(4);
    }

    [Fact]
    public async Task A_batch_that_fills_the_buffer_is_accepted_in_part_and_says_so_when_that_part_is_written()
    {
        var life = await StartRecoveredAsync(settings => Buffer(settings, b => b with { MaxMessages = 3 }));
        Engine.Hold();
        var reply = life.Publisher.PublishAsync(Numbers.Batch(1, 5));
        Assert.False(reply.IsCompleted);
        Engine.Release();

        var partial = await reply.WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        Assert.Equal((3, 1L), (partial.Accepted, partial.FirstSequence));
        Assert.IsType<BufferFull>(partial.Refusal);
        await AssertArrivedAsync(3);
    }

    [Fact]
    public async Task Wait_holds_the_reply_until_there_is_room_and_the_journal_has_the_message()
    {
        var life = await StartRecoveredAsync(settings => Buffer(settings, b => b with { MaxMessages = 2, Overflow = OverflowPolicy.Wait }));
        const int Count = 400;
        Engine.Hold();
        var replies = Numbers.To(Count).Select(number => life.Publisher.PublishAsync(Numbers.Message(number)).AsTask()).ToList();
        await Until.TrueAsync(() => life.Status is { UndurableMessages: 2, Waiting: Count - 2 });
        Assert.DoesNotContain(replies, static reply => reply.IsCompleted);
        Engine.Release();

        Assert.Equal(
            Enumerable.Range(1, Count).Select(n => new Ack(n)), await Task.WhenAll(replies).WaitAsync(Until.DefaultTimeout, TimeProvider.System));
        await AssertArrivedAsync(Count);
    }

    [Fact]
    public async Task A_batch_that_waits_for_room_has_one_reply_when_all_of_it_is_written()
    {
        var life = await StartRecoveredAsync(settings => Buffer(settings, b => b with { MaxMessages = 50, Overflow = OverflowPolicy.Wait }));
        const int Count = 2_000;
        var one = life.Publisher.PublishAsync(Numbers.Batch(1, Count));
        var two = life.Publisher.PublishAsync(Numbers.Batch(Count + 1, Count));

        Assert.Equal((Count, 1L, null), Parts(await one.WaitAsync(Until.DefaultTimeout, TimeProvider.System)));
        Assert.Equal((Count, Count + 1L, null), Parts(await two.WaitAsync(Until.DefaultTimeout, TimeProvider.System)));
        await AssertArrivedAsync(2 * Count);
    }

    [Fact]
    public async Task Drop_oldest_drops_what_waits_to_be_written_and_everybody_gets_an_Ack_and_an_outcome()
    {
        var life = await StartRecoveredAsync(settings => Buffer(settings, b => b with { MaxMessages = 3, Overflow = OverflowPolicy.DropOldest }));
        await life.EventAsync<Connected>();
        Engine.Hold();
        var inbox = life.Listener();
        for (var number = 1; number <= 10; number++)
        {
            life.Publisher.Reference.Tell(Numbers.Message(number) with { WantsOutcome = true }, inbox);
        }

        Engine.Release();
        var messages = await inbox.WaitForAsync(20);
        Assert.Equal(Enumerable.Range(1, 10).Select(n => new Ack(n)), messages.OfType<Ack>());
        // Two threads may tell them.
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], messages.OfType<Undelivered>().Select(each => (int)each.Sequence).Order());
        Assert.All(messages.OfType<Undelivered>(), each => Assert.Equal(UndeliveredReason.Dropped, each.Reason));
        Assert.Equal([8, 9, 10], Numbers.Of(await Reader.WaitForAsync(3)));
        Assert.True(life.Status.Totals.Balanced);
    }

    [Fact]
    public async Task What_is_purged_before_it_is_written_has_its_Ack_and_its_outcome_and_is_not_sent()
    {
        var life = await StartRecoveredAsync();
        Engine.Hold();
        var inbox = life.Listener();
        for (var number = 1; number <= 3; number++)
        {
            life.Publisher.Reference.Tell(Numbers.Message(number) with { WantsOutcome = true }, inbox);
        }

        Assert.Equal(3, (await life.Publisher.PurgeAsync()).Count);
        Engine.Release();
        var messages = await inbox.WaitForAsync(6);
        Assert.Equal(Enumerable.Range(1, 3).Select(n => new Ack(n)), messages.OfType<Ack>());
        Assert.Equal(3, messages.OfType<Undelivered>().Count(each => each.Reason == UndeliveredReason.Purged));
        await life.PublishAsync(4, 1);
        Assert.Equal([4], Numbers.Of(await Reader.WaitForAsync(1)));
        Assert.True(life.Status.Totals.Balanced);
    }

    [Fact]
    public async Task A_message_that_expires_before_it_is_written_is_not_sent()
    {
        var life = await StartRecoveredAsync();
        await life.EventAsync<Connected>();
        Engine.Hold();
        var both = life.Publisher.PublishForOutcomeAsync(Numbers.Message(1) with { TimeToLive = TimeSpan.FromMilliseconds(30) });
        await Until.TrueAsync(() => life.Status.BufferedMessages == 0);
        Engine.Release();

        var (reply, outcome) = await both.WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        Assert.Equal(new Ack(1), reply);
        Assert.Equal(UndeliveredReason.Expired, Assert.IsType<Undelivered>(outcome).Reason);
        await life.PublishAsync(2, 1);
        Assert.Equal([2], Numbers.Of(await Reader.WaitForAsync(1)));
    }

    [Fact]
    public async Task A_drain_waits_for_the_journal_and_leaves_nothing()
    {
        var life = await StartRecoveredAsync();
        Engine.Hold();
        var reply = life.Publisher.PublishAsync(Numbers.Message(1)).AsTask();
        var drain = life.Publisher.DrainAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(RejectReason.Draining, Assert.IsType<Rejected>(await life.Publisher.PublishAsync(Numbers.Message(2))).Reason);
        Assert.False(drain.IsCompleted);
        Engine.Release();

        Assert.Equal(new Ack(1), await reply);
        Assert.True((await drain.WaitAsync(Until.DefaultTimeout, TimeProvider.System)).Complete);
        await using var next = await StartRecoveredAsync();
        Assert.Equal(0, (await next.EventAsync<JournalRecovered>()).Messages);
        await AssertArrivedAsync(1);
    }

    private static (int, long, PublishReply?) Parts(BatchReply reply) => (reply.Accepted, reply.FirstSequence, reply.Refusal);
}
