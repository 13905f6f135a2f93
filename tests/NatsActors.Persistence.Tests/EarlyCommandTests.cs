using Akka.Actor;
using NatsActors.Persistence.Tests.Engines;
using NatsActors.Persistence.Tests.Stage;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests;

/// <summary>A command that is told before the journal has been read covers what the process before has left, and nothing else.</summary>
public sealed class EarlyCommandTests() : JournalTests<FaultyEngine>(new FaultyEngine())
{
    [Fact]
    public async Task A_backlog_that_is_given_up_at_the_start_is_not_sent()
    {
        await LeaveBacklogAsync();

        Proxy.Accept();
        Engine.Hold();
        var second = Start();
        var purge = second.Publisher.PurgeAsync();
        var again = second.Publisher.PurgeAsync();
        Engine.Release();
        Assert.Equal((50L, 0L), ((await purge).Count, (await again).Count));
        Assert.Equal(50, (await second.EventAsync<JournalRecovered>()).Messages);
        Assert.True((await second.Publisher.DrainAsync(Until.DefaultTimeout)).Complete);
        await second.DisposeAsync();
        await Reader.PingAsync();
        Assert.Equal(0, Reader.Count);

        var third = await StartRecoveredAsync();
        Assert.Equal(0, (await third.EventAsync<JournalRecovered>()).Messages);
    }

    [Fact]
    public async Task A_flush_at_the_start_waits_for_what_the_process_before_has_left()
    {
        await LeaveBacklogAsync();

        Engine.Hold();
        var second = Start();
        var early = second.Publisher.FlushAsync(TimeSpan.FromHours(1));
        Assert.False((await second.Publisher.FlushAsync(TimeSpan.FromMilliseconds(1))).Completed);
        Engine.Release();
        Assert.Equal(50, (await second.EventAsync<JournalRecovered>()).Messages);
        Assert.Equal(new Flushed(false, 50), await second.Publisher.FlushAsync(TimeSpan.FromMilliseconds(1)));
        Assert.False(early.IsCompleted);
        Proxy.Accept();
        Assert.Equal(new Flushed(true, 0), await early.WaitAsync(Until.DefaultTimeout));
        await Reader.PingAsync();
        Assert.Equal(50, Reader.Count);
    }

    [Fact]
    public async Task Nothing_is_sent_before_the_journal_is_claimed_although_the_connection_actor_restarts()
    {
        await LeaveBacklogAsync();
        Proxy.Accept();

        Engine.HoldWrites();
        var second = Start();
        // It has been read, and the claim is under way: another process may have the journal.
        await Until.TrueAsync(() => Engine.WaitingWrites == 1);
        var connection = await second.Publisher.System.ActorSelection(second.Publisher.Reference.Path / "connection").ResolveOne(Until.DefaultTimeout);
        connection.Tell(Kill.Instance);
        await connection.Ask<ActorIdentity>(new Identify(null), Until.DefaultTimeout);
        // As long as a link needs.
        await (await NatsReader.ConnectAsync(Server.Port)).DisposeAsync();
        Assert.Equal(0, Proxy.Connections);

        Engine.Release();
        await second.EventAsync<Connected>();
        await second.FlushAsync();
        await Reader.PingAsync();
        Assert.Equal(50, Reader.Count);
    }

    [Fact]
    public async Task What_a_later_event_of_the_journal_says_was_delivered_is_not_purged()
    {
        var first = await StartRecoveredAsync(settings => Durability(settings, d => d with { MarkDelay = TimeSpan.FromMinutes(1) }));
        await first.EventAsync<Connected>();
        await first.PublishAsync(1, 10);
        await first.FlushAsync();
        Proxy.Refuse();
        Proxy.CutWithRst();
        await first.EventAsync<Disconnected>();
        // The mark that says that the first ten were delivered goes with this page.
        await first.PublishAsync(11, 5);
        await first.EndAsync();

        // Of the first reading the first ten are put back.
        Engine.FailReadingAfter = 2;
        var second = Start(settings => Durability(settings, d => d with { RetryMin = TimeSpan.FromSeconds(1), RetryMax = TimeSpan.FromSeconds(1) }));
        await second.EventAsync<JournalFailed>();
        Engine.Hold();
        Assert.InRange(second.Status.BufferedMessages, 1, 10);
        var purge = second.Publisher.PurgeAsync();
        Engine.Release();
        Assert.Equal(5, (await purge).Count);
        Assert.Equal(5, second.Status.Totals.UndeliveredByReason[UndeliveredReason.Purged]);
    }

    /// <summary>A process before leaves 50 messages in the journal.</summary>
    private async Task LeaveBacklogAsync()
    {
        Proxy.Refuse();
        var life = await StartRecoveredAsync();
        await life.PublishAsync(1, 50);
        await life.EndAsync();
    }
}
