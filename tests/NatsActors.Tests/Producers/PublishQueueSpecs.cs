using Akka.Actor;
using Akka.Event;
using NatsActors.Specs;
using static NatsActors.Tests.Producers.QueueRecord;

namespace NatsActors.Tests.Producers;

/// <summary>The queue against a publisher that the spec plays: what it tells, when it waits, what it reports.</summary>
public sealed class PublishQueueSpecs : ActorSpec
{
    private readonly QueueRecord _record = new();
    private readonly Probe _publisher;
    private IActorRef _owner = ActorRefs.Nobody;

    public PublishQueueSpecs() => _publisher = CreateProbe();

    [Fact]
    public void One_batch_is_under_way_and_the_next_has_everything_offered_since()
    {
        Start();
        Offer("1", "2", "3", "4");

        var first = Batch("1");
        _publisher.ExpectNoMsg();
        Assert.Equal((4, 1), (_record.Queue!.Count, _record.Queue.UnderWay));
        Reply(first, 1);

        Reply(Batch("2", "3", "4"), 3);
        _publisher.ExpectNoMsg();
        Assert.Equal((0, 0, 0L, 4L), (_record.Queue.Count, _record.Queue.UnderWay, _record.Queue.Bytes, _record.Queue.Accepted));
    }

    [Fact]
    public void What_a_batch_left_goes_first_when_there_is_room()
    {
        Start();
        Offer("1", "2", "3", "4");
        Reply(Batch("1"), 1);
        Reply(Batch("2", "3", "4"), 1, Full());
        Offer("5");
        _publisher.ExpectNoMsg();

        _owner.Tell(new CapacityAvailable(1, 1), _publisher);

        Reply(Batch("3", "4", "5"), 3);
        _publisher.ExpectNoMsg();
        Assert.Empty(_record.Others);
    }

    [Fact]
    public void A_lost_CapacityAvailable_costs_the_retry_time_and_one_refused_message()
    {
        Start(new() { RetryAfter = TimeSpan.FromSeconds(3) });
        Offer("1", "2", "3");
        Reply(Batch("1"), 0, Full());
        Advance(TimeSpan.FromSeconds(2.9));
        _publisher.ExpectNoMsg();

        Advance(TimeSpan.FromSeconds(0.2));
        Reply(Batch("1"), 0, Full());
        Advance(TimeSpan.FromSeconds(3.1));
        Reply(Batch("1"), 1);

        Reply(Batch("2", "3"), 2);
        Advance(TimeSpan.FromMinutes(5));
        _publisher.ExpectNoMsg();
    }

    [Fact]
    public void While_the_journal_is_down_the_queue_keeps_its_messages_and_tries_one_after_the_retry_time()
    {
        var down = new Rejected(RejectReason.NotDurable, "the journal is down");
        Start(new() { RetryAfter = TimeSpan.FromSeconds(3) });
        Offer("1", "2", "3", "4");
        Reply(Batch("1"), 1);
        Reply(Batch("2", "3", "4"), 1, down);
        Offer("5");
        _publisher.ExpectNoMsg();

        Advance(TimeSpan.FromSeconds(3.1));
        Reply(Batch("3"), 0, down);
        _publisher.ExpectNoMsg();
        Advance(TimeSpan.FromSeconds(3.1));
        Reply(Batch("3"), 1);

        Reply(Batch("4", "5"), 2);
        Assert.Empty(_record.Rejected);
        Assert.Equal((0, 5L), (_record.Queue!.Count, _record.Queue.Accepted));
    }

    [Fact]
    public void After_a_restart_of_the_actor_it_hears_nothing_of_the_queue_before()
    {
        Start(new() { RetryAfter = TimeSpan.FromSeconds(3) });
        Offer("1", "2");
        var old = Batch("1");
        _owner.Tell(new QueueOwner.Inside(_ => throw new InvalidOperationException("the owner fails")));
        Offer("3");
        var next = Batch("3");

        Reply(old, 1);
        Reply(next, 0, Full());
        Advance(TimeSpan.FromSeconds(4));

        Reply(Batch("3"), 1);
        Assert.Empty(_record.Others);
        Assert.Equal((0, 1L), (_record.Queue!.Count, _record.Queue.Accepted));
    }

    [Fact]
    public void A_batch_has_at_most_its_number_of_messages()
    {
        Start(new() { BatchMessages = 2 });
        Offer("1", "2", "3", "4");
        Reply(Batch("1"), 1);
        Reply(Batch("2", "3"), 2);
        Reply(Batch("4"), 1);
    }

    [Fact]
    public void A_message_that_is_rejected_is_reported_and_the_rest_goes_on()
    {
        Start();
        Offer("1");
        _owner.Tell(Message("bad") with { CorrelationId = "c" });
        Offer("3");
        Reply(Batch("1"), 1);
        Reply(Batch("bad", "3"), 0, new Rejected(RejectReason.BadSubject, "why"));

        Reply(Batch("3"), 1);
        var (message, why) = Assert.Single(_record.Rejected);
        Assert.Equal(("bad", new Rejected(RejectReason.BadSubject, "why") { CorrelationId = "c" }), (Text(message), why));
    }

    [Theory]
    [InlineData(RejectReason.Draining)]
    [InlineData(RejectReason.Closed)]
    public void When_the_publisher_ends_everything_left_is_reported_in_order(RejectReason reason)
    {
        Start();
        Offer("1", "2", "3", "4");
        Reply(Batch("1"), 1);
        Reply(Batch("2", "3", "4"), 1, new Rejected(reason, "why"));

        Assert.Equal(["3", "4"], _record.Rejected.Select(each => Text(each.Message)));
        Assert.All(_record.Rejected, each => Assert.Equal(reason, each.Why.Reason));
        Offer("5");
        Assert.Equal(reason, Assert.IsType<Rejected>(Assert.Single(_record.Refused).Refusal).Reason);
        Advance(TimeSpan.FromMinutes(5));
        _publisher.ExpectNoMsg();
    }

    [Fact]
    public void A_report_that_throws_costs_no_other_message_its_report()
    {
        Start(supervision: Directive.Resume);
        _record.OnRejected = (_, message) => throw new InvalidOperationException(Text(message));
        Offer("1", "2", "3", "4");
        Reply(Batch("1"), 0, new Rejected(RejectReason.BadSubject, "why"));
        Reply(Batch("2", "3", "4"), 0, new Rejected(RejectReason.Closed, "why"));
        Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["1", "2", "3", "4"], _record.Rejected.Select(each => Text(each.Message)));
    }

    [Fact]
    public void A_report_may_offer_and_close()
    {
        Start();
        _record.OnRejected = (queue, message) => Assert.True(queue.TryOffer(message with { Subject = "dead.letters" }, out _));
        Offer("1", "2");
        Reply(Batch("1"), 0, new Rejected(RejectReason.BadSubject, "why"));
        Reply(Batch("2", "1"), 2);

        _record.OnRejected = (queue, _) => _record.Left.AddRange(queue.Close());
        Offer("3", "4", "5");
        Reply(Batch("3"), 0, new Rejected(RejectReason.Closed, "why"));
        Assert.Equal(["4", "5"], _record.Left.Select(Text));
    }

    [Fact]
    public void The_limits_are_exact_and_the_refusal_says_what_was_hit()
    {
        Start(new() { MaxMessages = 3, MaxBytes = 1000 });
        Offer("1", "2", "3", "4");
        var full = Assert.IsType<BufferFull>(Assert.Single(_record.Refused).Refusal);
        Assert.Equal(
            (BufferLimit.Messages, 3L, 3L, 1000L, (TimeSpan?)null), (full.Limit, full.Messages, full.MaxMessages, full.MaxBytes, full.LinkDownFor));
        Assert.Equal(full.Bytes, _record.Queue!.Bytes);

        Reply(Batch("1"), 1);
        Reply(Batch("2", "3"), 0, Full() with { LinkDownFor = TimeSpan.FromSeconds(7) });
        Offer(new string('x', 1000 - 2 * 34 - 33));
        Assert.Single(_record.Refused);
        Assert.Equal(1000, _record.Queue.Bytes);
        Offer("5", new string('y', 968));

        Assert.Equal(TimeSpan.FromSeconds(7), Assert.IsType<BufferFull>(_record.Refused[1].Refusal).LinkDownFor);
        var never = Assert.IsType<Rejected>(_record.Refused[2].Refusal);
        Assert.Equal(RejectReason.TooLargeForBuffer, never.Reason);
        Assert.Contains("1001 bytes", never.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void The_byte_limit_counts_what_messages_hold()
    {
        Start(new() { MaxBytes = 200 });
        _owner.Tell(Message("x") with { Id = new string('i', 100) });
        Offer(new string('x', 60));

        Assert.Equal(BufferLimit.Bytes, Assert.IsType<BufferFull>(Assert.Single(_record.Refused).Refusal).Limit);
    }

    [Fact]
    public void A_message_that_cannot_be_read_is_refused_where_it_is_offered()
    {
        Start();
        _owner.Tell(Message("x") with { Headers = new ThrowingHeaders(), CorrelationId = "c" });
        Settle();

        var rejected = Assert.IsType<Rejected>(Assert.Single(_record.Refused).Refusal);
        Assert.Equal((RejectReason.BadMessage, "c"), (rejected.Reason, rejected.CorrelationId));
        _publisher.ExpectNoMsg();
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused_with_every_violation()
    {
        var bad = new PublishQueueSettings { MaxMessages = 0, MaxBytes = -1, BatchMessages = 0, RetryAfter = default, ReplyTimeout = TimeSpan.FromDays(30) };

        var error = Assert.Throws<SettingsException>(bad.Validate);

        Assert.Equal(5, error.Violations.Count);
        Assert.Contains("PublishQueueSettings.MaxMessages: '0'; must be at least 1", error.Violations);
    }

    [Fact]
    public void Messages_for_others_are_left_to_the_actor()
    {
        Start();
        Offer("1");
        Batch("1");
        object[] others = [new BatchReply(1, 1, null), new BatchReply(1, 1, null) { CorrelationId = "own" }, new Ack(1), new CapacityAvailable(1, 1), "text"];
        foreach (var other in others)
        {
            _owner.Tell(other);
        }

        Settle();
        Assert.Equal(others, _record.Others);
    }

    [Fact]
    public void Closing_gives_what_is_left_in_order_and_ends_the_queue()
    {
        Start();
        Offer("1", "2", "3");
        Reply(Batch("1"), 1);
        var batch = Batch("2", "3");
        _owner.Tell(PoisonPill.Instance);
        Settle();
        Assert.Equal(["2", "3"], _record.Left.Select(Text));

        var other = new QueueRecord();
        var actor = ActorOf(QueueOwner.Props(_publisher, other));
        actor.Tell(new QueueOwner.Inside(queue =>
        {
            Assert.Empty(queue.Close());
            Assert.False(queue.TryOffer(Message("4"), out var refusal));
            Assert.Equal(RejectReason.Closed, Assert.IsType<Rejected>(refusal).Reason);
        }));
        Settle();
        actor.Tell(batch, _publisher);
        _publisher.ExpectNoMsg();
    }

    [Fact]
    public void Outside_of_its_actor_the_queue_throws()
    {
        Start();
        var queue = _record.Queue!;
        Assert.Throws<InvalidOperationException>(() => queue.TryOffer(Message("1"), out _));
        Assert.Throws<InvalidOperationException>(() => queue.TryHandle("x"));
        Assert.Contains(_owner.Path.ToString(), Assert.Throws<InvalidOperationException>(() => queue.Close()).Message, StringComparison.Ordinal);
        var elsewhere = false;
        ActorOf(QueueOwner.Props(_publisher, new QueueRecord())).Tell(new QueueOwner.Inside(_ =>
            elsewhere = Record.Exception(() => queue.TryOffer(Message("1"), out var _)) is InvalidOperationException));
        Settle();
        Assert.True(elsewhere);
    }

    [Fact]
    public void Two_kinds_of_actor_hand_their_messages_over_in_one_place()
    {
        var (around, receive) = (new List<object>(), new List<object>());
        var actors = new[] { ActorOf(Props.Create(() => new Around(_publisher, around))), ActorOf(Props.Create(() => new Receiving(_publisher, receive))) };
        foreach (var actor in actors)
        {
            _owner = actor;
            Offer("1", "2");
            Reply(Batch("1"), 1);
            Reply(Batch("2"), 0, Full());
            _owner.Tell(new CapacityAvailable(1, 1), _publisher);
            Reply(Batch("2"), 1);
            _owner.Tell("other");
            Settle();
        }

        Assert.Equal(["other"], around);
        Assert.Equal(["other"], receive);
    }

    private static BufferFull Full() => new() { Limit = BufferLimit.Messages, Messages = 1, Bytes = 1, MaxMessages = 1, MaxBytes = 1 };

    private void Start(PublishQueueSettings? settings = null, Directive supervision = Directive.Stop) =>
        _owner = supervision == Directive.Stop
            ? ActorOf(QueueOwner.Props(_publisher, _record, settings))
            : ActorOf(Props.Create(() => new Parent(QueueOwner.Props(_publisher, _record, settings), supervision)));

    private void Offer(params string[] payloads)
    {
        foreach (var payload in payloads)
        {
            _owner.Tell(Message(payload), ActorRefs.NoSender);
        }

        Settle();
    }

    /// <summary>The batch that the publisher was told next.</summary>
    private PublishBatch Batch(params string[] payloads)
    {
        var batch = _publisher.ExpectMsg<PublishBatch>();
        Assert.Equal(payloads, batch.Messages.Select(Text));
        return batch;
    }

    private void Reply(PublishBatch batch, int accepted, PublishReply? refusal = null)
    {
        _owner.Tell(new BatchReply(accepted, 1, refusal) { CorrelationId = batch.CorrelationId }, _publisher);
        Settle();
    }

    /// <summary>Forwards to its child, and does with a failing child as it is told.</summary>
    private sealed class Parent(Props child, Directive directive) : UntypedActor
    {
        private readonly IActorRef _child = Context.ActorOf(child);

        protected override void OnReceive(object message) => _child.Forward(message);

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => directive);
    }

    private sealed class Around : ReceiveActor
    {
        private readonly PublishQueue _queue;

        public Around(IActorRef publisher, List<object> others)
        {
            _queue = PublishQueue.Create(Context, publisher, (_, _) => { });
            Receive<Publish>(message => Assert.True(_queue.TryOffer(message, out _)));
            ReceiveAny(others.Add);
        }

        protected override bool AroundReceive(Receive receive, object message) => _queue.TryHandle(message) || base.AroundReceive(receive, message);
    }

    private sealed class Receiving : ReceiveActor
    {
        public Receiving(IActorRef publisher, List<object> others)
        {
            var queue = PublishQueue.Create(Context, publisher, (_, _) => { });
            Receive<object>(queue.TryHandle);
            Receive<Publish>(message => Assert.True(queue.TryOffer(message, out _)));
            ReceiveAny(others.Add);
        }
    }
}
