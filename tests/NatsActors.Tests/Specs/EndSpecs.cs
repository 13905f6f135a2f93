using Akka.Actor;
using NatsActors.Connection;
using NatsActors.Tests;

namespace NatsActors.Specs;

/// <summary>An end that a fault cuts short goes on where it was, with its cause.</summary>
public sealed class EndSpecs : ActorSpec
{
    private const string Cause = "2 attempts failed in a row";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_end_for_a_cause_that_a_crash_cuts_short_goes_on(bool hasAccount)
    {
        StartPublisher();
        var events = Events<NatsEvent>();
        var (sender, flusher) = (CreateProbe(), CreateProbe());
        Tell(Message("1") with { WantsOutcome = true }, sender);
        sender.ExpectMsg<Ack>();
        Tell(new Flush(TimeSpan.FromHours(1)), flusher);
        // What the buffer actor does before it fails.
        Assert.True(Parts.Buffer.BeginEnd(Cause));
        if (hasAccount)
        {
            Parts.Door.Run(Parts.Buffer.StartClose());
            Parts.Buffer.End();
        }

        flusher.ExpectNoMsg();

        Crash("buffer");

        Assert.Equal(UndeliveredReason.Closed, sender.ExpectMsg<Undelivered>().Reason);
        Assert.Equal(new Flushed(true, 0), flusher.ExpectMsg<Flushed>());
        var told = events.TakeAll();
        Assert.StartsWith(Cause, Assert.IsType<Closed>(told[^1]).Cause, StringComparison.Ordinal);
        Assert.Single(told.OfType<Closed>());
        Assert.Single(Ask<Drained>(new Drain(TimeSpan.FromHours(1))).Undelivered);
        Assert.Equal(RejectReason.Closed, Ask<Rejected>(Message("2")).Reason);
        Assert.True(Link.Closed);
    }

    [Fact]
    public void A_subscriber_that_throws_does_not_cut_an_end_short()
    {
        StartPublisher(With(connection: c => c with { Backoff = c.Backoff with { MaxAttempts = 1 } }), maxRestarts: 0);
        var system = ((ActorRefWithCell)Publisher).Underlying.System;
        var taken = new List<object>();
        system.EventStream.Subscribe(
            new Recorder(system, told =>
            {
                taken.Add(told);
                throw new InvalidOperationException("a user's fault");
            }),
            typeof(NatsEvent));
        Accept("1");

        Link.Lose(LinkLossKind.Unreachable);
        Settle();

        Assert.Contains(taken, told => told is MessagesUndelivered);
        Assert.Contains("1 attempts failed in a row", Assert.IsType<Closed>(taken[^1]).Cause, StringComparison.Ordinal);
        Assert.False(Parts.HasFailed);
        Ask<Drained>(new Drain(TimeSpan.FromHours(1)));
        Assert.Equal(ConnectionState.Closed, Status().State);
    }
}
