using Akka.Actor.Internal;
using NatsActors.Actors;
using NatsActors.Connection;
using NatsActors.Specs;

namespace NatsActors.Tests.Borders;

/// <summary>Crashes of a publisher's actors are survived up to a bound within a time; beyond it the publisher ends with a cause.</summary>
public sealed class RestartSpecs : ActorSpec
{
    private const int Bound = 3;

    [Theory]
    [InlineData("buffer")]
    [InlineData("connection")]
    public void As_many_crashes_as_the_bound_are_survived_and_the_next_ends_the_publisher(string child)
    {
        StartPublisher(maxRestarts: Bound);
        var closed = Events<Closed>();
        var (sender, flusher, drainer) = (CreateProbe(), CreateProbe(), CreateProbe());
        Tell(Message("1") with { WantsOutcome = true }, sender);
        sender.ExpectMsg<Ack>();
        Tell(new Flush(TimeSpan.FromHours(1)), flusher);
        for (var i = 0; i < Bound; i++)
        {
            Crash(child);
            closed.ExpectNoMsg();
        }

        Accept("2");
        Tell(new Drain(TimeSpan.FromHours(1)), drainer);
        Crash(child);

        var end = closed.ExpectMsg<Closed>();
        Assert.StartsWith($"the {child} actor failed; there were {Bound} restarts within 60 s before (ActorKilledException:", end.Cause, StringComparison.Ordinal);
        Assert.EndsWith("2 messages were left, 0 of which were in flight and may have arrived", end.Cause, StringComparison.Ordinal);
        Assert.Equal((2L, 2L), (end.Totals.Accepted, end.Totals.UndeliveredByReason[UndeliveredReason.Closed]));
        Assert.Equal(UndeliveredReason.Closed, sender.ExpectMsg<Undelivered>().Reason);
        Assert.Equal(new Flushed(true, 0), flusher.ExpectMsg<Flushed>());
        Assert.Equal(2, drainer.ExpectMsg<Drained>().Undelivered.Count);
        AssertEnded(closed);
    }

    [Fact]
    public void Crashes_of_both_actors_count_together()
    {
        StartPublisher(maxRestarts: Bound);
        var closed = Events<Closed>();
        Crash("buffer");
        Crash("connection");
        Crash("buffer");
        closed.ExpectNoMsg();

        Crash("connection");

        Assert.Contains("the connection actor failed", closed.ExpectMsg<Closed>().Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void The_time_in_which_crashes_count_passes_by_the_publishers_clock()
    {
        StartPublisher(maxRestarts: Bound);
        var closed = Events<Closed>();
        for (var window = 0; window < 4; window++)
        {
            for (var i = 0; i < Bound; i++)
            {
                Crash("buffer");
            }

            Advance(PublisherActor.RestartsWithin);
        }

        closed.ExpectNoMsg();
        Accept("1");

        // Just before the time is over, the old ones count.
        for (var i = 0; i < Bound; i++)
        {
            Crash("buffer");
        }

        Advance(PublisherActor.RestartsWithin - TimeSpan.FromMilliseconds(20));
        Crash("buffer");
        Assert.Equal(1, closed.ExpectMsg<Closed>().Totals.Accepted);
    }

    [Theory]
    [InlineData("buffer")]
    [InlineData("connection")]
    public void A_child_that_fails_in_its_start_ends_the_publisher_and_does_not_spin(string child)
    {
        var clock = new FailingClock(Time, actor => actor == child);
        StartPublisher(time: clock, maxRestarts: PublisherActor.MaxRestarts);
        var closed = Events<Closed>();
        var sender = CreateProbe();
        Tell(Message("1") with { WantsOutcome = true }, sender);
        sender.ExpectMsg<Ack>();

        clock.Broken = true;
        Crash(child);

        var end = closed.ExpectMsg<Closed>();
        Assert.Contains($"the {child} actor failed; there were {PublisherActor.MaxRestarts} restarts", end.Cause, StringComparison.Ordinal);
        Assert.Contains("the clock is broken", end.Cause, StringComparison.Ordinal);
        Assert.InRange(clock.Failures, PublisherActor.MaxRestarts, 3 * PublisherActor.MaxRestarts);
        Assert.Equal(UndeliveredReason.Closed, sender.ExpectMsg<Undelivered>().Reason);
        AssertEnded(closed);
    }

    [Fact]
    public void A_child_that_fails_in_its_first_start_ends_the_publisher()
    {
        var closed = Events<Closed>();
        StartPublisher(time: new FailingClock(Time, actor => actor == "connection") { Broken = true }, maxRestarts: Bound);

        Assert.Contains("the clock is broken", closed.ExpectMsg<Closed>().Cause, StringComparison.Ordinal);
        AssertEnded(closed);
    }

    [Fact]
    public void A_clock_that_fails_for_every_actor_ends_the_publisher_with_answers()
    {
        var clock = new FailingClock(Time, _ => true);
        StartPublisher(With(b => b with { MaxMessages = 1, Overflow = OverflowPolicy.Wait }), time: clock, maxRestarts: Bound);
        var closed = Events<Closed>();
        var (sender, waiting) = (CreateProbe(), CreateProbe());
        Tell(Message("1") with { WantsOutcome = true }, sender);
        Tell(Message("2"), waiting);
        sender.ExpectMsg<Ack>();

        clock.Broken = true;
        Crash("connection");

        Assert.Contains("the clock is broken", closed.ExpectMsg<Closed>().Cause, StringComparison.Ordinal);
        Assert.Equal(UndeliveredReason.Closed, sender.ExpectMsg<Undelivered>().Reason);
        Assert.Equal(RejectReason.Closed, waiting.ExpectMsg<Rejected>().Reason);
        clock.Broken = false;
        AssertEnded(closed);
    }

    private void AssertEnded(Probe closed)
    {
        Assert.Equal(RejectReason.Closed, Ask<Rejected>(Message("late")).Reason);
        Assert.Equal(ConnectionState.Closed, Status().State);
        Assert.Equal(new Flushed(true, 0), Ask<Flushed>(new Flush(TimeSpan.FromHours(1))));
        Ask<Drained>(new Drain(TimeSpan.FromHours(1)));
        Settle();
        var (turns, links) = (Turns, Links.Count);
        Advance(TimeSpan.FromMinutes(2));
        Assert.InRange(Turns - turns, 0, 10);
        Assert.Equal(links, Links.Count);
        closed.ExpectNoMsg();
    }

    /// <summary>A clock that throws when an actor asks, once it is broken.</summary>
    private sealed class FailingClock(TimeProvider time, Func<string, bool> fails) : TimeProvider
    {
        public bool Broken { get; set; }

        public int Failures { get; private set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

        public override long GetTimestamp()
        {
            if (Broken && InternalCurrentActorCellKeeper.Current is { } cell && fails(cell.Self.Path.Name))
            {
                Failures++;
                throw new InvalidOperationException("the clock is broken");
            }

            return time.GetTimestamp();
        }
    }
}
