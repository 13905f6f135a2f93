namespace NatsActors.Embedded.Tests.Kernel;

public class TaskTests
{
    private readonly Stage _stage = new();

    [Fact]
    public async Task Ask_gives_the_first_answer_and_a_later_one_is_a_dead_letter()
    {
        _stage.Listen<DeadLetter>();
        var actor = _stage.Start(new Script
        {
            OnMessage = (self, message) =>
            {
                self.From.Tell($"{message} 1");
                self.From.Tell($"{message} 2");
            },
        });
        var answer = actor.Ask<string>("q");
        _stage.Run();
        Assert.Equal("q 1", await answer);
        Assert.Equal("q 2", Assert.IsType<DeadLetter>(Assert.Single(_stage.Log)).Message);
    }

    [Fact]
    public async Task Ask_times_out_on_the_systems_clock()
    {
        var actor = _stage.Probe();
        var answer = actor.Ask<string>("q", TimeSpan.FromSeconds(3));
        _stage.Advance(2.9);
        Assert.False(answer.IsCompleted);
        _stage.Advance(0.2);
        await Assert.ThrowsAsync<AskTimeoutException>(() => answer);
    }

    [Fact]
    public async Task An_answer_disposes_the_timer()
    {
        var actor = _stage.Start(new Script());
        var answer = actor.Ask<object>(() => (object)"a", TimeSpan.FromSeconds(3));
        _stage.Run();
        Assert.Equal("a", await answer);
        Assert.Equal(0, _stage.Time.ActiveTimers);
    }

    [Fact]
    public async Task Ask_is_cancelled_by_its_token()
    {
        using var cancel = new CancellationTokenSource();
        var answer = _stage.Probe().Ask<string>("q", cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    [Fact]
    public async Task Ask_fails_with_the_cause_of_a_failure_and_on_another_type()
    {
        var actor = _stage.Start(new Script { OnMessage = (self, message) => self.From.Tell(message) });
        var failed = actor.Ask<string>(new Status.Failure(new Boom()));
        var mistyped = actor.Ask<string>(42);
        _stage.Run();
        await Assert.ThrowsAsync<Boom>(() => failed);
        await Assert.ThrowsAsync<ArgumentException>(() => mistyped);
    }

    [Fact]
    public async Task PipeTo_tells_the_result_or_the_failure()
    {
        var probe = _stage.Probe();
        await Task.FromResult("done").PipeTo(probe);
        await Task.FromResult(1).PipeTo(probe, success: n => $"n = {n}");
        await Task.FromException<int>(new Boom()).PipeTo(probe);
        await Task.FromException<int>(new Boom()).PipeTo(probe, failure: e => e.Message);
        _stage.Run();
        Assert.Equal("done", _stage.Log[0]);
        Assert.Equal("n = 1", _stage.Log[1]);
        Assert.IsType<Boom>(Assert.IsType<Status.Failure>(_stage.Log[2]).Cause);
        Assert.Equal("boom", _stage.Log[3]);
    }

    [Fact]
    public async Task PipeTo_without_a_result_tells_what_success_makes()
    {
        var probe = _stage.Probe();
        await Task.CompletedTask.PipeTo(probe);
        await Task.CompletedTask.PipeTo(probe, success: () => "done");
        _stage.Run();
        Assert.Equal(["done"], _stage.Log);
    }
}
