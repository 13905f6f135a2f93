using NatsActors.Persistence.Tests.Engines;
using NatsActors.Persistence.Tests.Stage;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests;

/// <summary>Faults that no real database makes on demand: single writes and readings that fail, are rejected, or are stored all the same.</summary>
public sealed class WriteFaultTests() : JournalTests<FaultyEngine>(new FaultyEngine())
{
    [Theory]
    [InlineData(WriteFault.Fails)]
    [InlineData(WriteFault.Rejects)]
    [InlineData(WriteFault.FailsStored)]
    public async Task Those_behind_a_failed_page_are_rejected_those_before_it_are_delivered_and_none_comes_twice(WriteFault fault)
    {
        var life = await StartRecoveredAsync(SmallPages);
        await life.EventAsync<Connected>();
        Engine.Hold();
        var replies = Numbers.To(300).Select(number => life.Publisher.PublishAsync(Numbers.Message(number)).AsTask()).ToList();
        var faulty = Engine.HighestOf(PersistenceId) + 3;
        Engine.Fault = (_, number) => number == faulty ? FaultOnce(fault) : WriteFault.None;
        Engine.Release();

        var answers = await Task.WhenAll(replies).WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        var acked = answers.TakeWhile(static reply => reply is Ack).Count();
        // A journal fails all events that it was given together.
        Assert.InRange(acked, 0, 299);
        Assert.All(answers.Skip(acked), reply => Assert.Equal(RejectReason.NotDurable, Assert.IsType<Rejected>(reply).Reason));
        Assert.All(answers.Skip(acked), reply => Assert.Contains("the test", ((Rejected)reply).Detail, StringComparison.Ordinal));
        await life.EventAsync<JournalFailed>(failed => failed.Rejected == 300 - acked);
        await Until.TrueAsync(() => life.Count<JournalRecovered>() == 2);

        // Everything behind it again, as a producer does.
        await life.PublishAsync(acked + 1, 300 - acked);
        await life.FlushAsync();
        await Reader.PingAsync();
        Assert.Equal(Numbers.To(300), Numbers.Of(Reader.Messages));
        Assert.Equal((1, 2), (life.Count<JournalFailed>(), life.Count<JournalRecovered>()));
        Assert.Equal((300L, 0L), (life.Status.Totals.Delivered, life.Status.BufferedMessages));
        Assert.True((await life.Publisher.DrainAsync(Until.DefaultTimeout)).Complete);
        await life.DisposeAsync();

        var next = await StartRecoveredAsync();
        Assert.Equal(0, (await next.EventAsync<JournalRecovered>()).Messages);
        await next.PublishAsync(301, 1);
        await AssertArrivedAsync(301);
        Assert.Equal(301, Reader.Count);
    }

    [Fact]
    public async Task A_batch_whose_later_pages_fail_says_how_many_are_written()
    {
        var life = await StartRecoveredAsync(SmallPages);
        Engine.Hold();
        var reply = life.Publisher.PublishAsync(Numbers.Batch(1, 1_000));
        var faulty = Engine.HighestOf(PersistenceId) + 4;
        Engine.Fault = (_, number) => number == faulty ? FaultOnce(WriteFault.Fails) : WriteFault.None;
        Engine.Release();

        var partial = await reply.WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        Assert.InRange(partial.Accepted, 0, 999);
        Assert.Equal((partial.Accepted > 0 ? 1L : 0, RejectReason.NotDurable), (partial.FirstSequence, Assert.IsType<Rejected>(partial.Refusal).Reason));
        await Until.TrueAsync(() => life.Count<JournalRecovered>() == 2);
        await life.FlushAsync();
        await Reader.PingAsync();
        Assert.Equal(Numbers.To(partial.Accepted), Numbers.Of(Reader.Messages));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_event_behind_a_failed_one_that_was_stored_is_no_damage(bool diesBeforeTheJournalIsBack)
    {
        // A journal that writes several events at a time may have a later one and not an earlier one.
        Proxy.Refuse();
        var life = await StartRecoveredAsync(SmallPages);
        await life.PublishAsync(1, 10);
        Engine.Hold();
        var replies = Enumerable.Range(11, 300).Select(number => life.Publisher.PublishAsync(Numbers.Message(number)).AsTask()).ToList();
        var faulty = Engine.HighestOf(PersistenceId) + 1;
        Engine.Fault = (_, number) => number == faulty ? WriteFault.Fails : WriteFault.None;
        Engine.Release();
        await Task.WhenAll(replies).WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        Assert.All(replies, reply => Assert.IsType<Rejected>(reply.Result));
        if (diesBeforeTheJournalIsBack)
        {
            await Engine.TakeDownAsync();
            await life.EndAsync();
        }

        Engine.Fault = (_, _) => WriteFault.None;
        await Engine.BringBackAsync();
        if (!diesBeforeTheJournalIsBack)
        {
            await Until.TrueAsync(() => life.Status.JournalDownFor is null);
            await life.PublishAsync(11, 10);
            await life.EndAsync();
        }

        Proxy.Accept();
        var next = Start();
        await next.EventAsync<JournalRecovered>();
        Assert.Equal(0, next.Count<JournalDamaged>());
        await next.FlushAsync();
        await Reader.PingAsync();
        Assert.Equal(Numbers.To(10), Numbers.Of(Reader.Messages).Take(10));
        if (!diesBeforeTheJournalIsBack)
        {
            Assert.Equal(Numbers.To(20), Numbers.Of(Reader.Messages));
        }
    }

    [Fact]
    public async Task A_reading_that_fails_halfway_is_done_again()
    {
        Proxy.Refuse();
        var first = await StartRecoveredAsync(SmallPages);
        for (var number = 1; number <= 40; number++)
        {
            await first.PublishAsync(number, 1, message => message with { WantsOutcome = false });
        }

        var both = first.Publisher.PublishForOutcomeAsync(Numbers.Message(41));
        await Until.TrueAsync(() => first.Status is { BufferedMessages: 41, UndurableMessages: 0 });
        await first.EndAsync();
        Assert.Equal(UndeliveredReason.Kept, Assert.IsType<Undelivered>((await both).Outcome).Reason);

        Engine.FailReadingAfter = 20;
        Proxy.Accept();
        var second = Start();
        var failed = await second.EventAsync<JournalFailed>();
        Assert.Contains("it could not be read: IOException: the test failed the reading", failed.Cause, StringComparison.Ordinal);
        Assert.Equal(41, (await second.EventAsync<JournalRecovered>()).Messages);
        await second.FlushAsync();
        await Reader.PingAsync();
        Assert.Equal(Numbers.To(41), Numbers.Of(Reader.Messages));
        await second.EventAsync<OutcomeRecovered>(each => each.Outcome is Delivered { Sequence: 41 });
        Assert.Equal((1, 1), (second.Count<JournalFailed>(), second.Count<OutcomeRecovered>()));
        Assert.True(second.Status.Totals.Balanced);
    }

    [Fact]
    public async Task Those_who_wait_for_room_are_rejected_when_the_journal_fails()
    {
        var life = await StartRecoveredAsync(settings => Buffer(settings, b => b with { MaxMessages = 2, Overflow = OverflowPolicy.Wait }));
        Engine.Hold();
        var replies = Numbers.To(20).Select(number => life.Publisher.PublishAsync(Numbers.Message(number)).AsTask()).ToList();
        await Until.TrueAsync(() => life.Status.Waiting == 18);
        Engine.Fault = (_, _) => WriteFault.Fails;
        Engine.Release();

        var answers = await Task.WhenAll(replies).WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        Assert.All(answers, reply => Assert.Equal(RejectReason.NotDurable, Assert.IsType<Rejected>(reply).Reason));
        Engine.Fault = (_, _) => WriteFault.None;
        await Until.TrueAsync(() => life.Status.JournalDownFor is null);
        await life.PublishAsync(1, 20);
        await AssertArrivedAsync(20);
    }

    [Fact]
    public async Task A_long_outage_is_one_event_with_the_first_cause_and_tries_with_back_off()
    {
        var life = await StartRecoveredAsync();
        Engine.Fault = (_, _) => WriteFault.Fails;
        Assert.IsType<Rejected>(await life.Publisher.PublishAsync(Numbers.Message(1)));
        var writes = Engine.Writes;
        await Until.TrueAsync(() => Engine.Writes >= writes + 4);
        Assert.InRange(life.Status.JournalDownFor!.Value, TimeSpan.FromMilliseconds(100), Until.DefaultTimeout);
        var rejected = Assert.IsType<Rejected>(await life.Publisher.PublishAsync(Numbers.Message(1)));
        Assert.Contains("the test failed the write", rejected.Detail, StringComparison.Ordinal);
        Engine.Fault = (_, _) => WriteFault.None;
        await Until.TrueAsync(() => life.Status.JournalDownFor is null);

        await life.PublishAsync(1, 1);
        await AssertArrivedAsync(1);
        await Until.TrueAsync(() => life.Count<JournalRecovered>() == 2);
        Assert.Equal(1, life.Count<JournalFailed>());
    }

    private static PublisherSettings SmallPages(PublisherSettings settings) =>
        Durability(settings, d => d with { PageBytes = 1024, PagesInFlight = 8 });

    /// <summary>The fault, and none from the next write on.</summary>
    private WriteFault FaultOnce(WriteFault fault)
    {
        Engine.Fault = (_, _) => WriteFault.None;
        return fault;
    }
}
