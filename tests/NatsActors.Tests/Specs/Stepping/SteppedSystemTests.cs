using Akka.Actor;

namespace NatsActors.Specs.Stepping;

/// <summary>The specs rest on this: actors run on the caller's thread, when it says so, and in an order that a seed decides.</summary>
public sealed class SteppedSystemTests
{
    private readonly List<string> _handled = [];
    private readonly HashSet<int> _threads = [];

    [Theory]
    [InlineData("akka.actor.default-dispatcher")]
    [InlineData("akka.actor.internal-dispatcher")]
    [InlineData("akka.actor.default-blocking-io-dispatcher")]
    public void An_actor_runs_on_the_thread_that_settles_and_at_no_other_time(string dispatcher)
    {
        using var system = new SteppedSystem();
        var actor = Start(system, "a", dispatcher);

        actor.Tell(1);

        Assert.Empty(_handled);
        system.Settle();
        Assert.Equal(["a 1"], _handled);
        Assert.Equal([Environment.CurrentManagedThreadId], _threads);
    }

    [Fact]
    public void Actors_take_turns_message_by_message_in_the_order_in_which_they_got_work()
    {
        using var system = new SteppedSystem();

        TellThree(system);

        Assert.Equal(["a 1", "b 1", "c 1", "a 2", "b 2", "c 2", "a 3", "b 3", "c 3"], _handled);
    }

    [Fact]
    public void A_seed_picks_the_same_turns_every_time_and_keeps_each_actors_order()
    {
        var runs = new[] { 1, 1, 2 }.Select(seed =>
        {
            _handled.Clear();
            using var system = new SteppedSystem();
            system.Choice = new Random(seed);
            TellThree(system);
            return _handled.ToArray();
        }).ToList();

        Assert.Equal(runs[0], runs[1]);
        Assert.NotEqual(runs[0], runs[2]);
        Assert.All(runs, run => Assert.Equal(["a 1", "a 2", "a 3"], run.Where(each => each[0] == 'a')));
    }

    [Fact]
    public void A_timer_fires_when_the_clock_passes_it_and_sees_its_time()
    {
        using var system = new SteppedSystem();
        var (actor, started) = (Start(system, "a"), system.Time.GetTimestamp());
        system.System.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(1), actor, 1, ActorRefs.NoSender);

        system.Advance(TimeSpan.FromSeconds(0.99));
        Assert.Empty(_handled);
        system.Advance(TimeSpan.FromSeconds(0.01));

        Assert.Equal(["a 1"], _handled);
        Assert.Equal(TimeSpan.FromSeconds(1), system.Time.GetElapsedTime(started));
    }

    [Fact]
    public void Actors_that_never_come_to_rest_are_an_error()
    {
        using var system = new SteppedSystem();
        var actor = system.System.ActorOf(Props.Create(() => new Restless()));
        actor.Tell(1);

        Assert.ThrowsAny<Exception>(system.Settle);
    }

    private void TellThree(SteppedSystem system)
    {
        var actors = new[] { "a", "b", "c" }.Select(name => Start(system, name)).ToList();
        for (var number = 1; number <= 3; number++)
        {
            actors.ForEach(actor => actor.Tell(number));
        }

        system.Settle();
    }

    private IActorRef Start(SteppedSystem system, string name, string dispatcher = "akka.actor.default-dispatcher")
    {
        var actor = system.System.ActorOf(Props.Create(() => new Recorder(this, name)).WithDispatcher(dispatcher), name);
        system.Settle();
        return actor;
    }

    private sealed class Recorder(SteppedSystemTests test, string name) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            test._handled.Add($"{name} {message}");
            test._threads.Add(Environment.CurrentManagedThreadId);
        }
    }

    private sealed class Restless : UntypedActor
    {
        protected override void OnReceive(object message) => Self.Tell(message);
    }
}
