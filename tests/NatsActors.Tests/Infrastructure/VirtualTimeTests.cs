using NatsActors.Testing;

namespace NatsActors.Tests.Infrastructure;

public sealed class VirtualTimeTests
{
    private readonly VirtualTime _time = new();
    private readonly List<string> _fired = [];

    [Fact]
    public void Timers_fire_in_due_order_with_the_clock_at_their_due_time()
    {
        Start("late", 3);
        Start("early", 1);
        Start("also early", 1);

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["early at 1", "also early at 1"], _fired);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("late at 3", _fired[^1]);
        Assert.Equal(4, _time.Elapsed.TotalSeconds);
        Assert.Equal(TimeSpan.FromSeconds(4), _time.GetElapsedTime(0));
    }

    [Fact]
    public void A_periodic_timer_fires_once_a_period_until_it_is_disposed()
    {
        var timer = Start("tick", 1, 2);
        _time.Advance(TimeSpan.FromSeconds(5));
        timer.Dispose();
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(["tick at 1", "tick at 3", "tick at 5"], _fired);
        Assert.Equal(0, _time.ActiveTimers);
    }

    [Fact]
    public void A_changed_timer_fires_at_its_new_time_only()
    {
        var timer = Start("once", 1);
        timer.Change(TimeSpan.FromSeconds(4), Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["once at 4"], _fired);
        Assert.False(_time.AdvanceToNextTimer());
    }

    [Fact]
    public void A_timer_that_a_callback_starts_fires_in_the_same_advance_when_it_is_due()
    {
        using var first = _time.CreateTimer(_ => Start("second", 1), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(["second at 2"], _fired);
    }

    [Fact]
    public async Task Delays_on_the_clock_end_when_it_has_moved()
    {
        var delay = Task.Delay(TimeSpan.FromSeconds(1), _time);
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(delay.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        await delay;
    }

    private ITimer Start(string name, int due, int period = -1) => _time.CreateTimer(
        _ => _fired.Add($"{name} at {_time.Elapsed.TotalSeconds:0}"),
        null,
        TimeSpan.FromSeconds(due),
        period < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(period));
}
