using System.Collections;
using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using NatsActors.Connection;
using NatsActors.Hosting;
using NatsActors.Testing;
using NatsActors.Tests.Door;

namespace NatsActors.Tests.Borders;

/// <summary>However a publisher stops, everybody gets an answer, and the log says what was left.</summary>
public sealed class StopTests
{
    public static TheoryData<string> Ways => StopStage.Ways;

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Everybody_is_answered_when_a_publisher_stops_in_an_outage(string way)
    {
        await using var stop = new StopStage(b => b with { Overflow = OverflowPolicy.Wait, MaxMessages = 4, WaitTimeout = TimeSpan.FromMinutes(1) });
        var stage = stop.Stage;
        var (sender, waiting, waitingBatch, flusher, purger, drainer) =
            (stage.NewTeller(), stage.NewTeller(), stage.NewTeller(), stage.NewTeller(), stage.NewTeller(), stage.NewTeller());
        for (var i = 1; i <= 2; i++)
        {
            sender.Tell(DoorStage.Message() with { WantsOutcome = true, CorrelationId = $"c{i}" });
        }

        await Until.TrueAsync(() => stop.Link.LastSequence == 2);
        stop.Link.WrittenAll();
        stop.Link.Lose();
        await stage.EventAsync<Disconnected>();
        sender.Tell(new PublishBatch([DoorStage.Message() with { WantsOutcome = true }, DoorStage.Message() with { WantsOutcome = true }]));

        // The commands wait: the actor that would answer them does not run any more.
        using var held = stage.Hold("buffer");
        waiting.Tell(DoorStage.Message() with { WantsOutcome = true, CorrelationId = "w" });
        waitingBatch.Tell(new PublishBatch([DoorStage.Message(), DoorStage.Message()]) { CorrelationId = "wb" });
        flusher.Tell(new Flush(TimeSpan.FromMinutes(1)));
        purger.Tell(new Purge());
        drainer.Tell(new Drain(TimeSpan.FromMinutes(1)));
        Assert.Empty(new[] { waiting, waitingBatch, flusher, purger, drainer }.SelectMany(teller => teller.Told));

        await stop.EndAsync(way);

        var outcomes = sender.Told.OfType<Undelivered>().OrderBy(outcome => outcome.Sequence).ToList();
        Assert.Equal(
            [(1L, UndeliveredReason.Indeterminate, true, "c1"), (2, UndeliveredReason.Indeterminate, true, "c2"),
                (3, UndeliveredReason.Closed, false, null), (4, UndeliveredReason.Closed, false, null)],
            outcomes.Select(outcome => (outcome.Sequence, outcome.Reason, outcome.MayHaveArrived, outcome.CorrelationId)));
        Assert.Equal(7, sender.Told.Count);
        var rejected = Assert.IsType<Rejected>(Assert.Single(waiting.Told));
        Assert.Equal((RejectReason.Closed, "w"), (rejected.Reason, rejected.CorrelationId));
        var batch = Assert.IsType<BatchReply>(Assert.Single(waitingBatch.Told));
        Assert.Equal((0, "wb", RejectReason.Closed), (batch.Accepted, batch.CorrelationId, Assert.IsType<Rejected>(batch.Refusal).Reason));
        Assert.Equal(new Flushed(true, 0), Assert.Single(flusher.Told));
        Assert.Equal(new Purged(0), Assert.Single(purger.Told));
        Assert.Equal(4, Assert.IsType<Drained>(Assert.Single(drainer.Told)).Undelivered.Count);
        AssertSaid(stop, accepted: 4, left: "4 messages were left, 2 of which were in flight and may have arrived", account: "4 messages not sent (2 of them may have arrived): ");
        AssertAnswersAfterTheEnd(stop);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Everybody_is_answered_when_a_publisher_stops_with_a_link(string way)
    {
        await using var stop = new StopStage();
        var sender = stop.Stage.NewTeller();
        sender.Tell(DoorStage.Message() with { WantsOutcome = true });
        await Until.TrueAsync(() => stop.Link.LastSequence == 1);
        stop.Link.ConfirmAll();
        await sender.HearAsync<Delivered>();
        sender.Tell(DoorStage.Message() with { WantsOutcome = true });
        await Until.TrueAsync(() => stop.Link.LastSequence == 2);

        await stop.EndAsync(way);

        Assert.True(stop.Link.Closed);
        Assert.Equal(UndeliveredReason.Indeterminate, sender.Told.OfType<Undelivered>().Single().Reason);
        AssertSaid(stop, accepted: 2, left: "1 messages were left, 1 of which were in flight and may have arrived", account: "1 messages not sent (1 of them may have arrived): ");
        AssertAnswersAfterTheEnd(stop);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_publisher_that_stops_with_nothing_left_says_so_without_a_cause(string way)
    {
        await using var stop = new StopStage();
        Assert.IsType<Ack>(await stop.Publisher.Ask<PublishReply>(DoorStage.Message()));
        await Until.TrueAsync(() => stop.Link.LastSequence == 1);
        stop.Link.ConfirmAll();
        await Until.TrueAsync(() => stop.Stage.Status.Totals.Delivered == 1);

        await stop.EndAsync(way);

        var closed = Assert.Single(stop.Stage.Events.OfType<Closed>());
        Assert.Equal((1L, 1L, null), (closed.Totals.Accepted, closed.Totals.Delivered, closed.Cause));
        Assert.Single(stop.Log, line => line.Contains("publisher: closed; everything has its outcome: ", StringComparison.Ordinal));
        AssertAnswersAfterTheEnd(stop);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Whoever_publishes_while_a_publisher_stops_gets_one_reply_and_each_Ack_its_outcome(string way)
    {
        const int Tellers = 4;
        const int MostBefore = 20_000;
        await using var stop = new StopStage(b => b with { MaxMessages = 1_000_000 });
        var tellers = Enumerable.Range(0, Tellers).Select(_ => stop.Stage.NewTeller()).ToArray();
        var told = new int[Tellers];
        using var ended = new ManualResetEventSlim();
        // On threads of their own: the pool's are for the actors.
        var publishing = Enumerable.Range(0, Tellers).Select(n => Task.Factory.StartNew(
            () =>
            {
                for (var after = 0; after < 10; after += ended.IsSet ? 1 : 0)
                {
                    tellers[n].Tell(DoorStage.Message() with { WantsOutcome = true });
                    if (++told[n] == MostBefore)
                    {
                        Assert.True(ended.Wait(TimeSpan.FromMinutes(1)));
                    }
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToList();
        await Until.TrueAsync(() => stop.Stage.Status.Totals.Accepted > 100);

        await stop.EndAsync(way);
        ended.Set();
        await Task.WhenAll(publishing);

        for (var n = 0; n < Tellers; n++)
        {
            var replies = tellers[n].Told.OfType<PublishReply>().ToList();
            Assert.Equal(told[n], replies.Count);
            Assert.All(replies.OfType<Rejected>(), rejected => Assert.Equal(RejectReason.Closed, rejected.Reason));
            Assert.Equal(
                replies.OfType<Ack>().Select(ack => ack.Sequence),
                tellers[n].Told.OfType<Outcome>().Select(outcome => outcome.Sequence).Order());
        }

        var closed = Assert.Single(stop.Stage.Events.OfType<Closed>());
        Assert.Equal(tellers.Sum(teller => teller.Told.OfType<Ack>().Count()), closed.Totals.Accepted);
        Assert.Empty(stop.OwnDeadLetters);
    }

    [Fact]
    public async Task A_batch_that_is_read_while_the_publisher_stops_does_not_wait_for_room_for_ever()
    {
        await using var stop = new StopStage(b => b with { Overflow = OverflowPolicy.Wait, MaxMessages = 1 }, connected: false);
        var sender = stop.Stage.NewTeller();
        // The second message is read again when it has to wait for room.
        var list = new WatchedList([DoorStage.Message(), DoorStage.Message(), DoorStage.Message()], (index, times) =>
        {
            if ((index, times) == (1, 2))
            {
                Task.Run(() => stop.EndAsync("Stop")).Wait(Until.DefaultTimeout, CancellationToken.None);
            }
        });

        sender.Tell(new PublishBatch(list) { CorrelationId = "b" });

        var reply = Assert.IsType<BatchReply>(Assert.Single(sender.Told));
        Assert.Equal((1, "b", RejectReason.Closed), (reply.Accepted, reply.CorrelationId, Assert.IsType<Rejected>(reply.Refusal).Reason));
    }

    [Fact]
    public async Task A_publisher_that_is_stopped_before_it_has_started_answers()
    {
        await using var test = new TestSystem();
        var replies = new ConcurrentQueue<object>();
        var sender = new Recorder(test.System, replies.Enqueue);

        var publisher = test.Publishers.Start(Nowhere);
        publisher.Tell(new Publish("a", default) { WantsOutcome = true }, sender);
        publisher.Tell(new Flush(TimeSpan.FromMinutes(1)), sender);
        test.System.Stop(publisher);

        await Until.TrueAsync(() => replies.Count == 3);
        Assert.IsType<Ack>(replies.First());
        Assert.Equal(UndeliveredReason.Closed, replies.OfType<Undelivered>().Single().Reason);
        Assert.Equal(new Flushed(true, 0), replies.OfType<Flushed>().Single());
    }

    [Fact]
    public async Task A_parent_that_restarts_ends_its_publisher_and_makes_another_from_the_same_Props()
    {
        await using var test = new TestSystem();
        var replies = new ConcurrentQueue<object>();
        var sender = new Recorder(test.System, replies.Enqueue);
        var props = NatsPublisher.Props(Nowhere, test.System);
        var parent = test.System.ActorOf(Props.Create(() => new Parent(props)), "parent");
        var first = await parent.Ask<IActorRef>("publisher", Until.DefaultTimeout);
        first.Tell(new Publish("a", default) { WantsOutcome = true }, sender);
        first.Tell(new Flush(TimeSpan.FromMinutes(1)), sender);

        parent.Tell("fail");
        var second = await parent.Ask<IActorRef>("publisher", Until.DefaultTimeout);

        Assert.NotEqual(first, second);
        Assert.Equal(first.Path.ToString(), second.Path.ToString());
        Assert.Equal(UndeliveredReason.Closed, replies.OfType<Undelivered>().Single().Reason);
        Assert.Equal(new Flushed(true, 0), replies.OfType<Flushed>().Single());
        Assert.Equal(new Ack(1), await second.Ask<PublishReply>(new Publish("a", default), Until.DefaultTimeout));
        Assert.Equal(RejectReason.Closed, (await first.Ask<Rejected>(new Publish("a", default), Until.DefaultTimeout)).Reason);
        // The name is the second's once its head actor has started.
        await Until.TrueAsync(() => test.Publishers.Running.TryGet(NatsPublishers.DefaultName, out var running, out _) && running.Equals(second));
        Assert.Equal(second, test.Publishers.Publisher());
        Assert.Equal(1, Assert.Single(test.Events.OfType<Closed>()).Totals.Accepted);
        test.AssertLogged("1 messages not sent: 1 to a; accepted 1");
    }

    [Theory]
    [InlineData("fence")]
    [InlineData("jetstream")]
    public async Task A_system_that_terminates_under_load_makes_no_dead_letters_of_the_library_and_logs_the_end(string confirm)
    {
        await using var server = await NatsServer.StartAsync(new NatsServerOptions { JetStream = true });
        await using var reader = await NatsReader.ConnectAsync(server.Port);
        await new StreamAdmin(reader).CreateAsync("S", ["a"]);
        await using var test = new TestSystem(TestSystem.To(server, $"delivery.confirm = {confirm}"));
        var letters = new ConcurrentQueue<object>();
        test.System.EventStream.Subscribe(new Recorder(test.System, letters.Enqueue), typeof(DeadLetter));
        var (acks, outcomes) = (0L, 0L);
        var sender = new Recorder(test.System, told =>
        {
            Interlocked.Add(ref acks, told is Ack ? 1 : 0);
            Interlocked.Add(ref outcomes, told is Outcome ? 1 : 0);
        });
        var publisher = test.Publishers.Publisher();
        await test.EventAsync<Connected>();
        var publishing = Task.Run(() =>
        {
            for (var i = 0; i < 200_000 && !test.System.HasEnded(); i++)
            {
                publisher.Tell(new Publish("a", new byte[100]) { WantsOutcome = true }, sender);
            }
        });
        await Until.TrueAsync(() => Interlocked.Read(ref outcomes) > 100);

        await test.System.Terminate();
        await publishing;

        Assert.DoesNotContain(letters.Cast<DeadLetter>(), letter => letter.Message.GetType().Assembly == typeof(NatsPublishers).Assembly);
        Assert.Equal(Interlocked.Read(ref acks), Interlocked.Read(ref outcomes));
        Assert.Equal(acks, Assert.Single(test.Events.OfType<Closed>()).Totals.Accepted);
        test.AssertLogged("publisher: closed");
    }

    private static PublisherSettings Nowhere => new()
    {
        Connection = new ConnectionSettings { Servers = [$"nats://127.0.0.1:{LoopbackPorts.Next()}"] },
    };

    private static void AssertSaid(StopStage stop, long accepted, string left, string account)
    {
        var closed = Assert.Single(stop.Stage.Events.OfType<Closed>());
        Assert.Equal(accepted, closed.Totals.Accepted);
        Assert.True(closed.Totals.Balanced, $"{closed.Totals}");
        Assert.Equal(0, closed.Totals.Buffered);
        Assert.EndsWith(left, closed.Cause, StringComparison.Ordinal);
        Assert.Single(stop.Log, line => 
            line.StartsWith("ErrorLevel publisher: closed; cause: ", StringComparison.Ordinal) && line.Contains(account, StringComparison.Ordinal));
    }

    private static void AssertAnswersAfterTheEnd(StopStage stop)
    {
        var late = stop.Stage.NewTeller();
        late.Tell(DoorStage.Message() with { CorrelationId = "late" });
        late.Tell(new PublishBatch([DoorStage.Message()]));
        late.Tell(new Flush(TimeSpan.FromMinutes(1)));
        late.Tell(new Purge());
        late.Tell(new Drain(TimeSpan.FromMinutes(1)));
        late.Tell(GetStatus.Instance);
        late.Tell(ForceReconnect.Instance);

        var told = late.Told;
        Assert.Equal(6, told.Count);
        Assert.Equal((RejectReason.Closed, "late"), (Assert.IsType<Rejected>(told[0]).Reason, ((Rejected)told[0]).CorrelationId));
        Assert.Equal(RejectReason.Closed, Assert.IsType<Rejected>(Assert.IsType<BatchReply>(told[1]).Refusal).Reason);
        Assert.Equal(new Flushed(true, 0), told[2]);
        Assert.Equal(new Purged(0), told[3]);
        Assert.Equal(Assert.Single(stop.Stage.Events.OfType<Closed>()).Totals.ToString(), Assert.IsType<Drained>(told[4]).Totals.ToString());
        Assert.Equal(ConnectionState.Closed, Assert.IsType<PublisherStatus>(told[5]).State);
        Assert.All(late.Senders, sender => Assert.Equal(stop.Publisher, sender));
        Assert.Empty(stop.OwnDeadLetters);
    }

    private sealed class Parent : UntypedActor
    {
        private readonly IActorRef _publisher;

        public Parent(Props publisher)
        {
            _publisher = Context.ActorOf(publisher, "publisher");
        }

        protected override void OnReceive(object message)
        {
            if (message is "fail")
            {
                throw new InvalidOperationException("the parent fails");
            }

            Sender.Tell(_publisher);
        }
    }

    private sealed class WatchedList(Publish[] items, Action<int, int> onRead) : IReadOnlyList<Publish>
    {
        private readonly int[] _reads = new int[items.Length];

        public int Count => items.Length;

        public Publish this[int index]
        {
            get
            {
                onRead(index, ++_reads[index]);
                return items[index];
            }
        }

        public IEnumerator<Publish> GetEnumerator() => throw new NotSupportedException();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
