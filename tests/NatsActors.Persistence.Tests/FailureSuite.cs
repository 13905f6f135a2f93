using NatsActors.Persistence.Tests.Engines;
using NatsActors.Persistence.Tests.Stage;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests;

/// <summary>A database that is away and comes back: those whose messages it does not have are told, and nothing that it has is lost.</summary>
public abstract class FailureSuite(JournalEngine engine) : JournalTests<JournalEngine>(engine)
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Down_in_the_middle_messages_are_rejected_with_the_cause_and_what_was_written_is_delivered()
    {
        var life = await StartRecoveredAsync();
        await life.EventAsync<Connected>();
        Proxy.Hang();
        await life.PublishAsync(1, 100);
        await Engine.TakeDownAsync();
        var waiting = life.Publisher.PublishAsync(Numbers.Message(900)).AsTask();

        var rejected = Assert.IsType<Rejected>(await waiting.WaitAsync(Patience, TimeProvider.System));
        Assert.Equal(RejectReason.NotDurable, rejected.Reason);
        var failed = await life.EventAsync<JournalFailed>();
        Assert.Equal($"the journal failed: {failed.Cause}", rejected.Detail);
        Assert.Equal(1, failed.Rejected);
        Assert.NotNull(life.Status.JournalDownFor);
        Assert.Equal(0, life.Status.UndurableMessages);

        var later = Assert.IsType<Rejected>(await life.Publisher.PublishAsync(Numbers.Message(901)));
        Assert.Equal(RejectReason.NotDurable, later.Reason);
        Assert.StartsWith("the journal failed: ", later.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("its actor was stopped", later.Detail, StringComparison.Ordinal);
        var batch = await life.Publisher.PublishAsync(Numbers.Batch(902, 3));
        Assert.Equal((0, RejectReason.NotDurable), (batch.Accepted, Assert.IsType<Rejected>(batch.Refusal).Reason));
        Proxy.Release();
        // Down, the publisher still sends what the journal has.
        await AssertArrivedAsync(100);

        await Engine.BringBackAsync();
        await Until.TrueAsync(() => life.Count<JournalRecovered>() == 2, Patience);
        Assert.Null(life.Status.JournalDownFor);
        Assert.Equal(0, life.Events.OfType<JournalRecovered>().Last().Messages);
        Assert.True(life.Events.OfType<JournalRecovered>().Last().Duration > TimeSpan.Zero);
        await life.PublishAsync(101, 100);
        await AssertArrivedAsync(200);
        Assert.Equal(1, life.Count<JournalFailed>());
        Assert.True(life.Status.Totals.Balanced);
    }

    [Fact]
    public async Task Down_at_the_start_messages_are_rejected_until_it_is_back_and_a_backlog_is_kept()
    {
        Proxy.Refuse();
        var first = await StartRecoveredAsync();
        await first.PublishAsync(1, 20);
        await first.EndAsync();
        await Engine.TakeDownAsync();
        Proxy.Accept();

        var second = Start();
        var early = second.Publisher.PublishAsync(Numbers.Message(900)).AsTask();
        var failed = await second.EventAsync<JournalFailed>(timeout: Patience);
        Assert.Equal(RejectReason.NotDurable, Assert.IsType<Rejected>(await early.WaitAsync(Patience, TimeProvider.System)).Reason);
        Assert.Equal(0, failed.Rejected);
        Assert.Equal(RejectReason.NotDurable, Assert.IsType<Rejected>(await second.Publisher.PublishAsync(Numbers.Message(901))).Reason);
        Assert.NotNull(second.Status.JournalDownFor);
        Assert.Equal(0, Reader.Count);

        await Engine.BringBackAsync();
        Assert.Equal(20, (await second.EventAsync<JournalRecovered>(timeout: Patience)).Messages);
        await second.PublishAsync(21, 20);
        await AssertArrivedAsync(40);
        Assert.Equal(1, second.Count<JournalFailed>());
    }

    [Fact]
    public async Task A_drain_while_the_journal_is_down_ends_by_its_deadline_and_says_what_was_kept()
    {
        Proxy.Refuse();
        var life = await StartRecoveredAsync();
        await life.PublishAsync(1, 10);
        await Engine.TakeDownAsync();
        Assert.IsType<Rejected>(await life.Publisher.PublishAsync(Numbers.Message(900)).AsTask().WaitAsync(Patience, TimeProvider.System));

        var drained = await life.Publisher.DrainAsync(TimeSpan.FromMilliseconds(200)).WaitAsync(Patience, TimeProvider.System);
        Assert.Equal(Numbers.To(10).Select(n => ((long)n, UndeliveredReason.Kept)), drained.Undelivered.Select(each => (each.Sequence, each.Reason)));
        await life.DisposeAsync();
        await Engine.BringBackAsync();
        Proxy.Accept();
        var next = await StartRecoveredAsync();
        await next.PublishAsync(11, 1);
        await AssertArrivedAsync(11);
    }

    [Fact]
    public async Task A_producer_that_publishes_again_what_was_rejected_loses_nothing_over_many_outages()
    {
        var life = await StartRecoveredAsync(settings => Durability(settings, d => d with { PageBytes = 1024 }));
        const int Count = 1_500;
        var producer = ProduceAsync(life, Count);
        for (var outage = 0; outage < 2 && !producer.IsCompleted; outage++)
        {
            var before = life.Count<JournalFailed>();
            await Engine.TakeDownAsync();
            await Until.TrueAsync(() => life.Count<JournalFailed>() > before || producer.IsCompleted, Patience);
            await Engine.BringBackAsync();
            await Until.TrueAsync(() => life.Status.JournalDownFor is null, Patience);
        }

        var acked = await producer.WaitAsync(Patience, TimeProvider.System);
        Assert.Equal(Count, acked);
        await AssertArrivedAsync(Count);
        // The status says that the journal is back before the event does, and a mark may meet an outage behind the last message.
        await Until.TrueAsync(() => life.Count<JournalRecovered>() == life.Count<JournalFailed>() + 1);
        Assert.True(life.Status.Totals.Balanced);
    }

    /// <summary>One message at a time, again until it has its Ack.</summary>
    private static async Task<int> ProduceAsync(Life life, int count)
    {
        for (var number = 1; number <= count; number++)
        {
            using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            while (await life.Publisher.PublishAsync(Numbers.Message(number)) is not Ack)
            {
                await pause.WaitForNextTickAsync();
            }
        }

        return count;
    }
}

public sealed class SqliteFailureTests() : FailureSuite(new SqliteEngine())
{
    private SqliteEngine Sqlite => (SqliteEngine)Engine;

    [Fact]
    public async Task A_full_disk_rejects_and_the_publisher_goes_on_when_there_is_room()
    {
        Proxy.Refuse();
        var life = await StartRecoveredAsync();
        // As SQLite says it of a full disk.
        await Sqlite.AskAsync(
            "CREATE TRIGGER disk BEFORE INSERT ON journal WHEN (SELECT SUM(LENGTH(message)) FROM journal) > 500000 "
            + "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
        var number = 0;
        PublishReply reply = new Ack(0);
        while (reply is Ack && number < 1_000)
        {
            number++;
            reply = await life.Publisher.PublishAsync(Numbers.Subject, Payload(number));
        }

        var rejected = Assert.IsType<Rejected>(reply);
        Assert.Equal(RejectReason.NotDurable, rejected.Reason);
        Assert.Contains("full", rejected.Detail, StringComparison.Ordinal);
        Assert.InRange(number, 5, 999);
        var acked = life.Status.BufferedMessages;
        Assert.Equal(number - 1, acked);

        await life.EndAsync();
        await Sqlite.AskAsync("DROP TRIGGER disk");
        Proxy.Accept();
        var next = await StartRecoveredAsync();
        Assert.Equal(acked, (await next.EventAsync<JournalRecovered>()).Messages);
        await next.FlushAsync();
    }

    private static byte[] Payload(int number)
    {
        var payload = new byte[20_000];
        payload.AsSpan().Fill((byte)number);
        return payload;
    }
}

[Collection(nameof(PostgresCollection))]
public sealed class PostgresFailureTests(PostgresFixture fixture) : FailureSuite(new PostgresEngine(fixture.Cluster))
{
    private readonly PostgresFixture _fixture = fixture;

    [Fact]
    public async Task While_the_database_hangs_there_is_no_answer_and_then_all_of_them()
    {
        var life = await StartRecoveredAsync();
        await life.PublishAsync(1, 10);
        _fixture.Cluster.Pause();
        Task<PublishReply>[] waiting;
        try
        {
            waiting = [.. Enumerable.Range(11, 10).Select(number => life.Publisher.PublishAsync(Numbers.Message(number)).AsTask())];
            await Reader.PingAsync();
            await Assert.ThrowsAsync<TimeoutException>(() => Task.WhenAny(waiting).WaitAsync(TimeSpan.FromMilliseconds(300), TimeProvider.System));
            Assert.True(Reader.Count <= 10);
        }
        finally
        {
            _fixture.Cluster.Continue();
        }

        Assert.All(await Task.WhenAll(waiting).WaitAsync(Patience, TimeProvider.System), reply => Assert.IsType<Ack>(reply));
        await AssertArrivedAsync(20);
        Assert.Equal(0, life.Count<JournalFailed>());
    }

    [Fact]
    public async Task A_plugin_that_cannot_create_its_tables_is_a_failure_or_an_end_and_no_hang()
    {
        await _fixture.Cluster.StopAsync();
        await using var life = new Life(Settings, ((PostgresEngine)Engine).HoconWith("auto-initialize = on\nrecovery-event-timeout = 5s"));
        var early = life.Publisher.PublishAsync(Numbers.Message(1)).AsTask();

        await Until.TrueAsync(() => life.Count<Closed>() + life.Count<JournalFailed>() > 0, Patience);
        Assert.IsType<Rejected>(await early.WaitAsync(Patience, TimeProvider.System));
    }

    [Fact]
    public async Task A_killed_server_has_every_message_that_was_acked()
    {
        Proxy.Refuse();
        var life = await StartRecoveredAsync();
        await life.PublishAsync(1, 200);
        await _fixture.Cluster.KillAsync();
        Assert.IsType<Rejected>(await life.Publisher.PublishAsync(Numbers.Message(900)).AsTask().WaitAsync(Patience, TimeProvider.System));
        await life.EndAsync();
        await _fixture.Cluster.RestartAsync();

        Proxy.Accept();
        var next = await StartRecoveredAsync();
        await next.PublishAsync(201, 1);
        await AssertArrivedAsync(201);
    }
}
