using System.Collections;
using Akka.Actor;
using Akka.TestKit;
using NatsActors.Actors;
using NatsActors.Testing;

namespace NatsActors.Tests.Door;

/// <summary>Every way of telling passes the same door, and no caller's code can hold it up. Measures waits: alone in the process.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class DoorTests
{
    [Fact]
    public async Task Headers_are_read_before_the_lock_is_taken()
    {
        await using var stage = new DoorStage();
        var teller = stage.NewTeller();
        // Reading the headers waits for another thread's message: inside of the lock that would never end.
        var headers = new ForeignList<KeyValuePair<string, string>>(
            [new("a", "b")], () => Task.Run(() => teller.Tell(DoorStage.Message())).Wait(Until.DefaultTimeout, CancellationToken.None));

        teller.Tell(DoorStage.Message() with { Headers = headers });

        Assert.All(teller.Told, told => Assert.IsType<Ack>(told));
        Assert.True(teller.Told.Count >= 2);
    }

    [Fact]
    public async Task A_batchs_list_is_read_before_the_lock_is_taken()
    {
        await using var stage = new DoorStage();
        var teller = stage.NewTeller();
        var list = new ForeignList<Publish>(
            [DoorStage.Message("1")], () => Task.Run(() => teller.Tell(DoorStage.Message())).Wait(Until.DefaultTimeout, CancellationToken.None));

        teller.Tell(new PublishBatch(list));

        Assert.Equal(1, (await teller.HearAsync<BatchReply>()).Accepted);
    }

    [Theory]
    [InlineData("the journal is lost", false, "the publisher has ended: the journal is lost")]
    [InlineData("the publisher's actor was stopped", true, "the publisher has ended")]
    [InlineData(null, false, "the publisher has ended")]
    public async Task A_publisher_that_has_ended_says_why_unless_somebody_asked_for_the_end(string? cause, bool onlyWhenLeft, string detail)
    {
        await using var stage = new DoorStage();
        PublisherEnd.Run(stage.Parts, cause, onlyWhenLeft);
        var teller = stage.NewTeller();
        teller.Tell(DoorStage.Message() with { CorrelationId = "1" });

        Assert.Equal(new Rejected(RejectReason.Closed, detail) { CorrelationId = "1" }, Assert.Single(teller.Told));
    }

    [Fact]
    public async Task A_sender_that_blocks_while_it_is_told_holds_nobody_up()
    {
        await using var stage = new DoorStage();
        using var release = new ManualResetEventSlim();
        var slow = stage.NewTeller(_ => release.Wait(Until.DefaultTimeout));
        var blocked = Task.Run(() => slow.Tell(DoorStage.Message() with { WantsOutcome = true }));
        await Until.TrueAsync(() => stage.Status.Totals.Accepted == 1);

        var other = stage.NewTeller();
        other.Tell(DoorStage.Message());

        Assert.IsType<Ack>(Assert.Single(other.Told));
        release.Set();
        await blocked;
    }

    [Fact]
    public async Task A_sender_that_throws_when_it_is_told_costs_nobody_else_an_outcome()
    {
        await using var stage = new DoorStage(connected: false);
        var throwing = stage.NewTeller(_ => throw new InvalidOperationException("mine"));
        var other = stage.NewTeller();

        throwing.Tell(DoorStage.Message() with { WantsOutcome = true });
        other.Tell(DoorStage.Message() with { WantsOutcome = true });
        throwing.Tell(DoorStage.Message() with { WantsOutcome = true });
        other.Tell(DoorStage.Message() with { WantsOutcome = true });
        await stage.ConnectAsync();
        await Until.TrueAsync(() => stage.Links.Last.LastSequence == 4);
        stage.Links.Last.ConfirmAll();

        await other.HearAsync<Delivered>(2);
        Assert.Equal(4, stage.Status.Totals.Delivered);
        Assert.Equal(1, stage.Links.Count);
    }

    [Fact]
    public async Task A_list_that_throws_is_answered_and_what_was_read_before_is_accepted()
    {
        await using var stage = new DoorStage();
        var teller = stage.NewTeller();

        teller.Tell(new PublishBatch(new ForeignList<Publish>([DoorStage.Message("1"), DoorStage.Message("2"), null!, DoorStage.Message("4")])));
        teller.Tell(new PublishBatch(new ForeignList<Publish>([DoorStage.Message()], () => throw new InvalidOperationException("mine"))));
        teller.Tell(DoorStage.Message() with
        {
            Headers = new ForeignList<KeyValuePair<string, string>>([new("a", "b")], () => throw new InvalidOperationException("mine")),
            CorrelationId = "c",
        });

        var reply = Assert.IsType<BatchReply>(teller.Told[0]);
        Assert.Equal((2, RejectReason.InternalError), (reply.Accepted, Assert.IsType<Rejected>(reply.Refusal).Reason));
        reply = Assert.IsType<BatchReply>(teller.Told[1]);
        Assert.Equal((0, RejectReason.InternalError), (reply.Accepted, Assert.IsType<Rejected>(reply.Refusal).Reason));
        var rejected = Assert.IsType<Rejected>(teller.Told[2]);
        Assert.Equal((RejectReason.InternalError, "c"), (rejected.Reason, rejected.CorrelationId));
        Assert.DoesNotContain("mine", rejected.Detail, StringComparison.Ordinal);
        Assert.Equal((2L, 3L), (stage.Status.Totals.Accepted, stage.Status.Totals.Rejected));
    }

    [Fact]
    public async Task A_null_subject_is_rejected_and_a_null_batch_throws_where_it_is_made()
    {
        await using var stage = new DoorStage();
        var teller = stage.NewTeller();
        teller.Tell(new Publish(null!, default));
        Assert.Equal(RejectReason.BadSubject, Assert.IsType<Rejected>(teller.Told[0]).Reason);
        Assert.Throws<ArgumentNullException>(() => new PublishBatch(null!));
    }

    [Fact]
    public async Task Memory_that_runs_its_owners_code_is_read_before_the_lock_is_taken()
    {
        await using var stage = new DoorStage(DoorStage.Small(b => b with { Overflow = OverflowPolicy.Wait, MaxMessages = 1 }), connected: false);
        var teller = stage.NewTeller();
        using var memory = new ForeignMemory(() => Task.Run(() => stage.Parts.Buffer.Status()).Wait(Until.DefaultTimeout, CancellationToken.None));
        teller.Tell(new Publish("s", memory.Memory));
        teller.Tell(new Publish("s", memory.Memory));
        var reads = memory.Reads;

        await stage.ConnectAsync();
        await Until.TrueAsync(() =>
        {
            stage.Links.Last.ConfirmAll();
            return stage.Status.Totals.Delivered == 2;
        });

        Assert.Equal(reads, memory.Reads);
    }

    [Fact]
    public async Task Limits_are_exact_whoever_tells_and_however_many()
    {
        const int Limit = 100;
        await using var stage = new DoorStage(DoorStage.Small(b => b with { MaxMessages = Limit }), connected: false);
        var tellers = Enumerable.Range(0, 1_000).Select(_ => stage.NewTeller()).ToArray();
        await Parallel.ForEachAsync(tellers, (teller, _) =>
        {
            teller.Tell(DoorStage.Message());
            Assert.InRange(stage.Status.BufferedMessages, 0, Limit);
            return ValueTask.CompletedTask;
        });

        Assert.Equal(Limit, tellers.Count(teller => teller.Told.Single() is Ack));
        Assert.Equal(900, tellers.Count(teller => teller.Told.Single() is BufferFull { Limit: BufferLimit.Messages }));
    }

    [Fact]
    public async Task Scheduled_tells_pass_the_door()
    {
        const int Limit = 100;
        await using var stage = new DoorStage(DoorStage.Small(b => b with { MaxMessages = Limit }), connected: false);
        var teller = stage.NewTeller();
        using (stage.Hold("buffer"))
        {
            for (var i = 0; i < 3_000; i++)
            {
                stage.System.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(1), stage.Publisher, DoorStage.Message(), teller);
            }

            // Each is answered although the buffer actor does not run: nothing waits in a mailbox.
            await Until.TrueAsync(() => teller.Told.Count == 3_000);
        }

        Assert.Equal((Limit, 3_000 - Limit), (teller.Told.OfType<Ack>().Count(), teller.Told.OfType<BufferFull>().Count()));
    }

    [Fact]
    public async Task Ask_and_tells_without_a_sender_pass_the_door()
    {
        await using var stage = new DoorStage();
        Assert.IsType<Ack>(await stage.Publisher.Ask<PublishReply>(DoorStage.Message()));
        stage.Publisher.Tell(DoorStage.Message(), ActorRefs.NoSender);
        stage.Publisher.Tell(DoorStage.Message() with { WantsOutcome = true }, ActorRefs.Nobody);
        Assert.Equal(3, stage.Status.Totals.Accepted);
        Assert.DoesNotContain(stage.Events, told => told is Akka.Event.DeadLetter);
    }

    [Fact]
    public async Task Actors_of_the_CallingThreadDispatcher_publish_from_within_their_replies()
    {
        await using var stage = new DoorStage(
            DoorStage.Small(b => b with { MaxMessages = 100 }),
            """akka.test.calling-thread-dispatcher.type = "Akka.TestKit.CallingThreadDispatcherConfigurator, Akka.TestKit" """);
        var done = new TaskCompletionSource();
        var chatty = stage.System.ActorOf(
            Props.Create(() => new Chatty(stage.Publisher, done)).WithDispatcher(CallingThreadDispatcher.Id));

        chatty.Tell("begin");

        await done.Task.WaitAsync(Until.DefaultTimeout, TimeProvider.System);
        Assert.Equal(50, stage.Status.Totals.Accepted);
    }

    [Fact]
    public async Task The_buffer_actor_is_woken_only_when_there_is_something_to_do()
    {
        await using var stage = new DoorStage(DoorStage.Small(b => b with { MaxMessages = 1_000 }), connected: false);
        var buffer = stage.Parts.Buffer;
        await Until.TrueAsync(() => !buffer.TryWake());
        var teller = stage.NewTeller();
        using (stage.Hold("buffer"))
        {
            for (var i = 0; i < 500; i++)
            {
                // No link, no episode, no age: nobody needs to know.
                teller.Tell(DoorStage.Message());
                Assert.False(buffer.TryWake());
            }

            for (var i = 0; i < 301; i++)
            {
                teller.Tell(DoorStage.Message());
            }

            // The high watermark was crossed, and the door has woken the actor for it, once.
            Assert.False(buffer.TryWake());
            buffer.Woken();
            Assert.True(buffer.TryWake());
        }

        await stage.EventAsync<HighWatermark>();
    }

    [Fact]
    public async Task Purging_a_million_messages_holds_no_teller_up()
    {
        const int Count = 1_000_000;
        await using var stage = new DoorStage(
            DoorStage.Small(b => b with { MaxMessages = 100 * Count, MaxBytes = 1L << 32 }), connected: false);
        var door = stage.Parts.Door;
        for (var i = 0; i < Count; i++)
        {
            Assert.True(door.TryAccept("s", "0123456789abcdef"u8, out _));
        }

        var teller = stage.NewTeller();
        var waits = new List<TimeSpan>();
        for (var purges = 1; purges <= 10; purges++)
        {
            // All but the last look at every message and take none: each would hold the lock for some 20 ms in one piece.
            teller.Tell(new Purge(purges < 10 ? "other.*" : null));
            while (teller.Told.Count < purges)
            {
                var started = TimeProvider.System.GetTimestamp();
                Assert.True(door.TryAccept("s", "0123456789abcdef"u8, out _));
                waits.Add(TimeProvider.System.GetElapsedTime(started));
            }
        }

        Assert.Equal(Enumerable.Repeat(0L, 9), teller.Told.Take(9).Select(told => Assert.IsType<Purged>(told).Count));
        Assert.InRange(Assert.IsType<Purged>(teller.Told[9]).Count, Count, Count + waits.Count);
        waits.Sort();
        // A machine that is busy elsewhere may stop a thread for long; the lock may not.
        var most = waits[waits.Count * 9 / 10];
        Assert.True(waits.Count > 100 && most < TimeSpan.FromMilliseconds(5), $"{waits.Count} tries, nine in ten took up to {most}");
    }

    /// <summary>Publishes the next message when the reply to the one before comes, on the thread that tells it.</summary>
    private sealed class Chatty(IActorRef publisher, TaskCompletionSource done) : UntypedActor
    {
        private int _acks;

        protected override void OnReceive(object message)
        {
            if (message is Ack && ++_acks == 50)
            {
                done.SetResult();
                return;
            }

            publisher.Tell(DoorStage.Message());
        }
    }

    /// <summary>A list that runs its owner's code when an element is read.</summary>
    private sealed class ForeignList<T>(T[] items, Action? onRead = null) : IReadOnlyList<T>
    {
        public int Count => items.Length;

        public T this[int index]
        {
            get
            {
                onRead?.Invoke();
                return items[index];
            }
        }

        public IEnumerator<T> GetEnumerator() => throw new NotSupportedException();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>Memory whose owner's code runs whenever it is looked at.</summary>
    private sealed class ForeignMemory(Action onRead) : System.Buffers.MemoryManager<byte>
    {
        public int Reads { get; private set; }

        public override Memory<byte> Memory => CreateMemory(3);

        public override Span<byte> GetSpan()
        {
            Reads++;
            onRead();
            return "abc"u8.ToArray();
        }

        public override System.Buffers.MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
