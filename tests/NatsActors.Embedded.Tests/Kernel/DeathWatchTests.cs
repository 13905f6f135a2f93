namespace NatsActors.Embedded.Tests.Kernel;

public class DeathWatchTests
{
    private readonly Stage _stage = new();

    [Fact]
    public void The_end_of_a_watched_actor_is_told_once_behind_what_it_had_sent()
    {
        var watcher = Watcher();
        var watched = _stage.Start(new Script { Stopped = _ => watcher.Tell("last words") });
        Watch(watcher, watched);
        Watch(watcher, watched);
        _stage.System.Stop(watched);
        _stage.Run();
        Assert.Equal("last words", _stage.Log[0]);
        Assert.Same(watched, Assert.IsType<Terminated>(_stage.Log[1]).ActorRef);
        Assert.Equal(2, _stage.Log.Count);
    }

    [Fact]
    public void Watching_a_dead_actor_is_answered_at_once()
    {
        var watched = _stage.Start(new Script());
        _stage.System.Stop(watched);
        _stage.Run();
        Watch(Watcher(), watched);
        Assert.Same(watched, Assert.IsType<Terminated>(Assert.Single(_stage.Log)).ActorRef);
    }

    [Fact]
    public void A_parent_hears_of_its_watched_child_once_and_may_use_its_name_again()
    {
        var parent = _stage.Start(new Script
        {
            OnMessage = (self, message) =>
            {
                self.Log.Add(message);
                self.Ctx.ActorOf(new Script().Props(_stage), "child");
            },
        });
        _stage.Do(parent, self =>
        {
            var child = self.Ctx.Watch(self.Ctx.ActorOf(new Script().Props(_stage), "child"));
            self.Ctx.Stop(child);
        });
        Assert.IsType<Terminated>(Assert.Single(_stage.Log));
    }

    [Fact]
    public void After_Unwatch_no_Terminated_arrives_not_even_from_the_mailbox()
    {
        var watcher = Watcher();
        var watched = _stage.Start(new Script());
        Watch(watcher, watched);
        _stage.Do(watcher, self =>
        {
            // The unwatch waits in the mailbox behind nothing, the Terminated behind the unwatch.
            self.Me.Tell((Action<ScriptedActor>)(me => me.Ctx.Unwatch(watched)));
            self.Ctx.Stop(watched);
        });
        Assert.Empty(_stage.Log);

        var other = _stage.Start(new Script());
        Watch(watcher, other);
        _stage.System.Stop(other);
        watcher.Tell((Action<ScriptedActor>)(self => self.Ctx.Unwatch(other)));
        _stage.Run();
        Assert.Empty(_stage.Log);
    }

    [Fact]
    public void An_unhandled_Terminated_fails_the_watcher()
    {
        _stage.Listen<ActorError>();
        var watcher = _stage.Start(new Script());
        var watched = _stage.Start(new Script());
        Watch(watcher, watched);
        _stage.System.Stop(watched);
        _stage.Run();
        Assert.IsType<DeathPactException>(Assert.IsType<ActorError>(Assert.Single(_stage.Log)).Cause);
    }

    [Fact]
    public void A_restart_of_the_watched_actor_is_not_its_end()
    {
        var watcher = Watcher();
        var watched = _stage.Start(new Script());
        Watch(watcher, watched);
        _stage.Tell(watched, new Boom());
        Assert.Empty(_stage.Log);
    }

    [Fact]
    public void An_asker_that_is_watched_ends_with_its_answer()
    {
        var watcher = Watcher();
        _ = watcher.Ask<string>((ScriptedActor self) =>
        {
            self.Ctx.Watch(self.From);
            self.From.Tell("answer");
        });
        _stage.Run();
        Assert.IsType<Terminated>(Assert.Single(_stage.Log));
    }

    private IActorRef Watcher() => _stage.Start(new Script { OnMessage = (self, message) => self.Log.Add(message) });

    private void Watch(IActorRef watcher, IActorRef watched) =>
        _stage.Do(watcher, self => self.Ctx.Watch(watched));
}
