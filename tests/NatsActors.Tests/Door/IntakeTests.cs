using System.Text;
using NatsActors.Buffer;
using NatsActors.Door;

namespace NatsActors.Tests.Door;

/// <summary>The door: what is refused and why, what is encoded, which limits and ages a message gets.</summary>
public sealed class IntakeTests
{
    private const string PublisherId = "PUB1";

    public static TheoryData<string, RejectReason> BadMessages => new()
    {
        { "subject-empty", RejectReason.BadSubject },
        { "subject-white", RejectReason.BadSubject },
        { "subject-wildcard", RejectReason.BadSubject },
        { "reply", RejectReason.BadReplyTo },
        { "header-name", RejectReason.BadHeader },
        { "header-value", RejectReason.BadHeader },
        { "id", RejectReason.BadHeader },
        { "ttl-zero", RejectReason.BadTimeToLive },
        { "ttl-negative", RejectReason.BadTimeToLive },
        { "line", RejectReason.ControlLineTooLong },
        { "server", RejectReason.TooLargeForServer },
        { "buffer", RejectReason.TooLargeForBuffer },
    };

    [Theory]
    [MemberData(nameof(BadMessages))]
    public void A_message_that_can_never_go_is_rejected_with_its_reason(string which, RejectReason expected)
    {
        var fixture = new Fixture();
        fixture.Intake.MaxPayload = 5_000;
        var good = new Publish("a.b", new byte[10]) { CorrelationId = "c" };
        var reply = fixture.Offer(which switch
        {
            "subject-empty" => good with { Subject = "" },
            "subject-white" => good with { Subject = "a b" },
            "subject-wildcard" => good with { Subject = "a.*" },
            "reply" => good with { ReplyTo = "x..y" },
            "header-name" => good with { Headers = [new("na me", "v")] },
            "header-value" => good with { Headers = [new("name", "v\r\nother: w")] },
            "id" => good with { Id = "1\n" },
            "ttl-zero" => good with { TimeToLive = TimeSpan.Zero },
            "ttl-negative" => good with { TimeToLive = TimeSpan.FromTicks(-1) },
            "line" => good with { Subject = new string('a', 4_100) },
            "server" => good with { Payload = new byte[5_001] },
            _ => good with { Subject = new string('a', 3_500), Payload = new byte[4_990], Headers = [] },
        });

        var rejected = Assert.IsType<Rejected>(reply);
        Assert.Equal(expected, rejected.Reason);
        Assert.NotEmpty(rejected.Detail);
        Assert.Equal((0L, 0L), (fixture.Ledger.Accepted, fixture.Buffer.Messages));
        Assert.Equal(1, fixture.Buffer.NextSequence);
    }

    [Theory]
    [InlineData(4_999, true)]
    [InlineData(5_000, true)]
    [InlineData(5_001, false)]
    public void The_servers_limit_counts_headers_and_payload(int size, bool accepted)
    {
        var fixture = new Fixture();
        fixture.Intake.MaxPayload = 5_000;
        const int Headers = 12 + 6; // the version line, "a: b" and their line ends
        var reply = fixture.Offer(new Publish("s", new byte[size - Headers]) { Headers = [new("a", "b")] });
        Assert.Equal(accepted, reply is Ack);
    }

    [Fact]
    public void A_frame_as_large_as_the_buffer_fits_and_one_byte_more_never_does()
    {
        var fixture = new Fixture();
        var overhead = "PUB s 8000\r\n\r\n".Length;
        Assert.IsType<Ack>(fixture.Offer(new Publish("s", new byte[8_000 - overhead])));
        Assert.Equal(8_000, fixture.Buffer.Bytes);
        Assert.Equal(RejectReason.TooLargeForBuffer, Assert.IsType<Rejected>(fixture.Offer(new Publish("s", new byte[8_001 - overhead]))).Reason);
    }

    [Fact]
    public void An_acceptance_names_the_sequence_and_the_frame_is_in_the_buffer()
    {
        var fixture = new Fixture();
        Assert.Equal(1, Assert.IsType<Ack>(fixture.Offer(new Publish("a.b", "hi"u8.ToArray()) { ReplyTo = "r" })).Sequence);
        Assert.Equal(2, Assert.IsType<Ack>(fixture.Offer(new Publish("ü", "é"u8.ToArray()) { Headers = [new("k", "v")] })).Sequence);
        Assert.True(fixture.Offer("x", "yz"u8));
        Assert.Equal("PUB a.b r 2\r\nhi\r\n", fixture.Frame(1));
        Assert.Equal("HPUB ü 18 20\r\nNATS/1.0\r\nk: v\r\n\r\né\r\n", fixture.Frame(2));
        Assert.Equal("PUB x 2\r\nyz\r\n", fixture.Frame(3));
        Assert.Equal(3, fixture.Ledger.Accepted);
        Assert.Null(fixture.Intake.AckInbox);
    }

    [Fact]
    public void With_JetStream_the_ack_inbox_and_the_message_id_are_fixed_at_acceptance()
    {
        var fixture = new Fixture(ConfirmMode.JetStream);
        fixture.Offer(new Publish("s", "1"u8.ToArray()));
        fixture.Offer(new Publish("s", "2"u8.ToArray()) { Id = "mine" });
        fixture.Offer(new Publish("s", "3"u8.ToArray()) { Headers = [new("Nats-Msg-Id", "own")] });
        fixture.Offer(new Publish("s", "4"u8.ToArray()) { Headers = [new("Nats-Msg-Id", "own")], Id = "mine" });
        fixture.Offer("s", "5"u8);

        Assert.Equal($"_INBOX.{PublisherId}", fixture.Intake.AckInbox);
        Assert.Equal("HPUB s _INBOX.PUB1.1 33 34\r\nNATS/1.0\r\nNats-Msg-Id: PUB1.1\r\n\r\n1\r\n", fixture.Frame(1));
        Assert.Equal("HPUB s _INBOX.PUB1.2 31 32\r\nNATS/1.0\r\nNats-Msg-Id: mine\r\n\r\n2\r\n", fixture.Frame(2));
        Assert.Equal("HPUB s _INBOX.PUB1.3 30 31\r\nNATS/1.0\r\nNats-Msg-Id: own\r\n\r\n3\r\n", fixture.Frame(3));
        Assert.Equal("HPUB s _INBOX.PUB1.4 31 32\r\nNATS/1.0\r\nNats-Msg-Id: mine\r\n\r\n4\r\n", fixture.Frame(4));
        Assert.Equal("HPUB s _INBOX.PUB1.5 33 34\r\nNATS/1.0\r\nNats-Msg-Id: PUB1.5\r\n\r\n5\r\n", fixture.Frame(5));
    }

    [Fact]
    public void With_JetStream_a_refused_message_uses_no_sequence_up()
    {
        var fixture = new Fixture(ConfirmMode.JetStream, maxMessages: 1);
        fixture.Offer(new Publish("s", default));
        Assert.IsType<BufferLimit>(fixture.Offer(new Publish("s", default)));
        fixture.Outbox.Purge(null);
        Assert.Equal(2, Assert.IsType<Ack>(fixture.Offer(new Publish("s", default))).Sequence);
        Assert.Contains("_INBOX.PUB1.2 ", fixture.Frame(2), StringComparison.Ordinal);
    }

    [Fact]
    public void With_JetStream_a_reply_to_is_rejected() =>
        Assert.Equal(RejectReason.BadReplyTo, Assert.IsType<Rejected>(
            new Fixture(ConfirmMode.JetStream).Offer(new Publish("s", default) { ReplyTo = "r" })).Reason);

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(100, null, 100)]
    [InlineData(null, 50, 50)]
    [InlineData(100, 50, 50)]
    [InlineData(50, 100, 50)]
    public void The_shorter_time_to_live_counts(int? ofTheBuffer, int? ofTheMessage, int? expected)
    {
        var fixture = new Fixture(timeToLive: Milliseconds(ofTheBuffer));
        fixture.Offer(new Publish("s", default) { TimeToLive = Milliseconds(ofTheMessage) }, now: 1_000);
        Assert.Equal(expected is null ? long.MaxValue : 1_000 + expected.Value, fixture.Outbox.NextDeadline);
        Assert.Equal(0, fixture.Outbox.Expire(999 + (expected ?? 0)));
        Assert.Equal(expected is null ? 0 : 1, fixture.Outbox.Expire(1_000 + (expected ?? 0)));
    }

    [Fact]
    public void A_time_to_live_below_a_millisecond_is_one_and_the_longest_is_49_days()
    {
        var fixture = new Fixture();
        fixture.Offer(new Publish("s", default) { TimeToLive = TimeSpan.FromTicks(1) });
        Assert.Equal(1, fixture.Outbox.NextDeadline);
        fixture.Outbox.Expire(1);
        fixture.Offer(new Publish("s", default) { TimeToLive = TimeSpan.MaxValue });
        Assert.Equal(uint.MaxValue, fixture.Outbox.NextDeadline);
    }

    [Fact]
    public void A_message_does_not_overtake_those_that_wait()
    {
        var fixture = new Fixture();
        Assert.Equal(BufferLimit.Waiters, fixture.Offer(new Publish("s", default), behindOthers: true));
        Assert.Equal(0, fixture.Buffer.Messages);
    }

    [Fact]
    public void With_drop_oldest_a_new_message_takes_the_place_of_the_oldest_queued()
    {
        var fixture = new Fixture(overflow: OverflowPolicy.DropOldest, maxMessages: 3);
        for (var i = 0; i < 3; i++)
        {
            fixture.Offer(new Publish("s", default));
        }

        fixture.Buffer.TryTake(100, 1, out _);
        Assert.Equal(4, Assert.IsType<Ack>(fixture.Offer(new Publish("s", default))).Sequence);
        Assert.Equal((1L, 3L), (fixture.Buffer.FirstSequence, fixture.Buffer.Messages));
        Assert.True(fixture.Buffer.Peek(2).IsEmpty);
        Assert.Equal(1, fixture.Ledger.UndeliveredFor(UndeliveredReason.Dropped));

        fixture.Buffer.TryTake(100, 2, out _);
        Assert.IsType<BufferLimit>(fixture.Offer(new Publish("s", default)));
        Assert.Equal(1, fixture.Ledger.UndeliveredFor(UndeliveredReason.Dropped));
    }

    [Fact]
    public void With_drop_oldest_a_message_that_can_never_go_drops_nothing()
    {
        var fixture = new Fixture(overflow: OverflowPolicy.DropOldest);
        fixture.Offer(new Publish("s", new byte[7_000]));
        Assert.IsType<Rejected>(fixture.Offer(new Publish("s", new byte[8_000])));
        Assert.IsType<Rejected>(fixture.Offer(new Publish("s s", new byte[7_000])));
        Assert.Equal((1L, 0L), (fixture.Buffer.Messages, fixture.Ledger.Undelivered));
    }

    private static TimeSpan? Milliseconds(int? value) => value is { } known ? TimeSpan.FromMilliseconds(known) : null;

    internal sealed class Fixture
    {
        public Fixture(
            ConfirmMode confirm = ConfirmMode.Fence, OverflowPolicy overflow = OverflowPolicy.Reject, TimeSpan? timeToLive = null,
            long maxBytes = 8_000, long maxMessages = 100)
        {
            var settings = new PublisherSettings
            {
                Buffer = new BufferSettings { MaxBytes = maxBytes, MaxMessages = maxMessages, Overflow = overflow, TimeToLive = timeToLive },
                Delivery = new DeliverySettings { Confirm = confirm },
            };
            Outbox = new Outbox(new PublishBuffer(maxBytes, maxMessages));
            Intake = new Intake(settings, Outbox, PublisherId);
        }

        public Outbox Outbox { get; }

        public Intake Intake { get; }

        public PublishBuffer Buffer => Outbox.Buffer;

        public Ledger Ledger => Outbox.Ledger;

        /// <summary>What becomes of a message: an Ack, a Rejected, or the limit that refuses it.</summary>
        public object Offer(Publish message, long now = 0, bool behindOthers = false)
        {
            var incoming = Incoming.Of(message, null);
            if (Intake.Check(incoming) is { } bad)
            {
                return bad;
            }

            var sequence = Intake.Accept(incoming, Intake.Measure(incoming), null, behindOthers, now, out var rejected, out var limit);
            return sequence > 0 ? new Ack(sequence) : rejected is not null ? rejected : limit;
        }

        public bool Offer(string subject, ReadOnlySpan<byte> payload, long now = 0)
        {
            var incoming = new Incoming { Subject = subject, Payload = payload };
            return Intake.Check(incoming) is null
                && Intake.Accept(incoming, Intake.Measure(incoming), null, behindOthers: false, now, out _, out _) > 0;
        }

        public string Frame(long sequence) => Encoding.UTF8.GetString(Buffer.Peek(sequence));
    }
}
