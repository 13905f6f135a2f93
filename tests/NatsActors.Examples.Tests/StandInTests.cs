namespace NatsActors.Examples.Tests;

/// <summary>
/// A user's tests of a service that publishes, with a stand-in for the publisher. This project sees the public members of the library
/// only, so the tests also show that a user can make every reply, outcome and event.
/// </summary>
public sealed class StandInTests
{
    [Fact]
    public async Task A_service_is_tested_without_a_server()
    {
        await using var publisher = new FakePublisher { Reply = new Ack(1), Outcome = new Stored(1, "ORDERS", 17, Duplicate: false) };

        Assert.Equal("order 5 is stored as 17 in ORDERS", await new OrderService(publisher).PlaceAsync(5));

        Assert.Equal("orders.new", Assert.Single(publisher.Published).Subject);
        Assert.Equal("5"u8.ToArray(), publisher.Published[0].Payload.ToArray());
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Every_way_in_which_a_publish_fails_can_be_played(PublishReply reply, Outcome? outcome, string answer)
    {
        await using var publisher = new FakePublisher { Reply = reply, Outcome = outcome };

        Assert.Equal(answer, await new OrderService(publisher).PlaceAsync(5));
    }

    [Fact]
    public async Task Events_and_the_status_can_be_played()
    {
        await using var publisher = new FakePublisher();
        var service = new OrderService(publisher);

        publisher.Raise(new Disconnected { Publisher = "orders", Server = "nats://a:4222", Kind = LinkLossKind.Timeout, Detail = "no PONG" });
        Assert.Equal("offline, 3 orders wait", service.State);

        publisher.Raise(new Reconnected { Publisher = "orders", Server = "nats://a:4222", Outage = TimeSpan.FromSeconds(1), Messages = 3, Bytes = 90 });
        Assert.Equal("online", service.State);
    }

    [Fact]
    public async Task The_other_commands_have_replies_that_a_test_can_make()
    {
        await using INatsPublisher publisher = new FakePublisher();

        Assert.Equal(new Flushed(true, 0), await publisher.FlushAsync(TimeSpan.FromSeconds(1)));
        Assert.Equal(new Purged(2), await publisher.PurgeAsync("orders.>"));
        Assert.Equal(UndeliveredReason.Closed, Assert.Single((await publisher.DrainAsync(TimeSpan.Zero)).Undelivered).Reason);
        Assert.Equal(2, (await publisher.PublishAsync([new Publish("a", default), new Publish("b", default)])).Accepted);
        Assert.False(publisher.TryPublish("a", "x"u8, out var refusal));
        Assert.IsType<Rejected>(refusal);
        publisher.ForceReconnect();
    }

    public static TheoryData<PublishReply, Outcome?, string> Refusals => new()
    {
        {
            new BufferFull { Limit = BufferLimit.Messages, Messages = 9, Bytes = 900, MaxMessages = 9, MaxBytes = 1000, LinkDownFor = TimeSpan.FromSeconds(2) },
            null,
            "try again later: 9 orders wait"
        },
        { new Rejected(RejectReason.Draining, "the publisher drains"), null, "refused: the publisher drains" },
        { new Ack(1), new Undelivered(1, UndeliveredReason.Expired) { MayHaveArrived = true }, "order 5 may be lost: Expired" },
        { new Ack(1), new Delivered(1), "order 5 is sent" },
    };

    /// <summary>A service as a user writes it.</summary>
    private sealed class OrderService
    {
        private readonly INatsPublisher _publisher;

        public OrderService(INatsPublisher publisher)
        {
            _publisher = publisher;
            publisher.EventRaised += occurrence => State = occurrence switch
            {
                Disconnected => $"offline, {_publisher.Status.BufferedMessages} orders wait",
                Reconnected => "online",
                _ => State,
            };
        }

        public string State { get; private set; } = "online";

        public async Task<string> PlaceAsync(byte order)
        {
            var (reply, outcome) = await _publisher.PublishForOutcomeAsync(new Publish("orders.new", new[] { (byte)('0' + order) }));
            return (reply, outcome) switch
            {
                (BufferFull full, _) => $"try again later: {full.Messages} orders wait",
                (Rejected rejected, _) => $"refused: {rejected.Detail}",
                (_, Stored stored) => $"order {order} is stored as {stored.StreamSequence} in {stored.Stream}",
                (_, Undelivered undelivered) => $"order {order} may be lost: {undelivered.Reason}",
                _ => $"order {order} is sent",
            };
        }
    }

    /// <summary>A stand-in as a user writes it.</summary>
    private sealed class FakePublisher : INatsPublisher
    {
        public event Action<NatsEvent>? EventRaised;

        public List<Publish> Published { get; } = [];

        public PublishReply Reply { get; init; } = new Ack(1);

        public Outcome? Outcome { get; init; }

        public PublisherStatus Status { get; } = new()
        {
            State = ConnectionState.Backoff,
            BufferedMessages = 3,
            BufferedBytes = 90,
            InFlightMessages = 0,
            InFlightBytes = 0,
            MaxMessages = 9,
            MaxBytes = 1000,
            Totals = new LedgerTotals { Accepted = 3, Buffered = 3 },
        };

        public void Raise(NatsEvent occurrence) => EventRaised?.Invoke(occurrence);

        public ValueTask<PublishReply> PublishAsync(Publish message, CancellationToken cancellation = default)
        {
            Published.Add(message);
            return ValueTask.FromResult(Reply);
        }

        public ValueTask<PublishReply> PublishAsync(
            string subject, ReadOnlyMemory<byte> payload, CancellationToken cancellation = default) =>
            PublishAsync(new Publish(subject, payload), cancellation);

        public Task<BatchReply> PublishAsync(IReadOnlyList<Publish> messages, CancellationToken cancellation = default)
        {
            Published.AddRange(messages);
            return Task.FromResult(new BatchReply(messages.Count, 1, null));
        }

        public async Task<(PublishReply Reply, Outcome? Outcome)> PublishForOutcomeAsync(
            Publish message, CancellationToken cancellation = default) => (await PublishAsync(message, cancellation), Outcome);

        public async Task<(BatchReply Reply, Outcome? Outcome)> PublishAtomicAsync(
            IReadOnlyList<Publish> messages, CancellationToken cancellation = default) => (await PublishAsync(messages, cancellation), Outcome);

        public Task WaitForCapacityAsync(CancellationToken cancellation = default) => Task.CompletedTask;

        public bool TryPublish(string subject, ReadOnlySpan<byte> payload, out PublishReply? refusal)
        {
            refusal = new Rejected(RejectReason.Closed, "the publisher has ended");
            return false;
        }

        public Task<Flushed> FlushAsync(TimeSpan timeout) => Task.FromResult(new Flushed(true, 0));

        public Task<Drained> DrainAsync(TimeSpan deadline) => Task.FromResult(new Drained(
            Status.Totals, [new UndeliveredMessage(1, "orders.new", 30, UndeliveredReason.Closed)]));

        public Task<Purged> PurgeAsync(string? subjectFilter = null) => Task.FromResult(new Purged(2));

        public void ForceReconnect()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
