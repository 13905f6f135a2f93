using Akka.Actor;
using Akka.Event;
using NatsActors.Testing;
using NatsActors.Tests.Contract;
using NatsActors.Tests.Door;

namespace NatsActors.Tests.Producers;

/// <summary>Awaiting a publisher's reference: replies, outcomes, time-outs, cancellation, and what is left behind.</summary>
public sealed class PublisherExtensionsTests
{
    [Fact]
    public async Task Every_kind_of_reply_comes_back_with_its_correlation_id()
    {
        await using var stage = new DoorStage(connected: false);
        var message = DoorStage.Message() with { CorrelationId = "c" };

        Assert.Equal(new Ack(1) { CorrelationId = "c" }, await stage.Publisher.PublishAsync(message));
        Assert.Equal("c", Assert.IsType<Rejected>(await stage.Publisher.PublishAsync(message with { Subject = "a..b" })).CorrelationId);
        var batch = await stage.Publisher.PublishAsync([.. Enumerable.Repeat(DoorStage.Message(), 20)]);
        Assert.Equal((9, 2L), (batch.Accepted, batch.FirstSequence));
        Assert.IsType<BufferFull>(batch.Refusal);
        Assert.Equal("c", Assert.IsType<BufferFull>(await stage.Publisher.PublishAsync(message)).CorrelationId);
        Assert.IsType<BufferFull>((await stage.Publisher.PublishForOutcomeAsync(message)).Reply);
        AssertNothingIsLeft(stage.System);
    }

    [Fact]
    public async Task The_reply_and_the_outcome_come_to_one_caller()
    {
        await using var stage = new DoorStage();
        var publish = stage.Publisher.PublishForOutcomeAsync(DoorStage.Message() with { CorrelationId = "c" });
        await Until.TrueAsync(() => stage.Links.Last.Batches.Count == 1);
        Assert.False(publish.IsCompleted);
        stage.Links.Last.ConfirmAll();

        var (reply, outcome) = await publish.WaitAsync(Until.DefaultTimeout);
        Assert.Equal(new Ack(1) { CorrelationId = "c" }, reply);
        Assert.Equal(new Delivered(1) { CorrelationId = "c" }, outcome);
        AssertNothingIsLeft(stage.System);
    }

    [Fact]
    public async Task A_publisher_that_ends_gives_those_who_await_it_an_outcome()
    {
        await using var stage = new DoorStage(connected: false);
        var publish = stage.Publisher.PublishForOutcomeAsync(DoorStage.Message());
        await Until.TrueAsync(() => stage.Status.BufferedMessages == 1);
        stage.System.Stop(stage.Publisher);

        Assert.Equal(UndeliveredReason.Closed, Assert.IsType<Undelivered>((await publish.WaitAsync(Until.DefaultTimeout)).Outcome).Reason);
        Assert.Equal(RejectReason.Closed, Assert.IsType<Rejected>(await stage.Publisher.PublishAsync(DoorStage.Message()).WaitAsync(Until.DefaultTimeout)).Reason);
    }

    [Fact]
    public async Task A_time_out_counts_reply_and_outcome_together_and_the_message_still_leaves()
    {
        var time = new VirtualTime();
        await using var stage = new DoorStage(connected: false);
        var publish = PublisherExtensions.OutcomeAsync(
            stage.Publisher, DoorStage.Message() with { WantsOutcome = true }, TimeSpan.FromSeconds(3), time, CancellationToken.None);
        await Until.TrueAsync(() => time.ActiveTimers == 1);
        time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(publish.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.2));

        var error = await Assert.ThrowsAsync<AskTimeoutException>(() => publish);
        Assert.Contains("gave no outcome", error.Message, StringComparison.Ordinal);
        await stage.ConnectAsync();
        await Until.TrueAsync(() => stage.Links.Last.Batches.Count == 1);
        stage.Links.Last.ConfirmAll();
        await Until.TrueAsync(() => stage.Status.Totals.Delivered == 1);
        AssertNothingIsLeft(stage.System);
        Assert.DoesNotContain(stage.Events, told => told is AllDeadLetters { Message: Outcome or PublishReply });
    }

    [Fact]
    public async Task Without_a_reply_the_time_out_of_the_system_counts()
    {
        await using var test = new TestSystem("akka.actor.ask-timeout = 50ms");
        var silent = test.System.ActorOf(Props.Create(() => new Silent()));

        var error = await Assert.ThrowsAsync<AskTimeoutException>(() => silent.PublishAsync(DoorStage.Message()).WaitAsync(Until.DefaultTimeout));
        Assert.Contains(silent.Path.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains("gave no reply", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<AskTimeoutException>(() => silent.PublishAsync([DoorStage.Message()], TimeSpan.FromMilliseconds(1)));
        AssertNothingIsLeft(test.System);
    }

    [Fact]
    public async Task A_cancelled_wait_ends_and_a_token_cancelled_before_publishes_nothing()
    {
        await using var stage = new DoorStage(connected: false);
        using var cancellation = new CancellationTokenSource();
        var publish = stage.Publisher.PublishForOutcomeAsync(DoorStage.Message(), cancellation: cancellation.Token);
        await Until.TrueAsync(() => stage.Status.BufferedMessages == 1);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => publish.WaitAsync(Until.DefaultTimeout));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stage.Publisher.PublishAsync(DoorStage.Message(), null, cancellation.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stage.Publisher.PublishAsync([DoorStage.Message()], null, cancellation.Token));
        Assert.Equal(1, stage.Status.BufferedMessages);
        AssertNothingIsLeft(stage.System);
    }

    [Fact]
    public async Task A_time_out_beyond_what_a_timer_takes_is_no_time_out()
    {
        await using var stage = new DoorStage();
        Assert.IsType<Ack>(await stage.Publisher.PublishAsync(DoorStage.Message(), TimeSpan.MaxValue));
    }

    [Fact]
    public async Task Arguments_that_cannot_work_are_refused()
    {
        await using var stage = new DoorStage(connected: false);
        var wants = DoorStage.Message() with { WantsOutcome = true };
        await Assert.ThrowsAsync<ArgumentException>(() => stage.Publisher.PublishAsync(wants));
        await Assert.ThrowsAsync<ArgumentException>(() => stage.Publisher.PublishAsync([wants]));
        await Assert.ThrowsAsync<ArgumentException>(() => ActorRefs.Nobody.PublishAsync(DoorStage.Message()));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => stage.Publisher.PublishAsync(DoorStage.Message(), TimeSpan.FromSeconds(-2)));
        Assert.Equal(0, stage.Status.BufferedMessages);
    }

    [Fact]
    public async Task A_remote_publisher_gives_reply_and_outcome()
    {
        await using var server = await NatsServer.StartAsync();
        await using var publishers = ContractSystem.Remote("publishers", TestSystem.To(server));
        await using var senders = ContractSystem.Remote("senders");
        var publisher = await senders.ResolveAsync(publishers, NatsPublishers.Get(publishers.System).Publisher());

        Assert.Equal(new Ack(1), await publisher.PublishAsync(DoorStage.Message(), Until.DefaultTimeout));
        Assert.Equal(new BatchReply(2, 2, null), await publisher.PublishAsync([DoorStage.Message(), DoorStage.Message()], Until.DefaultTimeout));
        var (reply, outcome) = await publisher.PublishForOutcomeAsync(DoorStage.Message() with { CorrelationId = "c" }, Until.DefaultTimeout);

        Assert.Equal((new Ack(4) { CorrelationId = "c" }, new Delivered(4) { CorrelationId = "c" }), (reply, outcome));
        AssertNothingIsLeft(senders.System);
    }

    [Fact]
    public async Task An_outcome_whose_Ack_was_lost_on_the_way_stands_for_it()
    {
        await using var test = new TestSystem();
        var publisher = test.System.ActorOf(Props.Create(() => new OutcomeOnly()));

        var (reply, outcome) = await publisher.PublishForOutcomeAsync(DoorStage.Message() with { CorrelationId = "c" }, Until.DefaultTimeout);

        Assert.Equal((new Ack(7) { CorrelationId = "c" }, new Delivered(7) { CorrelationId = "c" }), (reply, outcome));
    }

    /// <summary>Akka.NET does not show which temporary references are registered, so the test looks into the container.</summary>
    private static void AssertNothingIsLeft(ActorSystem system)
    {
        var container = ((ExtendedActorSystem)system).Provider.TempContainer;
        Assert.False((bool)container.GetType().GetProperty("HasChildren")!.GetValue(container)!, "a temporary reference is left");
    }

    private sealed class Silent : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }
    }

    private sealed class OutcomeOnly : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(new Delivered(7) { CorrelationId = ((Publish)message).CorrelationId });
    }
}
