namespace NatsActors.Embedded.Tests.Kernel;

public class TimerTests
{
    private readonly Stage _stage = new();

    [Fact]
    public void A_single_timer_fires_once_and_is_active_until_then()
    {
        var actor = Actor();
        Do(actor, self => self.Timers.StartSingleTimer("k", "tick", TimeSpan.FromSeconds(1)));
        Do(actor, self => Assert.True(self.Timers.IsTimerActive("k")));
        _stage.Advance(0.9);
        Assert.Empty(_stage.Log);
        _stage.Advance(5);
        Assert.Equal(["tick"], _stage.Log);
        Do(actor, self => self.Log.Add(self.Timers.IsTimerActive("k")));
        Assert.Equal(false, _stage.Log[1]);
    }

    [Fact]
    public void A_periodic_timer_fires_until_it_is_cancelled()
    {
        var actor = Actor();
        Do(actor, self => self.Timers.StartPeriodicTimer("k", "tick", TimeSpan.FromSeconds(1)));
        _stage.Advance(3.5);
        Assert.Equal(3, _stage.Log.Count);
        Do(actor, self => self.Timers.Cancel("k"));
        _stage.Advance(10);
        Assert.Equal(3, _stage.Log.Count);
        Assert.Equal(0, _stage.Time.ActiveTimers);
    }

    [Fact]
    public void A_cancelled_timer_does_not_arrive_out_of_the_mailbox()
    {
        var actor = Actor();
        Do(actor, self => self.Timers.StartSingleTimer("k", "tick", TimeSpan.FromSeconds(1)));
        actor.Tell((ScriptedActor self) => self.Timers.Cancel("k"));
        _stage.Time.Advance(TimeSpan.FromSeconds(2));
        _stage.Run();
        Assert.Empty(_stage.Log);
    }

    [Fact]
    public void A_replaced_timer_does_not_arrive_out_of_the_mailbox_and_the_new_one_does()
    {
        var actor = Actor();
        Do(actor, self => self.Timers.StartSingleTimer("k", "old", TimeSpan.FromSeconds(1)));
        actor.Tell((ScriptedActor self) => self.Timers.StartSingleTimer("k", "new", TimeSpan.FromSeconds(1)));
        _stage.Time.Advance(TimeSpan.FromSeconds(2));
        _stage.Run();
        _stage.Advance(2);
        Assert.Equal(["new"], _stage.Log);
    }

    [Fact]
    public void CancelAll_ends_every_timer()
    {
        var actor = Actor();
        Do(actor, self =>
        {
            self.Timers.StartSingleTimer(1, "one", TimeSpan.FromSeconds(1));
            self.Timers.StartPeriodicTimer(2, "two", TimeSpan.FromSeconds(1));
            self.Timers.CancelAll();
        });
        _stage.Advance(5);
        Assert.Empty(_stage.Log);
    }

    [Fact]
    public void Timers_end_with_the_instance()
    {
        var actor = Actor();
        Do(actor, self => self.Timers.StartPeriodicTimer("k", "tick", TimeSpan.FromSeconds(1)));
        actor.Tell(new Boom());
        _stage.Time.Advance(TimeSpan.FromSeconds(1)); // its tick waits in the mailbox behind the failure
        _stage.Run();
        Assert.Empty(_stage.Log);
        Assert.Equal(0, _stage.Time.ActiveTimers);

        Do(actor, self => self.Timers.StartPeriodicTimer("k", "tick", TimeSpan.FromSeconds(1)));
        _stage.System.Stop(actor);
        _stage.Run();
        Assert.Equal(0, _stage.Time.ActiveTimers);
    }

    private IActorRef Actor() => _stage.Start(new Script { OnMessage = (self, message) => self.Log.Add(message) });

    private void Do(IActorRef actor, Action<ScriptedActor> action) => _stage.Tell(actor, action);
}
