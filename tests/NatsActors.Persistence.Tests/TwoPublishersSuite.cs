using NatsActors.Persistence.Tests.Engines;
using NatsActors.Persistence.Tests.Stage;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests;

/// <summary>Two live publishers with one persistence id: the first ends when it writes, and nothing that had an Ack is lost.</summary>
public abstract class TwoPublishersSuite(JournalEngine engine) : JournalTests<JournalEngine>(engine)
{
    [Fact]
    public async Task The_first_ends_when_it_writes_and_the_second_has_what_it_had_written()
    {
        Proxy.Refuse();
        var first = await StartRecoveredAsync();
        await first.PublishAsync(1, 10);
        var second = await StartRecoveredAsync();
        Assert.Equal(10, (await second.EventAsync<JournalRecovered>()).Messages);
        await second.PublishAsync(11, 10);

        var late = Assert.IsType<Rejected>(await first.Publisher.PublishAsync(Numbers.Message(900)).AsTask().WaitAsync(Until.DefaultTimeout, TimeProvider.System));
        Assert.Equal(RejectReason.NotDurable, late.Reason);
        var closed = await first.EventAsync<Closed>();
        Assert.Contains($"another live publisher uses the persistence id '{PersistenceId}'", closed.Cause, StringComparison.Ordinal);
        Assert.Equal(10, closed.Totals.UndeliveredByReason[UndeliveredReason.Kept]);
        Assert.Equal(RejectReason.Closed, Assert.IsType<Rejected>(await first.Publisher.PublishAsync(Numbers.Message(901))).Reason);

        await second.PublishAsync(21, 10);
        Proxy.Accept();
        await AssertArrivedAsync(30);
        await second.FlushAsync();
        Assert.Equal(0, second.Count<JournalFailed>());
    }

    [Fact]
    public async Task Two_that_start_at_once_on_an_empty_journal_leave_one_and_lose_nothing()
    {
        Proxy.Refuse();
        var lives = new[] { Start(), Start() };
        var acked = await Task.WhenAll(lives.Select((life, index) => ProduceAsync(life, 1 + (index * 1_000), 30)));
        Assert.Contains(acked, each => each.Count == 30);
        // The first ends when it writes again.
        var more = 2_000;
        await Until.TrueAsync(async () =>
        {
            foreach (var life in lives)
            {
                if (await life.Publisher.PublishAsync(Numbers.Message(more++)) is Ack)
                {
                    acked[0].Add(more - 1);
                }
            }

            return lives.Any(life => life.Count<Closed>() > 0);
        });
        Assert.Single(lives, life => life.Count<Closed>() > 0);
        foreach (var life in lives)
        {
            await life.EndAsync();
        }

        Proxy.Accept();
        var next = await StartRecoveredAsync();
        await next.FlushAsync();
        await Reader.PingAsync();
        var arrived = Numbers.Of(Reader.Messages).ToHashSet();
        Assert.Subset(arrived, acked.SelectMany(static each => each).ToHashSet());
        Assert.Equal(arrived.Count, Reader.Count);
    }

    [Fact]
    public async Task A_third_start_after_the_fight_has_everything()
    {
        Proxy.Refuse();
        var first = await StartRecoveredAsync();
        var over = false;
        var firstAcked = ProduceAsync(first, 1, 999_999, () => over);
        await Until.TrueAsync(() => first.Status.BufferedMessages >= 20);
        var second = Start();
        var secondAcked = ProduceAsync(second, 1_000_001, 999_999, () => over);
        // The one whose write comes second ends.
        await Until.TrueAsync(() => first.Count<Closed>() + second.Count<Closed>() == 1);
        over = true;
        var acked = (await firstAcked).Concat(await secondAcked).ToList();
        var ended = first.Count<Closed>() > 0 ? first : second;
        Assert.Contains("another live publisher", (await ended.EventAsync<Closed>()).Cause, StringComparison.Ordinal);
        await (ended == first ? second : first).EndAsync();

        Proxy.Accept();
        var third = await StartRecoveredAsync();
        await third.FlushAsync();
        await Reader.PingAsync();
        var arrived = Numbers.Of(Reader.Messages).ToList();
        Assert.Empty(acked.Except(arrived));
        Assert.Equal(arrived.Where(number => number <= 1_000_000).Order(), arrived.Where(number => number <= 1_000_000));
        Assert.Equal(arrived.Where(number => number > 1_000_000).Order(), arrived.Where(number => number > 1_000_000));
    }

    /// <summary>One after another until the publisher has ended; what had an Ack.</summary>
    private static async Task<List<int>> ProduceAsync(Life life, int from, int count, Func<bool>? over = null)
    {
        var acked = new List<int>();
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var number = from; number < from + count && over?.Invoke() != true; number++)
        {
            PublishReply reply;
            while ((reply = await life.Publisher.PublishAsync(Numbers.Message(number))) is Rejected { Reason: RejectReason.NotDurable } && over?.Invoke() != true)
            {
                await pause.WaitForNextTickAsync();
            }

            if (reply is not Ack)
            {
                break;
            }

            acked.Add(number);
        }

        return acked;
    }
}

public sealed class SqliteTwoPublishersTests() : TwoPublishersSuite(new SqliteEngine());

[Collection(nameof(PostgresCollection))]
public sealed class PostgresTwoPublishersTests(PostgresFixture fixture) : TwoPublishersSuite(new PostgresEngine(fixture.Cluster));

/// <summary>The same, with a conflict that always happens.</summary>
public sealed class ConflictTests() : JournalTests<FaultyEngine>(new FaultyEngine())
{
    [Fact]
    public async Task A_publisher_whose_first_event_ever_is_taken_by_another_ends()
    {
        Proxy.Refuse();
        // Both have read an empty journal before either writes.
        Engine.HoldWrites();
        var first = Start();
        var second = Start();
        await Until.TrueAsync(() => Engine.WaitingWrites == 2);
        Engine.Release();

        await Until.TrueAsync(() => first.Count<Closed>() + second.Count<Closed>() == 1);
        var left = first.Count<Closed>() == 1 ? second : first;
        await left.EventAsync<JournalRecovered>();
        await left.PublishAsync(1, 10);
        await left.EndAsync();
        Proxy.Accept();
        var next = await StartRecoveredAsync();
        await next.FlushAsync();
        await Reader.PingAsync();
        Assert.Equal(Numbers.To(10), Numbers.Of(Reader.Messages));
    }
}
