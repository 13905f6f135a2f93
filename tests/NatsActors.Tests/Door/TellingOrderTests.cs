using System.Collections.Concurrent;
using Akka.Actor;
using NatsActors.Buffer;
using NatsActors.Door;
using NatsActors.Testing;

namespace NatsActors.Tests.Door;

/// <summary>Outcomes that a teller's thread tells, because its message dropped others, come before the replies that say that all has ended.</summary>
public sealed class TellingOrderTests
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _held = new();
    private readonly ConcurrentQueue<string> _telling = new();

    [Fact]
    public async Task Flushed_comes_behind_an_outcome_that_another_thread_tells()
    {
        await using var stage = await OverflowingAsync();
        var teller = Holding(stage);
        teller.Tell(Claimed("a"));
        teller.Tell(new Flush(TimeSpan.FromHours(1)));
        var dropping = await DropAsync(stage, "a");
        Assert.Equal(1, (await LookAsync(stage)).Remaining);
        Assert.Equal([typeof(Ack)], teller.Told.Select(told => told.GetType()));

        Release("a");
        await dropping;
        Assert.True((await teller.HearAsync<Flushed>()).Completed);
        Assert.Equal([typeof(Ack), typeof(Undelivered), typeof(Flushed)], teller.Told.Select(told => told.GetType()));
    }

    [Fact]
    public async Task A_flush_does_not_wait_for_outcomes_of_later_messages()
    {
        await using var stage = await OverflowingAsync();
        var teller = Holding(stage);
        teller.Tell(Claimed("a"));
        teller.Tell(new Flush(TimeSpan.FromHours(1)));
        var first = await DropAsync(stage, "a");
        await LookAsync(stage);
        teller.Tell(Claimed("b"));
        var second = await DropAsync(stage, "b");

        Release("a");
        await first;
        Assert.True((await teller.HearAsync<Flushed>()).Completed);
        Assert.False(second.IsCompleted);
        Release("b");
        await second;
    }

    [Fact]
    public async Task A_flush_that_ends_at_its_time_out_says_that_it_is_not_complete()
    {
        await using var stage = await OverflowingAsync();
        var teller = Holding(stage);
        teller.Tell(Claimed("a"));
        Task dropping;
        using (stage.Hold("buffer"))
        {
            teller.Tell(new Flush(TimeSpan.FromSeconds(0.5)));
            dropping = await DropAsync(stage, "a", held: true);
        }

        Assert.Equal(new Flushed(false, 0), await teller.HearAsync<Flushed>());
        Release("a");
        await dropping;
    }

    [Fact]
    public async Task Closed_and_Drained_come_behind_an_outcome_that_another_thread_tells()
    {
        await using var stage = await OverflowingAsync();
        var teller = Holding(stage);
        teller.Tell(Claimed("a"));
        var dropping = await DropAsync(stage, "a");
        Assert.Equal(1, (await stage.Publisher.Ask<Purged>(new Purge())).Count);
        teller.Tell(new Drain(TimeSpan.FromHours(1)));
        Assert.Equal(0, (await LookAsync(stage)).Remaining);
        Assert.Equal([typeof(Ack)], teller.Told.Select(told => told.GetType()));
        Assert.DoesNotContain(stage.Events, occurrence => occurrence is Closed);

        Release("a");
        await dropping;
        await teller.HearAsync<Drained>();
        Assert.Equal([typeof(Ack), typeof(Undelivered), typeof(Drained)], teller.Told.Select(told => told.GetType()));
    }

    [Fact]
    public void A_telling_that_fails_does_not_hold_a_flush()
    {
        var settings = new PublisherSettings();
        var buffer = new GuardedBuffer(settings, new PublisherClock(TimeProvider.System), "id", new FailingAges());
        buffer.Accept(new Incoming { Subject = "s", Payload = "x"u8 }, null, null, null, out _, out _);
        Assert.Null(buffer.Pass(new Flush(TimeSpan.FromHours(1)), null));
        var purge = buffer.StartPurge(new PassedPurge(new Purge(), 1, null));
        while (buffer.Advance(purge))
        {
        }

        var answers = new List<(IActorRef? Asker, object Reply)>();
        buffer.TakeFlushes(answers);
        Assert.Empty(answers);
        using var system = ActorSystem.Create("telling", "akka.stdout-loglevel = OFF\nakka.loglevel = OFF\nakka.loggers = []");
        Assert.Throws<InvalidOperationException>(() => buffer.TellOutcomes(new PublishDoor(buffer, new MessageSpans(settings, buffer), system)));
        buffer.TakeFlushes(answers);
        Assert.Equal(new Flushed(true, 0), Assert.Single(answers).Reply);
    }

    /// <summary>One message fits, the next drops it, and the overflow has been told of already: accepting wakes nobody.</summary>
    private static async Task<DoorStage> OverflowingAsync()
    {
        var stage = new DoorStage(
            DoorStage.Small(b => b with { MaxMessages = 1, Overflow = OverflowPolicy.DropOldest }), connected: false);
        stage.Publisher.Tell(DoorStage.Message());
        stage.Publisher.Tell(DoorStage.Message());
        await stage.EventAsync<OverflowStarted>();
        await LookAsync(stage);
        return stage;
    }

    /// <summary>The buffer actor has looked at everything when the answer comes.</summary>
    private static Task<Flushed> LookAsync(DoorStage stage) => stage.Publisher.Ask<Flushed>(new Flush(TimeSpan.Zero));

    private static Publish Claimed(string id) => DoorStage.Message(id) with { WantsOutcome = true, CorrelationId = id };

    /// <summary>A sender that takes an outcome only when it is released.</summary>
    private Teller Holding(DoorStage stage) => stage.NewTeller(told =>
    {
        if (told is Outcome { CorrelationId: { } id })
        {
            _telling.Enqueue(id);
            Assert.True(Held(id).Wait(Until.DefaultTimeout));
        }
    });

    private Task Held(string id) =>
        _held.GetOrAdd(id, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private void Release(string id)
    {
        Held(id);
        _held[id].SetResult();
    }

    /// <summary>A thread whose message drops another one tells the outcome of that one.</summary>
    private async Task<Task> DropAsync(DoorStage stage, string dropped, bool held = false)
    {
        if (!held)
        {
            // The buffer actor has handled its wakes, so that it does not take the outcome.
            stage.Child("buffer");
        }

        var dropping = Task.Factory.StartNew(
            () => stage.Publisher.Tell(DoorStage.Message(), ActorRefs.NoSender), default, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Until.TrueAsync(() => _telling.Contains(dropped));
        return dropping;
    }

    private sealed class FailingAges : IAgeMeter
    {
        public bool Listens => true;

        public void Record(EndedAge ended, long now) => throw new InvalidOperationException("the listener failed");
    }
}
