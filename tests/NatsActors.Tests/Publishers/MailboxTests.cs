using NatsActors.Actors;
using NatsActors.Mailboxes;
using NatsActors.Testing;

namespace NatsActors.Tests.Publishers;

/// <summary>What waits before the publisher is bounded, and refused by the thread that sends it.</summary>
public sealed class MailboxTests
{
    private static readonly PublisherSettings Small = new()
    {
        Connection = new ConnectionSettings { Servers = [$"nats://127.0.0.1:{LoopbackPorts.Next()}"] },
        Buffer = new BufferSettings { MaxMailboxMessages = 5, MaxMailboxBytes = 1000 },
    };

    [Fact]
    public async Task Beyond_the_bound_the_sending_thread_answers_at_once_while_the_publisher_does_nothing()
    {
        await using var test = new TestSystem();
        using var held = await HeldAsync(test, direct: true);
        var sender = new Sender(test.System);

        for (var i = 0; i < 8; i++)
        {
            held.Ref.Tell(new Publish("a", new byte[10]) { CorrelationId = $"{i}" }, sender);
        }

        // Read without waiting: the answers were given inside Tell.
        var refusals = sender.Take().Cast<BufferFull>().ToList();
        Assert.Equal(["5", "6", "7"], refusals.Select(full => full.CorrelationId));
        Assert.All(refusals, full => Assert.Equal(BufferLimit.Mailbox, full.Limit));
    }

    [Fact]
    public async Task The_bound_on_bytes_counts_too_and_a_batch_is_refused_as_a_whole()
    {
        await using var test = new TestSystem();
        using var held = await HeldAsync(test, direct: true);
        var sender = new Sender(test.System);

        held.Ref.Tell(new Publish("a", new byte[900]), sender);
        held.Ref.Tell(new PublishBatch([new("a", new byte[60]), new("a", new byte[60])]) { CorrelationId = "batch" }, sender);
        held.Ref.Tell(new Publish("a", new byte[100]), sender);

        var refused = Assert.IsType<BatchReply>(Assert.Single(sender.Take()));
        Assert.Equal((0, "batch"), (refused.Accepted, refused.CorrelationId));
        Assert.Equal(BufferLimit.Mailbox, Assert.IsType<BufferFull>(refused.Refusal).Limit);
    }

    [Fact]
    public async Task The_way_over_the_supervisor_is_bounded_as_well()
    {
        await using var test = new TestSystem();
        using var held = await HeldAsync(test, direct: false);
        var sender = new Sender(test.System);

        for (var i = 0; i < 8; i++)
        {
            held.Ref.Tell(new Publish("a", new byte[10]), sender);
        }

        Assert.Equal(3, sender.Take().OfType<BufferFull>().Count(full => full.Limit == BufferLimit.Mailbox));
    }

    [Fact]
    public async Task Commands_pass_a_full_mailbox_and_the_refused_hear_of_room_once()
    {
        await using var test = new TestSystem();
        var held = await HeldAsync(test, direct: true);
        var sender = new Sender(test.System);
        for (var i = 0; i < 8; i++)
        {
            held.Ref.Tell(new Publish("a", new byte[10]), sender);
        }

        held.Ref.Tell(GetStatus.Instance, sender);
        held.Ref.Tell(new Purge(), sender);
        sender.Take();
        held.Dispose();

        await Until.TrueAsync(() => sender.Seen<CapacityAvailable>() == 1 && sender.Seen<Purged>() == 1);
        Assert.Equal(5, sender.Seen<Ack>());
        var status = await held.Ref.Ask<PublisherStatus>(GetStatus.Instance);
        Assert.Equal((5, 3), (status.Totals.Accepted, status.Totals.Refused));
        Assert.Equal(5, (await held.Ref.Ask<BatchReply>(new PublishBatch([.. Enumerable.Repeat(new Publish("a", default), 5)]))).Accepted);
        Assert.Equal(1, sender.Seen<CapacityAvailable>());
        await test.EventAsync<OverflowStarted>(started => started.Limit == BufferLimit.Mailbox);
    }

    [Fact]
    public async Task A_producer_that_never_stops_does_not_make_the_mailbox_grow_and_every_publish_has_one_answer()
    {
        const int count = 200_000;
        await using var test = new TestSystem();
        test.Publishers.Start(Small with { Buffer = Small.Buffer with { MaxMailboxMessages = 1000, MaxMailboxBytes = 1 << 20 } });
        var direct = await test.Publishers.GetDirectAsync();
        var sender = new Sender(test.System);
        var deepest = 0;

        for (var i = 0; i < count; i++)
        {
            direct.Tell(new Publish("a", new byte[8]), sender);
            deepest = Math.Max(deepest, ((ActorRefWithCell)direct).Underlying.NumberOfMessages);
        }

        await Until.TrueAsync(() => sender.Seen<PublishReply>() >= count);
        Assert.Equal(count, sender.Seen<PublishReply>());
        Assert.InRange(deepest, 1, 1100);
    }

    [Fact]
    public async Task The_supervisors_mailbox_and_the_buffer_actors_together_leave_the_bound_as_wide_as_it_was()
    {
        const int limit = 1000;
        var bound = new MailboxBound(new BufferSettings { MaxMailboxMessages = limit }, new RefusedSenders(), () => throw new InvalidOperationException());
        var publish = new Envelope(new Publish("a", default), ActorRefs.NoSender);
        using var start = new Barrier(2);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
            () =>
            {
                var mailbox = new PublisherMessageQueue(bound);
                start.SignalAndWait();
                for (var i = 0; i < 1_000_000; i++)
                {
                    mailbox.Enqueue(ActorRefs.Nobody, publish);
                    mailbox.TryDequeue(out var _);
                }

                mailbox.TryDequeue(out var _);
            },
            TaskCreationOptions.LongRunning)));

        Assert.Equal(limit, Enumerable.Range(0, 2 * limit).Count(_ => bound.TryAdmit(publish.Message)));
    }

    [Fact]
    public async Task What_waited_when_the_publisher_stopped_goes_to_the_dead_letters_without_its_payload()
    {
        await using var test = new TestSystem();
        var held = await HeldAsync(test, direct: false);

        held.Ref.Tell(new Publish("a", "top-secret-payload"u8.ToArray()) { Headers = [new("key", "top-secret-header")] });
        ((IInternalActorRef)held.Ref).Stop();

        await test.LoggedAsync("Message [Publish]");
        Assert.DoesNotContain(test.Log, line => line.Contains("top-secret", StringComparison.Ordinal));
    }

    /// <summary>A publisher whose actor handles nothing until it is let go.</summary>
    private static async Task<Held> HeldAsync(TestSystem test, bool direct)
    {
        var publisher = test.Publishers.Start(Small);
        var buffer = await test.Publishers.GetDirectAsync();
        var held = (IInternalActorRef)(direct ? buffer : publisher);
        // A mailbox looks at what the system sends before it hands out the next message: from here on it hands out none.
        held.Suspend();
        return new Held(held);
    }

    private sealed class Held(IInternalActorRef actor) : IDisposable
    {
        private bool _free;

        public IActorRef Ref => actor;

        public void Dispose()
        {
            if (!_free)
            {
                _free = true;
                actor.Resume();
            }
        }
    }

    /// <summary>Keeps what it is told, on the teller's thread.</summary>
    private sealed class Sender(ActorSystem system) : MinimalActorRef
    {
        private readonly Lock _gate = new();
        private readonly List<object> _received = [];

        public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "sender";

        public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;

        public IReadOnlyList<object> Take()
        {
            lock (_gate)
            {
                return [.. _received];
            }
        }

        public int Seen<T>()
        {
            lock (_gate)
            {
                return _received.Count(message => message is T);
            }
        }

        protected override void TellInternal(object message, IActorRef sender)
        {
            lock (_gate)
            {
                _received.Add(message);
            }
        }
    }
}
