namespace NatsActors.Embedded.Tests.Kernel;

public class SupervisionTests
{
    private readonly Stage _stage = new();
    private int _made;

    [Fact]
    public void A_restart_keeps_the_reference_and_the_mailbox_and_drops_the_message_that_failed()
    {
        var (child, _) = Family(_ => Directive.Restart);
        _stage.Tell(child, "a", new Boom(), "b", "c");
        Assert.Equal(["made 1", "a", "pre-restart Boom by Boom", "made 2", "b", "c"], _stage.Texts);
    }

    [Fact]
    public void A_restart_keeps_the_gate()
    {
        var (child, _) = Family(_ => Directive.Restart);
        var gate = ((LocalActorRef)child).Gate;
        _stage.Tell(child, new Boom());
        Assert.True(gate == ((LocalActorRef)child).Gate);
    }

    [Fact]
    public void A_restart_goes_back_to_OnReceive()
    {
        var (child, _) = Family(_ => Directive.Restart);
        _stage.Do(child, self => self.Turn(_ => throw new Boom()));
        _stage.Tell(child, "fails", "b");
        Assert.Equal(["made 1", "pre-restart Boom by String", "made 2", "b"], _stage.Texts);
    }

    [Fact]
    public void Resume_keeps_the_instance()
    {
        var (child, _) = Family(_ => Directive.Resume);
        _stage.Tell(child, "a", new Boom(), "b");
        Assert.Equal(["made 1", "a", "b"], _stage.Texts);
    }

    [Fact]
    public void Stop_ends_the_child_and_frees_its_name()
    {
        var (child, parent) = Family(_ => Directive.Stop);
        _stage.Tell(child, "a", new Boom(), "b");
        Assert.Equal(["made 1", "a", "stopped"], _stage.Texts);
        _stage.Do(parent, self => self.Log.Add(self.Ctx.Child("child").IsNobody() ? "free" : "taken"));
        Assert.Equal("free", _stage.Texts.Last());
    }

    [Fact]
    public void Escalate_fails_the_parent_with_the_cause_and_its_restart_replaces_the_child()
    {
        var reasons = new List<string>();
        var (child, _) = Family(_ => Directive.Escalate, (_, reason, message) => reasons.Add($"{reason.Message}, message {message ?? "none"}"));
        _stage.Tell(child, "a", new Boom("deep"), "b");
        Assert.Equal(["deep, message none"], reasons);

        // This PreRestart leaves the child alive: it is restarted with its parent, which makes it do without a new one.
        Assert.Equal(["made 1", "a", "pre-restart Boom by Boom", "made 2", "b"], _stage.Texts);
    }

    [Fact]
    public void The_default_restart_of_a_parent_stops_its_children_first()
    {
        var starts = 0;
        var parent = _stage.Start(new Script
        {
            Start = self =>
            {
                self.Log.Add($"start {++starts}");
                self.Ctx.ActorOf(new Script { Stopped = _ => self.Log.Add("child stopped") }.Props(_stage), "child");
            },
            Stopped = self => self.Log.Add("post-stop"),
        });
        _stage.Tell(parent, new Boom());
        Assert.Equal(["start 1", "post-stop", "child stopped", "start 2"], _stage.Texts);
    }

    [Fact]
    public void Above_the_limit_a_child_is_stopped()
    {
        var (child, _) = Family(new OneForOneStrategy(2, null, _ => Directive.Restart));
        _stage.Tell(child, new Boom(), new Boom(), "still there", new Boom(), "gone");
        Assert.Equal(3, _made);
        Assert.Equal(["still there", "stopped"], _stage.Texts.TakeLast(2));
    }

    [Fact]
    public void The_limit_counts_within_its_time_range()
    {
        var (child, _) = Family(new OneForOneStrategy(1, TimeSpan.FromSeconds(10), _ => Directive.Restart));
        _stage.Tell(child, new Boom());
        _stage.Advance(11);
        _stage.Tell(child, new Boom(), "alive");
        Assert.Equal("alive", _stage.Texts.Last());
        _stage.Tell(child, new Boom(), "dead");
        Assert.Equal("stopped", _stage.Texts.Last());
    }

    [Fact]
    public void Minus_one_is_no_limit()
    {
        var (child, _) = Family(new OneForOneStrategy(-1, null, _ => Directive.Restart));
        _stage.Tell(child, [.. Enumerable.Range(0, 100).Select(_ => new Boom())]);
        Assert.Equal(101, _made);
    }

    [Fact]
    public void A_constructor_that_throws_stops_the_actor_by_default()
    {
        _stage.Listen<ActorError>();
        _stage.Start(new Script { Constructor = _ => throw new Boom(), Stopped = self => self.Log.Add("stopped") }, "bad");
        var error = Assert.IsType<ActorError>(Assert.Single(_stage.Log));
        Assert.IsType<Boom>(Assert.IsType<ActorInitializationException>(error.Cause).InnerException);
        Assert.Equal("Stop", error.What);
    }

    [Fact]
    public void A_constructor_that_throws_is_tried_again_when_the_strategy_restarts()
    {
        var (child, _) = Family(_ => Directive.Restart, constructor: _ =>
        {
            if (_made < 3)
            {
                throw new Boom();
            }
        });
        _stage.Tell(child, "a");
        Assert.Equal(["made 1", "made 2", "made 3", "a"], _stage.Texts);
    }

    [Fact]
    public void A_restart_whose_constructor_throws_stops_by_default_and_PostStop_ran_once()
    {
        var stops = 0;
        var actor = _stage.Start(new Script
        {
            Constructor = _ =>
            {
                if (++_made == 2)
                {
                    throw new Boom();
                }
            },
            Stopped = _ => stops++,
            OnMessage = (self, message) => self.Log.Add(message),
        });
        _stage.Tell(actor, new Boom(), "b");
        Assert.Equal((2, 1), (_made, stops));
        Assert.Empty(_stage.Texts);
    }

    [Fact]
    public void A_decider_that_throws_fails_the_parent()
    {
        var reasons = new List<Exception>();
        var (child, _) = Family(_ => throw new InvalidOperationException(), (_, reason, _) => reasons.Add(reason));
        _stage.Tell(child, new Boom());
        Assert.IsType<InvalidOperationException>(Assert.Single(reasons));
    }

    [Fact]
    public void A_failed_actor_can_be_stopped_while_its_parent_has_not_decided()
    {
        var (child, _) = Family(_ => Directive.Restart);
        child.Tell(new Boom());
        _stage.System.Stop(child);
        _stage.Run();
        Assert.Equal("stopped", _stage.Texts.Last());
        Assert.Equal(1, _made);
    }

    [Fact]
    public void Children_of_a_failed_actor_wait_for_the_decision()
    {
        IActorRef? grandchild = null;
        var (child, _) = Family(_ =>
        {
            _stage.Log.Add("decided");
            return Directive.Resume;
        });
        _stage.Do(child, self => grandchild = self.Ctx.ActorOf(new Script { OnMessage = (_, m) => self.Log.Add(m) }.Props(_stage)));
        _stage.Do(child, _ =>
        {
            grandchild!.Tell("early");
            throw new Boom();
        });
        Assert.Equal(["made 1", "decided", "early"], _stage.Texts);
    }

    [Fact]
    public void A_child_that_failed_with_its_parent_waits_for_its_own_decision()
    {
        var child = ActorRefs.Nobody;
        var childScript = new Script { OnMessage = (self, message) => self.Log.Add(message) };
        var parentScript = new Script
        {
            Start = self => child = self.Ctx.ActorOf(childScript.Props(_stage)),
            Strategy = new OneForOneStrategy(_ =>
            {
                // The parent has been resumed, and its child with it: a run of the child now must not go on.
                _stage.Steps.RunOne();
                _stage.Log.Add("decided");
                return Directive.Resume;
            }),
        };
        var parent = ActorRefs.Nobody;
        _stage.Start(new Script
        {
            Start = self => parent = self.Ctx.ActorOf(parentScript.Props(_stage)),
            Strategy = new OneForOneStrategy(_ => Directive.Resume),
        });
        _stage.Do(parent, _ =>
        {
            child.Tell(new Boom());
            child.Tell("later");
            _stage.Steps.RunOne();
            throw new Boom();
        });
        Assert.Equal(["decided", "later"], _stage.Texts);
    }

    private (IActorRef Child, IActorRef Parent) Family(
        Func<Exception, Directive> decider,
        Action<ScriptedActor, Exception, object?>? parentRestarts = null,
        Action<ScriptedActor>? constructor = null) => Family(new OneForOneStrategy(decider), parentRestarts, constructor);

    private (IActorRef Child, IActorRef Parent) Family(
        SupervisorStrategy strategy,
        Action<ScriptedActor, Exception, object?>? parentRestarts = null,
        Action<ScriptedActor>? constructor = null)
    {
        var script = new Script
        {
            Constructor = self =>
            {
                self.Log.Add($"made {++_made}");
                constructor?.Invoke(self);
            },
            Stopped = self => self.Log.Add("stopped"),
            BeforeRestart = (self, reason, message) => self.Log.Add($"pre-restart {reason.GetType().Name} by {message?.GetType().Name}"),
            OnMessage = (self, message) => self.Log.Add(message),
        };
        var child = ActorRefs.Nobody;
        var parent = _stage.Start(new Script
        {
            Start = self => child = self.Ctx.Child("child").IsNobody() ? self.Ctx.ActorOf(script.Props(_stage), "child") : child,
            Strategy = strategy,
            BeforeRestart = parentRestarts,
        });
        return (child, parent);
    }
}
