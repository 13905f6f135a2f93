namespace NatsActors.Embedded.Tests.Kernel;

public class ConcurrencyTests
{
    private const int Producers = 4;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Many_tellers_lose_nothing_and_keep_each_ones_order()
    {
        const int each = 250_000;
        var system = ActorSystem.Create("stress");
        var done = Signal();
        var actor = system.ActorOf(Props.Create(() => new OrderActor(Producers, each, done)));
        await OnThreads(producer =>
        {
            for (var i = 0; i < each; i++)
            {
                actor.Tell(new Numbered(producer, i));
            }
        });
        Assert.Equal(0, await done.Task.WaitAsync(s_patience));
        await system.TerminateAsync().WaitAsync(s_patience);
    }

    [Fact]
    public async Task A_message_that_comes_while_a_run_ends_is_not_left_behind()
    {
        var system = ActorSystem.Create("race");
        var counter = new CountActor.Counter();
        var actor = system.ActorOf(Props.Create(() => new CountActor(counter)));
        var message = new object();
        var left = 0;
        await OnThreads(producer =>
        {
            // One message at a time, a little later each round, so that some come just as the cell goes idle.
            for (var round = 1; producer == 0 && round <= 300_000 && left == 0; round++)
            {
                actor.Tell(message);
                if (!SpinWait.SpinUntil(() => counter.Value == round, TimeSpan.FromSeconds(5)))
                {
                    left = round;
                }

                for (var jitter = round % 64; jitter > 0; jitter--)
                {
                    _ = Volatile.Read(ref left);
                }
            }
        });
        Assert.Equal(0, left);
        await system.TerminateAsync().WaitAsync(s_patience);
    }

    [Fact]
    public async Task A_flood_never_holds_more_than_the_bound_and_every_refusal_is_told_once()
    {
        const int each = 250_000;
        var system = ActorSystem.Create("flood");
        var bound = new CountingBound(1000);
        var counter = new CountActor.Counter();
        var actor = (LocalActorRef)system.ActorOf(Props.Create(() => new CountActor(counter)).WithMailboxBound(bound));
        var message = new object();

        // Holding the gate keeps the actor from running at all.
        using (new GateHolder(actor.Gate))
        {
            await OnThreads(_ =>
            {
                for (var i = 0; i < each; i++)
                {
                    actor.Tell(message);
                }
            });
            Assert.Equal((1000, 1000), (bound.Waiting, bound.Highest));
            Assert.Equal((Producers * each) - 1000, bound.Refused);

            // The mailbox is full, and the pill still gets in.
            actor.Tell(PoisonPill.Instance);
        }

        Assert.Equal(1000, await counter.AtStop.Task.WaitAsync(s_patience));
        await system.TerminateAsync().WaitAsync(s_patience);
        Assert.Equal((0, 1000), (bound.Waiting, bound.Released));
    }

    [Fact]
    public async Task A_bounded_mailbox_releases_exactly_while_it_is_flooded_stopped_and_failing()
    {
        const int each = 100_000;
        var system = ActorSystem.Create("release");
        var bound = new CountingBound(500);
        var counter = new CountActor.Counter();
        var actor = system.ActorOf(Props.Create(() => new CountActor(counter)).WithMailboxBound(bound));
        var message = new object();
        var failure = new Boom();
        await OnThreads(producer =>
        {
            for (var i = 0; i < each; i++)
            {
                actor.Tell(i % 1000 == 0 ? failure : message);
                if (producer == 0 && i == each / 2)
                {
                    system.Stop(actor);
                }
            }
        });
        await system.TerminateAsync().WaitAsync(s_patience);
        Assert.Equal(0, bound.Waiting);
        Assert.Equal(Producers * each, bound.Refused + bound.Released);
        Assert.True(bound.Highest <= 500);
    }

    [Fact]
    public async Task A_door_at_the_gate_loses_no_increment_beside_messages()
    {
        const int each = 100_000;
        var system = ActorSystem.Create("door");
        var counter = new CountActor.Counter();
        var actor = (LocalActorRef)system.ActorOf(Props.Create(() => new CountActor(counter)));
        var message = new object();
        await OnThreads(_ =>
        {
            for (var i = 0; i < each; i++)
            {
                actor.Tell(message);
                lock (actor.Gate)
                {
                    // Wide enough that a message handled meanwhile would be lost.
                    var seen = counter.Value;
                    Thread.SpinWait(10);
                    counter.Value = seen + 1;
                }
            }
        });
        await actor.Ask<string>("count", s_patience);
        Assert.Equal((2 * Producers * each) + 1, counter.Value);
        await system.TerminateAsync().WaitAsync(s_patience);
    }

    [Fact]
    public void A_run_gives_the_gate_up_after_its_share_of_messages()
    {
        var stage = new Stage();
        var probe = stage.Probe();
        for (var i = 0; i < 1000; i++)
        {
            probe.Tell(i);
        }

        Assert.True(stage.Steps.RunOne());
        Assert.InRange(stage.Log.Count, 1, ActorCell.Throughput);
        stage.Run();
        Assert.Equal(1000, stage.Log.Count);
    }

    [Fact]
    public void Tell_allocates_nothing_but_the_mailboxs_segments()
    {
        var stage = new Stage();
        var probe = stage.Start(new Script { OnMessage = (_, _) => { } });
        var message = new object();
        void Round()
        {
            for (var i = 0; i < 10_000; i++)
            {
                probe.Tell(message, null);
                stage.Run();
            }
        }

        Round();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Round();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    private static TaskCompletionSource<int> Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static Task OnThreads(Action<int> produce) => Task.WhenAll(Enumerable.Range(0, Producers).Select(
        producer => Task.Factory.StartNew(
            () => produce(producer), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))).WaitAsync(s_patience);

    /// <summary>Holds a gate on a thread of its own, as a gate belongs to the thread that entered it.</summary>
    private sealed class GateHolder : IDisposable
    {
        private readonly ManualResetEventSlim _held = new();
        private readonly ManualResetEventSlim _release = new();
        private readonly Thread _thread;

        public GateHolder(Lock gate)
        {
            _thread = new Thread(() =>
            {
                lock (gate)
                {
                    _held.Set();
                    _release.Wait();
                }
            });
            _thread.Start();
            _held.Wait();
        }

        public void Dispose()
        {
            _release.Set();
            _thread.Join();
            _held.Dispose();
            _release.Dispose();
        }
    }

    private sealed record Numbered(int Producer, int Number);

    private sealed class OrderActor(int producers, int each, TaskCompletionSource<int> done) : UntypedActor
    {
        private readonly int[] _next = new int[producers];
        private int _total;
        private int _outOfOrder;

        protected override void OnReceive(object message)
        {
            var (producer, number) = (Numbered)message;
            _outOfOrder += number == _next[producer] ? 0 : 1;
            _next[producer] = number + 1;
            if (++_total == producers * each)
            {
                done.SetResult(_outOfOrder);
            }
        }
    }

    private sealed class CountActor(CountActor.Counter counter) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is Boom boom)
            {
                throw boom;
            }

            counter.Value++;
            if (message is string)
            {
                Sender.Tell(message);
            }
        }

        protected override void PostStop() => counter.AtStop.TrySetResult(counter.Value);

        public sealed class Counter
        {
            private int _value;

            /// <summary>Its increment is not atomic, on purpose: only the gate keeps it right.</summary>
            public int Value { get => Volatile.Read(ref _value); set => Volatile.Write(ref _value, value); }

            public TaskCompletionSource<int> AtStop { get; } = Signal();
        }
    }

    private sealed class CountingBound(int limit) : IMailboxBound
    {
        private int _waiting;
        private int _highest;
        private int _refused;
        private int _released;

        public int Waiting => _waiting;

        public int Highest => _highest;

        public int Refused => _refused;

        public int Released => _released;

        public bool TryAdmit(object message)
        {
            int waiting;
            do
            {
                waiting = Volatile.Read(ref _waiting);
                if (waiting == limit)
                {
                    return false;
                }
            }
            while (Interlocked.CompareExchange(ref _waiting, waiting + 1, waiting) != waiting);

            InterlockedMax(waiting + 1);
            return true;
        }

        public void Refuse(object message, IActorRef? sender) => Interlocked.Increment(ref _refused);

        public void Settle()
        {
        }

        public void Withdraw(object message) => Release(message);

        public void Release(object message)
        {
            Interlocked.Increment(ref _released);
            Interlocked.Decrement(ref _waiting);
        }

        private void InterlockedMax(int value)
        {
            for (var seen = Volatile.Read(ref _highest); value > seen;)
            {
                var found = Interlocked.CompareExchange(ref _highest, value, seen);
                if (found == seen)
                {
                    return;
                }

                seen = found;
            }
        }
    }
}
