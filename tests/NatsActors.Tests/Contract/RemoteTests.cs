using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using NatsActors.Testing;

namespace NatsActors.Tests.Contract;

/// <summary>Two actor systems with Akka.Remote on the loopback interface.</summary>
public sealed class RemoteTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly ContractSystem _senders = ContractSystem.Remote("senders");
    private readonly ContractSystem _publishers = ContractSystem.Remote("publishers");
    private IActorRef _remote = ActorRefs.Nobody;
    private IActorRef _local = ActorRefs.Nobody;

    public async Task InitializeAsync()
    {
        _local = _publishers.System.ActorOf(Props.Create(() => new Door()), "door");
        _remote = await _senders.ResolveAsync(_publishers, _local);
    }

    public async Task DisposeAsync()
    {
        await _senders.DisposeAsync();
        await _publishers.DisposeAsync();
    }

    [Fact]
    public async Task A_message_arrives_whole_and_its_reply_comes_back()
    {
        var message = (Publish)ContractSamples.Full(typeof(Publish)) with { Payload = Bytes(50_000) };

        var ack = await _remote.Ask<Ack>(message, Patience);

        Assert.Equal(new Ack(1) { CorrelationId = message.CorrelationId }, ack);
        Assert.Equal(DeepText.Of(message), DeepText.Of(await _local.Ask<Publish>("last", Patience)));
    }

    [Fact]
    public async Task Every_message_crosses_in_both_directions()
    {
        var answered = new[] { typeof(Publish), typeof(PublishBatch), typeof(OversizedMessage), typeof(UnreadableMessage) };
        foreach (var message in ContractSamples.Types.Except(answered).Select(ContractSamples.Full))
        {
            Assert.Equal(DeepText.Of(message), DeepText.Of(await _remote.Ask<object>(message, Patience)));
        }
    }

    [Theory]
    [InlineData(125_942, null)]
    [InlineData(125_943, 125_953)]
    [InlineData(127_990, 128_000)]
    [InlineData(5_000_000, 5_000_011)]
    public async Task A_message_beyond_a_frame_is_refused_to_its_sender(int size, int? bytes)
    {
        var reply = await _remote.Ask<PublishReply>(new Publish("a", Bytes(size)) { CorrelationId = "c" }, Patience);

        Assert.Equal("c", reply.CorrelationId);
        if (bytes is null)
        {
            Assert.IsType<Ack>(reply);
            return;
        }

        var rejected = Assert.IsType<Rejected>(reply);
        Assert.Equal(RejectReason.TooLargeForRemote, rejected.Reason);
        Assert.Contains("akka.remote.dot-netty.tcp.maximum-frame-size of the sender's system is 128000", rejected.Detail, StringComparison.Ordinal);
        Assert.Contains($"takes {bytes} bytes", rejected.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_senders_own_frame_size_counts()
    {
        const string larger = "akka.remote.dot-netty.tcp { maximum-frame-size = 4MB, send-buffer-size = 4MB, receive-buffer-size = 4MB }";
        await using var senders = ContractSystem.Remote("large-senders", larger);
        await using var publishers = ContractSystem.Remote("large-publishers", larger);
        var remote = await senders.ResolveAsync(publishers, publishers.System.ActorOf(Props.Create(() => new Door()), "door"));

        Assert.IsType<Ack>(await remote.Ask<PublishReply>(new Publish("a", Bytes(3_000_000)), Patience));
        Assert.IsType<Rejected>(await remote.Ask<PublishReply>(new Publish("a", Bytes(4_000_000)), Patience));
    }

    [Fact]
    public async Task A_batch_beyond_a_frame_is_refused_as_a_whole()
    {
        var batch = new PublishBatch([.. Enumerable.Repeat(new Publish("a", Bytes(1000)), 200)]) { CorrelationId = "b" };

        var reply = await _remote.Ask<BatchReply>(batch, Patience);

        Assert.Equal((0, "b"), (reply.Accepted, reply.CorrelationId));
        Assert.Equal(RejectReason.TooLargeForRemote, Assert.IsType<Rejected>(reply.Refusal).Reason);
    }

    [Fact]
    public async Task A_message_with_a_list_that_throws_is_refused_to_its_sender_and_the_connection_lives()
    {
        var message = new Publish("a", default) { Headers = new BrokenList<KeyValuePair<string, string>>(), CorrelationId = "c" };

        var rejected = await _remote.Ask<Rejected>(message, Patience);
        var reply = await _remote.Ask<BatchReply>(new PublishBatch([message]), Patience);

        Assert.Equal((RejectReason.BadMessage, "c"), (rejected.Reason, rejected.CorrelationId));
        Assert.Contains(nameof(InvalidOperationException), rejected.Detail, StringComparison.Ordinal);
        Assert.Equal(RejectReason.BadMessage, Assert.IsType<Rejected>(reply.Refusal).Reason);
        Assert.Equal(new Ack(1), await _remote.Ask<Ack>(new Publish("a", default), Patience));
    }

    [Fact]
    public async Task A_correlation_id_beyond_a_frame_is_left_out_of_the_refusal()
    {
        var rejected = await _remote.Ask<Rejected>(new Publish("a", default) { CorrelationId = new string('c', 200_000) }, Patience);

        Assert.Equal((RejectReason.TooLargeForRemote, null), (rejected.Reason, rejected.CorrelationId));
    }

    [Fact]
    public async Task An_account_beyond_a_frame_says_what_was_left_out()
    {
        const int count = 20_000;

        var drained = await _remote.Ask<Drained>(new Drain(TimeSpan.FromTicks(count)), Patience);

        Assert.InRange(drained.Undelivered.Count, 1000, count - 1);
        Assert.Equal(count, drained.Undelivered.Count + drained.UndeliveredOmitted);
        Assert.Equal(Enumerable.Range(1, drained.Undelivered.Count).Select(n => (long)n), drained.Undelivered.Select(left => left.Sequence));
        Assert.False(drained.Complete);
        Assert.Contains($"Undelivered = {count}", drained.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_serialized_for_another_purpose_is_whole_at_any_size()
    {
        var message = new Publish("a", Bytes(1_000_000));

        Assert.Equal(1_000_000, Assert.IsType<Publish>(_senders.RoundTrip(message)).Payload.Length);
    }

    [Fact]
    public async Task A_sender_without_the_contract_is_told_in_its_log_what_to_call()
    {
        await using var senders = ContractSystem.Remote("bare", "akka.loglevel = ERROR", useContract: false);
        var log = new ConcurrentQueue<string>();
        senders.System.EventStream.Subscribe(new Recorder(senders.System, line => log.Enqueue($"{line} {(line as LogEvent)?.Cause}")), typeof(Error));
        var remote = await senders.ResolveAsync(_publishers, _local);

        remote.Tell(new Publish("a", Bytes(10)));

        await Until.TrueAsync(() => log.Any(line => line.Contains("NatsPublishers.UseContract(system)", StringComparison.Ordinal)));
        NatsPublishers.UseContract(senders.System);
        Assert.IsType<Ack>(await remote.Ask<PublishReply>(new Publish("a", Bytes(10)), Patience));
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Answers like a publisher's door, and sends everything else back.</summary>
    private sealed class Door : ReceiveActor
    {
        private Publish? _last;

        public Door()
        {
            Receive<Publish>(message =>
            {
                _last = message;
                Sender.Tell(new Ack(1) { CorrelationId = message.CorrelationId });
            });
            Receive<PublishBatch>(batch => Sender.Tell(new BatchReply(batch.Messages.Count, 1, null)));
            Receive<UnsentMessage>(unsent => Sender.Tell(unsent.ToReply()));
            Receive<Drain>(drain => drain.Deadline > TimeSpan.Zero, drain => Sender.Tell(new Drained(
                new LedgerTotals(),
                [.. Enumerable.Range(1, (int)drain.Deadline.Ticks).Select(n => new UndeliveredMessage(n, "a.subject", 100, UndeliveredReason.Closed))])));
            Receive<string>(_ => Sender.Tell(_last));
            ReceiveAny(message => Sender.Tell(message));
        }
    }
}
