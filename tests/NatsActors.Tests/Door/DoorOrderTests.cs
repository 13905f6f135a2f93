using Akka.Actor;
using NatsActors.Testing;

namespace NatsActors.Tests.Door;

/// <summary>What a sender hears comes in the right order, although several threads tell it.</summary>
public sealed class DoorOrderTests
{
    [Fact]
    public async Task An_outcome_never_overtakes_its_Ack()
    {
        await using var stage = new DoorStage();
        using var confirmed = new ManualResetEventSlim();
        var teller = stage.NewTeller(told =>
        {
            if (told is Ack)
            {
                // The link confirms the message before its sender has the Ack.
                Assert.True(confirmed.Wait(Until.DefaultTimeout));
            }
        });

        var telling = Task.Run(() => teller.Tell(DoorStage.Message() with { WantsOutcome = true }));
        await Until.TrueAsync(() => stage.Links.Last.Batches.Count == 1);
        stage.Links.Last.ConfirmAll();
        await Until.TrueAsync(() => stage.Status.Totals.Delivered == 1);
        // A round through the buffer actor: by then it has told whatever it had to tell.
        Assert.True((await stage.Publisher.Ask<Flushed>(new Flush(Until.DefaultTimeout))).Completed);
        confirmed.Set();
        await telling;

        Assert.Equal([typeof(Ack), typeof(Delivered)], teller.Told.Select(told => told.GetType()));
    }

    [Fact]
    public async Task Outcomes_of_a_batch_never_overtake_its_reply()
    {
        await using var stage = new DoorStage();
        using var confirmed = new ManualResetEventSlim();
        var teller = stage.NewTeller(told =>
        {
            if (told is BatchReply)
            {
                Assert.True(confirmed.Wait(Until.DefaultTimeout));
            }
        });

        var telling = Task.Run(() => teller.Tell(new PublishBatch([.. Enumerable.Range(1, 3).Select(i =>
            DoorStage.Message() with { WantsOutcome = true, CorrelationId = $"{i}" })])));
        await Until.TrueAsync(() => stage.Links.Last.Frames.Count == 3);
        stage.Links.Last.ConfirmAll();
        await Until.TrueAsync(() => stage.Status.Totals.Delivered == 3);
        Assert.True((await stage.Publisher.Ask<Flushed>(new Flush(Until.DefaultTimeout))).Completed);
        confirmed.Set();
        await telling;

        Assert.IsType<BatchReply>(teller.Told[0]);
        Assert.Equal(["1", "2", "3"], teller.Told.Skip(1).Cast<Delivered>().Select(outcome => outcome.CorrelationId));
    }

    [Fact]
    public async Task CapacityAvailable_never_overtakes_its_BufferFull_and_is_not_lost()
    {
        await using var stage = new DoorStage(DoorStage.Small(b => b with { MaxMessages = 2 }));
        using var emptied = new ManualResetEventSlim();
        var teller = stage.NewTeller(told =>
        {
            if (told is BufferFull)
            {
                Assert.True(emptied.Wait(Until.DefaultTimeout));
            }
        });
        teller.Tell(DoorStage.Message());
        teller.Tell(DoorStage.Message());

        var telling = Task.Run(() => teller.Tell(DoorStage.Message()));
        await Until.TrueAsync(() => stage.Status.Totals.Refused == 1);
        await Until.TrueAsync(() =>
        {
            stage.Links.Last.ConfirmAll();
            return stage.Status.BufferedMessages == 0;
        });
        await stage.EventAsync<OverflowEnded>();
        emptied.Set();
        await telling;

        var capacity = await teller.HearAsync<CapacityAvailable>();
        Assert.Equal("publisher", capacity.Publisher);
        Assert.Equal([typeof(Ack), typeof(Ack), typeof(BufferFull), typeof(CapacityAvailable)], teller.Told.Select(told => told.GetType()));
    }

    [Fact]
    public async Task The_sender_of_every_reply_is_the_reference_that_users_hold()
    {
        await using var stage = new DoorStage(DoorStage.Small(b => b with { MaxMessages = 1 }));
        var teller = stage.NewTeller();
        teller.Tell(DoorStage.Message() with { WantsOutcome = true });
        teller.Tell(DoorStage.Message());
        teller.Tell(DoorStage.Message() with { Subject = "a b" });
        teller.Tell(new PublishBatch([DoorStage.Message()]));
        teller.Tell(GetStatus.Instance);
        teller.Tell(new Flush(Until.DefaultTimeout));
        teller.Tell(new Purge("other"));
        await Until.TrueAsync(() => stage.Links.Last.Batches.Count == 1);
        stage.Links.Last.ConfirmAll();
        await teller.HearAsync<CapacityAvailable>();
        teller.Tell(new Drain(TimeSpan.FromSeconds(5)));
        await teller.HearAsync<Drained>();

        Assert.Equal(10, teller.Told.Count);
        Assert.All(teller.Senders, sender => Assert.Equal(stage.Publisher, sender));
    }

    [Fact]
    public async Task Purge_and_Flush_count_from_when_they_were_told()
    {
        await using var stage = new DoorStage(connected: false);
        var teller = stage.NewTeller();
        using (stage.Hold("buffer"))
        {
            teller.Tell(DoorStage.Message("1"));
            teller.Tell(DoorStage.Message("2"));
            teller.Tell(new Purge());
            teller.Tell(DoorStage.Message("3"));
        }

        Assert.Equal(2, (await teller.HearAsync<Purged>()).Count);
        Assert.Equal(1, stage.Status.BufferedMessages);
        await stage.ConnectAsync();
        await Until.TrueAsync(() => stage.Links.Last.Frames.Count == 1);
        using (stage.Hold("buffer"))
        {
            teller.Tell(new Flush(Until.DefaultTimeout));
            teller.Tell(DoorStage.Message("4"));
        }

        stage.Links.Last.WrittenAll();
        stage.Links.Last.Confirm(3);
        // Message 4 has no outcome, and the flush does not wait for it.
        Assert.True((await teller.HearAsync<Flushed>()).Completed);
        Assert.Equal(1, stage.Status.BufferedMessages);
    }

    [Fact]
    public async Task After_Drain_has_passed_the_door_nothing_is_accepted()
    {
        await using var stage = new DoorStage(connected: false);
        var teller = stage.NewTeller();
        using (stage.Hold("buffer"))
        {
            teller.Tell(DoorStage.Message());
            teller.Tell(new Drain(TimeSpan.FromMilliseconds(50)));
            teller.Tell(DoorStage.Message());
            Assert.Equal(RejectReason.Draining, Assert.IsType<Rejected>(teller.Told[1]).Reason);
        }

        var drained = await teller.HearAsync<Drained>();
        Assert.Equal((1L, 1), (drained.Totals.Accepted, drained.Undelivered.Count));
    }
}
