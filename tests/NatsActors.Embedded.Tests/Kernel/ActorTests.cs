namespace NatsActors.Embedded.Tests.Kernel;

public class ActorTests
{
    private readonly Stage _stage = new();

    [Fact]
    public void Messages_of_one_sender_arrive_in_order()
    {
        var probe = _stage.Probe();
        _stage.Tell(probe, [.. Enumerable.Range(0, 1000).Cast<object>()]);
        Assert.Equal(Enumerable.Range(0, 1000).Cast<object>(), _stage.Log);
    }

    [Fact]
    public void Become_takes_effect_from_the_next_message_on()
    {
        var actor = _stage.Start(new Script
        {
            OnMessage = (self, message) =>
            {
                self.Log.Add($"first {message}");
                self.Turn(other => self.Log.Add($"second {other}"));
            },
        });
        _stage.Tell(actor, "a", "b");
        Assert.Equal(["first a", "second b"], _stage.Texts);
    }

    [Fact]
    public void Become_in_the_constructor_is_kept()
    {
        var actor = _stage.Start(new Script { Constructor = self => self.Turn(message => self.Log.Add($"became {message}")) });
        _stage.Tell(actor, "a");
        Assert.Equal(["became a"], _stage.Texts);
    }

    [Fact]
    public void An_unhandled_message_is_published_and_its_text_hides_the_content()
    {
        _stage.Listen<UnhandledMessage>();
        var actor = _stage.Start(new Script(), "deaf");
        _stage.Tell(actor, "a secret");
        var unhandled = Assert.IsType<UnhandledMessage>(Assert.Single(_stage.Log));
        Assert.Equal("a secret", unhandled.Message);
        Assert.Same(actor, unhandled.Recipient);
        Assert.DoesNotContain("secret", unhandled.ToString(), StringComparison.Ordinal);
        Assert.Contains("String", unhandled.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_sender_is_the_telling_actor_or_the_dead_letters()
    {
        IActorRef? seen = null;
        var actor = _stage.Start(new Script { OnMessage = (self, _) => seen = self.From });
        _stage.Tell(actor, "from outside");
        Assert.Same(_stage.System.DeadLetters, seen);
        Assert.True(seen.IsNobody());

        var teller = _stage.Start(new Script());
        _stage.Do(teller, _ => actor.Tell("x"));
        Assert.Same(teller, seen);
    }

    [Fact]
    public void Forward_keeps_the_sender()
    {
        IActorRef? seen = null;
        var last = _stage.Start(new Script { OnMessage = (self, _) => seen = self.From });
        var middle = _stage.Start(new Script { OnMessage = (_, message) => last.Forward(message) });
        var first = _stage.Start(new Script());
        middle.Tell("x", first);
        _stage.Run();
        Assert.Same(first, seen);
    }

    [Fact]
    public void A_message_to_a_stopped_actor_is_a_dead_letter_whose_text_hides_the_content()
    {
        _stage.Listen<DeadLetter>();
        var actor = _stage.Start(new Script(), "gone");
        _stage.System.Stop(actor);
        _stage.Run();
        _stage.Tell(actor, "a secret");
        var letter = Assert.IsType<DeadLetter>(Assert.Single(_stage.Log));
        Assert.Equal("a secret", letter.Message);
        Assert.Same(actor, letter.Recipient);
        Assert.DoesNotContain("secret", letter.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_waits_when_an_actor_stops_goes_to_the_dead_letters()
    {
        _stage.Listen<DeadLetter>();
        var actor = _stage.Start(new Script { OnMessage = (self, _) => self.Ctx.Stop(self.Me), Stopped = self => self.Log.Add("stopped") });
        _stage.Tell(actor, "stop", 1, 2);
        Assert.Equal("stopped", _stage.Log[0]);
        Assert.Equal([1, 2], _stage.Log.OfType<DeadLetter>().Select(letter => letter.Message));
    }

    [Fact]
    public void A_poison_pill_stops_behind_what_came_before_it()
    {
        var actor = _stage.Start(new Script { OnMessage = (self, message) => self.Log.Add(message), Stopped = self => self.Log.Add("stopped") });
        _stage.Tell(actor, "a", PoisonPill.Instance, "b");
        Assert.Equal(["a", "stopped"], _stage.Texts);
    }

    [Fact]
    public void Null_is_refused()
    {
        var actor = _stage.Probe();
        Assert.Throws<InvalidMessageException>(() => actor.Tell(null!));
    }

    [Fact]
    public void A_name_is_taken_until_its_actor_has_ended()
    {
        var first = _stage.Start(new Script(), "one");
        Assert.Throws<InvalidActorNameException>(() => _stage.Start(new Script(), "one"));
        _stage.System.Stop(first);
        _stage.Run();
        Assert.NotSame(first, _stage.Start(new Script(), "one"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("$mine")]
    [InlineData("a/b")]
    public void A_name_that_is_no_path_element_is_refused(string name) =>
        Assert.Throws<InvalidActorNameException>(() => _stage.Start(new Script(), name));

    [Fact]
    public void A_duplicate_child_name_fails_the_parent_and_leaves_the_child()
    {
        var actor = _stage.Start(new Script { BeforeRestart = (self, reason, _) => self.Log.Add(reason.GetType().Name) });
        var living = new Script { BeforeRestart = (_, _, _) => { }, Stopped = self => self.Log.Add("child stopped") };
        Action<ScriptedActor> makeChild = self => self.Ctx.ActorOf(living.Props(_stage), "child");
        _stage.Tell(actor, makeChild, makeChild);
        Assert.Equal([nameof(InvalidActorNameException)], _stage.Texts);
    }

    [Fact]
    public void An_actor_is_not_made_with_new() =>
        Assert.Throws<ActorInitializationException>(() => new ScriptedActor(new Script(), _stage));

    [Fact]
    public void Children_stop_before_their_parent()
    {
        var parent = _stage.Start(new Script
        {
            Start = self => self.Ctx.ActorOf(new Script { Stopped = _ => self.Log.Add("child") }.Props(_stage), "c"),
            Stopped = self => self.Log.Add("parent"),
        });
        _stage.System.Stop(parent);
        _stage.Run();
        Assert.Equal(["child", "parent"], _stage.Texts);
    }

    [Fact]
    public void PostStop_that_throws_still_ends_the_actor()
    {
        _stage.Listen<ActorError>();
        var actor = _stage.Start(new Script { Stopped = _ => throw new Boom() }, "bad");
        _stage.System.Stop(actor);
        _stage.Run();
        Assert.IsType<Boom>(Assert.IsType<ActorError>(Assert.Single(_stage.Log)).Cause);
        _stage.Start(new Script(), "bad");
    }

    [Fact]
    public async Task A_system_ends_when_all_of_its_actors_have_ended()
    {
        _stage.Start(new Script
        {
            Start = self => self.Ctx.ActorOf(new Script { Stopped = _ => self.Log.Add("child") }.Props(_stage)),
            Stopped = self => self.Log.Add("parent"),
        });
        var ended = _stage.System.TerminateAsync();
        Assert.False(ended.IsCompleted);
        _stage.Run();
        await ended;
        Assert.Equal(["child", "parent"], _stage.Texts);
        Assert.Throws<InvalidOperationException>(() => _stage.System.ActorOf(new Script().Props(_stage)));
    }

    [Fact]
    public void Events_reach_subscribers_of_the_type_and_of_base_types_once()
    {
        var probe = _stage.Probe();
        Assert.True(_stage.System.EventStream.Subscribe(probe, typeof(EventArgs)));
        Assert.True(_stage.System.EventStream.Subscribe(probe, typeof(Happened)));
        Assert.False(_stage.System.EventStream.Subscribe(probe, typeof(Happened)));
        _stage.System.EventStream.Publish(new Happened());
        _stage.System.EventStream.Publish(new EventArgs());
        _stage.System.EventStream.Publish("no one's");
        _stage.Run();
        Assert.Equal([typeof(Happened), typeof(EventArgs)], _stage.Log.Select(e => e.GetType()));
    }

    [Fact]
    public void An_unsubscribed_or_ended_subscriber_gets_no_more_events()
    {
        var probe = _stage.Probe();
        _stage.System.EventStream.Subscribe(probe, typeof(string));
        _stage.System.EventStream.Unsubscribe(probe, typeof(string));
        _stage.System.EventStream.Publish("a");
        _stage.System.EventStream.Subscribe(probe, typeof(DeadLetter));
        _stage.System.Stop(probe);
        _stage.Run();
        _stage.Tell(probe, "b");
        Assert.Empty(_stage.Log);
        Assert.False(_stage.System.EventStream.Unsubscribe(probe));
    }

    [Fact]
    public void A_subscriber_that_throws_does_not_fail_the_publisher()
    {
        _stage.System.EventStream.Subscribe(new ThrowingRef(), typeof(string));
        var probe = _stage.Probe();
        _stage.System.EventStream.Subscribe(probe, typeof(string));
        _stage.System.EventStream.Publish("news");
        _stage.Run();
        Assert.Equal(["news"], _stage.Log);
    }

    private sealed class ThrowingRef : IActorRef
    {
        public ActorPath Path { get; } = new("elsewhere", null, "thrower");

        public void Tell(object message, IActorRef? sender) => throw new Boom();
    }

    private sealed class Happened : EventArgs;
}
