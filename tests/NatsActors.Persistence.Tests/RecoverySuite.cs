using NatsActors.Persistence.Tests.Engines;
using NatsActors.Persistence.Tests.Stage;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests;

/// <summary>What a process leaves in the journal is taken up by the next one.</summary>
public abstract class RecoverySuite(JournalEngine engine) : JournalTests<JournalEngine>(engine)
{
    [Fact]
    public async Task A_backlog_is_taken_up_in_order_with_new_messages_behind_it()
    {
        Proxy.Refuse();
        var first = await StartRecoveredAsync();
        await first.PublishAsync(1, 300);
        await first.PublishAsync(301, 100, message => message with { ReplyTo = "answers", Headers = [new("Kind", "late"), new("Kind", "again")] });
        var drained = await first.EndAsync();
        Assert.Equal(400, drained.Undelivered.Count);
        Assert.All(drained.Undelivered, each => Assert.Equal(UndeliveredReason.Kept, each.Reason));
        Assert.Equal(400, drained.Totals.UndeliveredByReason[UndeliveredReason.Kept]);

        var second = Start();
        // Told while the journal is read.
        var early = second.Publisher.PublishAsync(Numbers.Message(401)).AsTask();
        var recovered = await second.EventAsync<JournalRecovered>();
        Assert.Equal((400L, drained.Undelivered.Sum(static each => (long)each.WireBytes)), (recovered.Messages, recovered.Bytes));
        Assert.Equal(new Ack(401), await early);
        await second.PublishAsync(402, 10);
        Assert.Equal((411L, 411L), (second.Status.BufferedMessages, second.Status.Totals.Accepted));
        Proxy.Accept();

        await AssertArrivedAsync(411);
        Assert.All(Reader.Messages.Skip(300).Take(100), message =>
        {
            Assert.Equal("answers", message.ReplyTo);
            Assert.Equal(["Kind: late", "Kind: again"], message.Headers.Select(header => $"{header.Key}: {header.Value}"));
        });
        await second.FlushAsync();
        Assert.Equal((411L, 0L), (second.Status.Totals.Delivered, second.Status.Totals.Buffered));
    }

    [Fact]
    public async Task After_a_whole_drain_nothing_is_taken_up_and_sequences_go_on()
    {
        for (var life = 0; life < 3; life++)
        {
            var publisher = await StartRecoveredAsync();
            Assert.Equal(0, (await publisher.EventAsync<JournalRecovered>()).Messages);
            Assert.Equal(new Ack((life * 10) + 1), await publisher.Publisher.PublishAsync(Numbers.Message((life * 10) + 1)));
            await publisher.PublishAsync((life * 10) + 2, 9);
            Assert.True((await publisher.Publisher.DrainAsync(Until.DefaultTimeout)).Complete);
            await publisher.DisposeAsync();
        }

        await AssertArrivedAsync(30);
        Assert.Equal(30, Reader.Count);
        Assert.InRange(await Engine.CountAsync(), 1, 40);
    }

    [Fact]
    public async Task A_stream_stores_a_message_once_that_two_processes_have_sent()
    {
        await Streams.CreateAsync("S", [Numbers.Subject]);
        var first = await StartRecoveredAsync(Unmarked);
        await first.EventAsync<Connected>();
        await first.PublishAsync(1, 50);
        await first.FlushAsync();
        await first.PublishAsync(51, 50, message => message with { Id = "own-" + message.CorrelationId + Guid.NewGuid().ToString("N") });
        await first.EndAsync();

        var second = await StartRecoveredAsync(Unmarked);
        // No mark was written in the first process beside those with pages.
        await second.FlushAsync();
        await second.PublishAsync(101, 50);
        await second.FlushAsync();

        Assert.Equal(Numbers.To(150), (await StoredAsync()).Select(each => each.Number));
        Assert.Equal(150, (await StoredAsync()).Select(each => each.Id).Distinct().Count());

        PublisherSettings Unmarked(PublisherSettings settings) =>
            Durability(JetStream(settings), d => d with { MarkDelay = TimeSpan.FromMinutes(1) });
    }

    [Fact]
    public async Task Message_ids_outlive_the_process()
    {
        await Streams.CreateAsync("S", [Numbers.Subject]);
        Proxy.Refuse();
        var first = await StartRecoveredAsync(JetStream);
        await first.PublishAsync(1, 5);
        await first.EndAsync();
        var second = await StartRecoveredAsync(JetStream);
        await second.PublishAsync(6, 5);
        await second.EndAsync();
        Proxy.Accept();
        var third = await StartRecoveredAsync(JetStream);
        await third.FlushAsync();

        var stored = await StoredAsync();
        Assert.Equal(Numbers.To(10), stored.Select(each => each.Number));
        // Each process has its own: a journal that lost its end must not make a new message look like an old one.
        Assert.Equal(2, stored.Select(each => each.Id[..20]).Distinct().Count());
        Assert.Equal(10, stored.Select(each => each.Id).Distinct().Count());
        Assert.Equal(10, third.Status.Totals.Stored);
    }

    [Fact]
    public async Task The_time_to_live_goes_on_while_there_is_no_process()
    {
        Proxy.Refuse();
        var first = await StartRecoveredAsync();
        await first.PublishAsync(1, 5, message => message with { TimeToLive = TimeSpan.FromMilliseconds(400) });
        await first.PublishAsync(6, 5, message => message with { TimeToLive = TimeSpan.FromMinutes(10) });
        await first.PublishAsync(11, 5);
        // A process that is slow to write and to end sees some of them expire, and may be gone before it has marked them.
        var before = Expired((await first.EndAsync()).Totals);

        var second = await StartRecoveredAsync();
        await Until.TrueAsync(() => before + Expired(second.Status.Totals) >= 5 && second.Status.BufferedMessages == 10);
        Assert.InRange(second.Status.OldestAge!.Value, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        await second.EndAsync();

        Proxy.Accept();
        var third = await StartRecoveredAsync();
        Assert.InRange((await third.EventAsync<JournalRecovered>()).Messages, 10, 15);
        await third.FlushAsync();
        await Reader.PingAsync();
        Assert.Equal(Enumerable.Range(6, 10), Numbers.Of(Reader.Messages));

        static long Expired(LedgerTotals totals) => totals.UndeliveredByReason.GetValueOrDefault(UndeliveredReason.Expired);
    }

    [Fact]
    public async Task Outcomes_of_senders_that_are_gone_are_events()
    {
        Proxy.Refuse();
        var first = await StartRecoveredAsync();
        var inbox = first.Listener();
        for (var number = 1; number <= 6; number++)
        {
            first.Publisher.Reference.Tell(
                Numbers.Message(number) with { CorrelationId = number == 6 ? null : $"c{number}", WantsOutcome = number % 2 == 0 }, inbox);
        }

        await inbox.WaitForAsync(6);
        await first.EndAsync();
        Assert.Equal(
            [2L, 4, 6], inbox.Messages.OfType<Undelivered>().Where(each => each.Reason == UndeliveredReason.Kept).Select(each => each.Sequence));

        Proxy.Accept();
        var second = await StartRecoveredAsync();
        await Until.TrueAsync(() => second.Count<OutcomeRecovered>() == 3);
        await second.FlushAsync();
        Assert.Equal(
            [new Delivered(2) { CorrelationId = "c2" }, new Delivered(4) { CorrelationId = "c4" }, new Delivered(6)],
            second.Events.OfType<OutcomeRecovered>().Select(each => each.Outcome));
    }

    [Fact]
    public async Task Smaller_limits_refuse_new_messages_and_lose_nothing_old()
    {
        Proxy.Refuse();
        var first = await StartRecoveredAsync();
        await first.PublishAsync(1, 50);
        await first.EndAsync();

        var second = await StartRecoveredAsync(settings => Buffer(settings, b => b with { MaxMessages = 10 }));
        var full = Assert.IsType<BufferFull>(await second.Publisher.PublishAsync(Numbers.Message(51)));
        Assert.Equal((BufferLimit.Messages, 50L, 10L), (full.Limit, full.Messages, full.MaxMessages));
        Proxy.Accept();
        await second.Publisher.WaitForCapacityAsync().WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        // There is room for one message then, and for five when all old ones are gone.
        await second.FlushAsync();
        await second.PublishAsync(51, 5);
        await AssertArrivedAsync(55);
    }

    [Fact]
    public async Task What_was_purged_does_not_come_back()
    {
        Proxy.Refuse();
        var first = await StartRecoveredAsync();
        await first.PublishAsync(1, 10);
        await first.PublishAsync(11, 10, message => message with { Subject = "other" });
        await first.PublishAsync(21, 10);
        Assert.Equal(10, (await first.Publisher.PurgeAsync("other")).Count);
        // A drain without an end writes the marks.
        await Until.TrueAsync(async () => await Engine.CountAsync() >= 5);
        await first.PublishAsync(31, 1);
        await first.EndAsync();

        await Reader.SubscribeAsync("other");
        Proxy.Accept();
        var second = await StartRecoveredAsync();
        Assert.Equal(21, (await second.EventAsync<JournalRecovered>()).Messages);
        await second.FlushAsync();
        await Reader.PingAsync();
        Assert.Equal([.. Enumerable.Range(1, 10), .. Enumerable.Range(21, 11)], Numbers.Of(Reader.Messages));
    }

    [Fact]
    public async Task A_backlog_of_many_pages_outlives_many_processes()
    {
        Proxy.Refuse();
        for (var process = 0; process < 4; process++)
        {
            var life = Start(settings => Durability(settings, d => d with { PageBytes = 4096 }));
            await life.PublishAsync((process * 1_000) + 1, 1_000);
            await life.EndAsync();
        }

        var last = await StartRecoveredAsync();
        Assert.Equal(4_000, (await last.EventAsync<JournalRecovered>()).Messages);
        Proxy.Accept();
        await AssertArrivedAsync(4_000);
        Assert.True((await last.Publisher.DrainAsync(Until.DefaultTimeout)).Complete);
    }

    private async Task<List<(int Number, string Id)>> StoredAsync()
    {
        var stored = new List<(int, string)>();
        await foreach (var message in Streams.ReadAllAsync("S"))
        {
            stored.Add((int.Parse(message.Text, System.Globalization.CultureInfo.InvariantCulture), message.Headers.First(header => header.Key == "Nats-Msg-Id").Value));
        }

        return stored;
    }
}

public sealed class SqliteRecoveryTests() : RecoverySuite(new SqliteEngine());

[Collection(nameof(PostgresCollection))]
public sealed class PostgresRecoveryTests(PostgresFixture fixture) : RecoverySuite(new PostgresEngine(fixture.Cluster));
