using System.Collections.Concurrent;
using Akka.Actor;
using NatsActors.Testing;
using NatsActors.Tests.Contract;

namespace NatsActors.Tests.Borders;

/// <summary>An actor of another system uses a publisher through Akka.Remote, with a real nats-server behind it.</summary>
public sealed class RemotePublisherTests : IAsyncLifetime
{
    private readonly ContractSystem _senders = ContractSystem.Remote("senders");
    private readonly ConcurrentQueue<(object Message, IActorRef Sender)> _told = new();
    private NatsServer _server = null!;
    private NatsReader _reader = null!;
    private ContractSystem _publishers = null!;
    private IActorRef _publisher = ActorRefs.Nobody;
    private IActorRef _sender = ActorRefs.Nobody;

    public async Task InitializeAsync()
    {
        _server = await NatsServer.StartAsync();
        _reader = await NatsReader.ConnectAsync(_server.Port);
        await _reader.SubscribeAsync("a.>");
        _publishers = ContractSystem.Remote("publishers", TestSystem.To(_server));
        _publisher = await _senders.ResolveAsync(_publishers, NatsPublishers.Get(_publishers.System).Publisher());
        _sender = _senders.System.ActorOf(Props.Create(() => new Keeper(_told)), "sender");
    }

    public async Task DisposeAsync()
    {
        await _senders.DisposeAsync();
        await _publishers.DisposeAsync();
        await _reader.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_message_arrives_whole_and_its_sender_gets_the_Ack_and_the_outcome()
    {
        var payload = new byte[50_000];
        new Random(1).NextBytes(payload);

        Tell(new Publish("a.b", payload)
        {
            Headers = [new("First", "1"), new("Second", "zwei")],
            Id = "id-1",
            ReplyTo = "replies",
            CorrelationId = "c",
            TimeToLive = TimeSpan.FromHours(1),
            WantsOutcome = true,
        });

        var arrived = Assert.Single(await _reader.WaitForAsync(1));
        Assert.Equal(("a.b", "replies"), (arrived.Subject, arrived.ReplyTo));
        Assert.Equal(payload, arrived.Payload);
        Assert.Equal(
            ["First: 1", "Nats-Msg-Id: id-1", "Second: zwei"],
            arrived.Headers.Select(header => $"{header.Key}: {header.Value}").Order(StringComparer.Ordinal));
        Assert.Equal<object>([new Ack(1) { CorrelationId = "c" }, new Delivered(1) { CorrelationId = "c" }], await ToldAsync(2));
        Assert.All(_told, told => Assert.Equal(_publisher, told.Sender));
    }

    [Fact]
    public async Task A_batch_arrives_in_order_and_each_outcome_comes()
    {
        Tell(new PublishBatch([.. Enumerable.Range(1, 500).Select(n => new Publish($"a.{n}", BitConverter.GetBytes(n)) { WantsOutcome = true })])
        {
            CorrelationId = "b",
        });

        var told = await ToldAsync(501);
        Assert.Equal(new BatchReply(500, 1, null) { CorrelationId = "b" }, told[0]);
        Assert.Equal(Enumerable.Range(1, 500).Select(n => (long)n), told.Skip(1).Select(outcome => Assert.IsType<Delivered>(outcome).Sequence));
        Assert.Equal(Enumerable.Range(1, 500), (await _reader.WaitForAsync(500)).Select(message => BitConverter.ToInt32(message.Payload)));
    }

    [Fact]
    public async Task Every_command_is_answered_to_the_remote_sender()
    {
        Tell(new Publish("a.b", "x"u8.ToArray()));
        Tell(new Flush(TimeSpan.FromSeconds(10)));
        Assert.Equal<object>([new Ack(1), new Flushed(true, 0)], await ToldAsync(2));
        Tell(new Purge("a.>"));
        Tell(new Purge("a..b"));
        Tell(GetStatus.Instance);
        var told = await ToldAsync(5);
        Assert.Contains(new Purged(0), told);
        Assert.Contains(told, message => message is Purged { Error: not null });
        Assert.Equal((1L, 1L), (told.OfType<PublisherStatus>().Single().Totals.Accepted, told.OfType<PublisherStatus>().Single().Totals.Delivered));

        Tell(ForceReconnect.Instance);
        await Until.TrueAsync(async () =>
            (await _publisher.Ask<PublisherStatus>(GetStatus.Instance, Until.DefaultTimeout)).Reconnects == 1);
        Tell(new Drain(TimeSpan.FromSeconds(10)));

        Assert.True(Assert.IsType<Drained>((await ToldAsync(6))[5]).Complete);
        Tell(new Publish("a.b", default));
        Assert.Equal(RejectReason.Closed, Assert.IsType<Rejected>((await ToldAsync(7))[6]).Reason);
        Assert.All(_told, each => Assert.Equal(_publisher, each.Sender));
    }

    [Fact]
    public async Task A_payload_beyond_a_frame_is_refused_to_the_remote_sender_and_counted()
    {
        Tell(new Publish("a.b", new byte[200_000]) { CorrelationId = "large" });
        Tell(new Publish("a.b", "small"u8.ToArray()));

        var told = await ToldAsync(2);
        var rejected = Assert.Single(told.OfType<Rejected>());
        Assert.Equal((RejectReason.TooLargeForRemote, "large"), (rejected.Reason, rejected.CorrelationId));
        Assert.Contains("maximum-frame-size", rejected.Detail, StringComparison.Ordinal);
        Assert.Equal("small", Assert.Single(await _reader.WaitForAsync(1)).Text);
        var totals = (await _publisher.Ask<PublisherStatus>(GetStatus.Instance, Until.DefaultTimeout)).Totals;
        Assert.Equal((1L, 1L), (totals.Accepted, totals.Rejected));
        Assert.All(_told, each => Assert.Equal(_publisher, each.Sender));
    }

    private void Tell(object message) => _publisher.Tell(message, _sender);

    private async Task<IReadOnlyList<object>> ToldAsync(int count)
    {
        await Until.TrueAsync(() => _told.Count >= count, text: $"{count} replies");
        return [.. _told.Select(each => each.Message)];
    }

    private sealed class Keeper(ConcurrentQueue<(object, IActorRef)> told) : UntypedActor
    {
        protected override void OnReceive(object message) => told.Enqueue((message, Sender));
    }
}
