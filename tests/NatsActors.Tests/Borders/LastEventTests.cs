using Akka.Actor;
using NatsActors.Connection;
using NatsActors.Testing;
using NatsActors.Tests.Door;

namespace NatsActors.Tests.Borders;

/// <summary>Whatever thread raises an event, and whoever ends the publisher, <see cref="Closed"/> is the last event.</summary>
public sealed class LastEventTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task The_last_event_waits_for_an_event_that_another_thread_hands_out()
    {
        await using var stage = new DoorStage(connected: false);
        using var holding = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var heard = new List<object>();
        stage.System.EventStream.Subscribe(new Recorder(stage.System, told =>
        {
            if (told is LameDuck)
            {
                holding.Set();
                Assert.True(release.Wait(Soon));
            }

            heard.Add(told);
        }), typeof(NatsEvent));
        var raising = Task.Run(() => stage.Parts.Raise(LameDuckOf(stage)));
        Assert.True(holding.Wait(Soon));
        // A subscriber holds the order of events only: the door is open.
        await stage.Publisher.Ask<Ack>(DoorStage.Message(), Soon);

        var drain = stage.Publisher.Ask<Drained>(new Drain(TimeSpan.Zero), Soon);
        Assert.NotSame(drain, await Task.WhenAny(drain, AMoment()));
        release.Set();

        await Task.WhenAll(raising, drain);
        Assert.Equal(
            [typeof(LameDuck), typeof(Draining), typeof(MessagesUndelivered), typeof(Closed)], heard.Select(static each => each.GetType()));
    }

    [Fact]
    public async Task Nothing_is_told_behind_the_last_event()
    {
        await using var stage = new DoorStage(connected: false);
        await stage.Publisher.Ask<Drained>(new Drain(TimeSpan.Zero), Soon);

        stage.Parts.Raise(LameDuckOf(stage));

        Assert.IsType<Closed>(stage.Events.OfType<NatsEvent>().Last());
    }

    [Fact]
    public async Task A_connection_that_fails_for_good_does_not_end_the_publisher_in_the_middle_of_a_purge()
    {
        await using var stage = new DoorStage(connected: false, maxRestarts: 0);
        using var holding = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var sender = stage.NewTeller(told =>
        {
            if (told is Undelivered)
            {
                holding.Set();
                Assert.True(release.Wait(Soon));
            }
        });
        var purger = stage.NewTeller();
        sender.Tell(DoorStage.Message() with { WantsOutcome = true });
        sender.Tell(DoorStage.Message());
        purger.Tell(new Purge());
        Assert.True(holding.Wait(Soon));

        stage.Child("connection").Tell(Kill.Instance, ActorRefs.NoSender);
        await Until.TrueAsync(() => stage.Parts.HasFailed);
        // The head actor answers behind what it does about the failure.
        await stage.Publisher.Ask<ActorIdentity>(new Identify(1), Soon);
        Assert.Empty(purger.Told);
        Assert.DoesNotContain(stage.Events, told => told is Closed);
        release.Set();

        Assert.StartsWith("the connection actor failed; there were 0 restarts", (await stage.EventAsync<Closed>()).Cause, StringComparison.Ordinal);
        await stage.Publisher.Ask<Flushed>(new Flush(Soon), Soon);
        Assert.Equal(new Purged(2), Assert.Single(purger.Told));
        Assert.Contains(stage.Events, told => told is MessagesUndelivered { Reason: UndeliveredReason.Purged, Count: 1 });
        Assert.IsType<Closed>(stage.Events.OfType<NatsEvent>().Last());
        Assert.Equal(ConnectionState.Closed, stage.Status.State);
    }

    private static LameDuck LameDuckOf(DoorStage stage) => new() { Publisher = stage.Parts.Settings.Name, Server = "nats://a:4222" };

    private static Task AMoment() => Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
}
