using NatsActors.Protocol;

namespace NatsActors.Specs;

/// <summary><c>jetstream.strict-order</c>: the stream itself refuses what would come out of order.</summary>
public class StrictOrderSpecs : ActorSpec
{
    private static readonly PubAck TooSoon = new(0, null, 0, false, 400, 10070, "wrong last msg ID: x");

    private static readonly PublisherSettings Strict = With(
        b => b with { MaxMessages = 100 },
        d => d with { Confirm = ConfirmMode.JetStream },
        jetStream: j => j with { StrictOrder = true, RetryAttempts = 0 });

    private readonly Probe _sender;

    public StrictOrderSpecs()
    {
        _sender = CreateProbe();
    }

    [Fact]
    public void Each_message_names_the_id_of_the_one_before_and_the_first_none()
    {
        var link = StartConnected(Strict);
        Send(Message("1"), Message("2") with { Id = "mine" }, Message("3") with { Headers = [new("Nats-Msg-Id", "its")] }, Message("4"));
        Write(link);

        Assert.Equal([null, IdOf(link.Frames[0]), "mine", "its"], link.Frames.Select(Expected));
    }

    [Fact]
    public void A_message_that_was_not_accepted_is_not_named()
    {
        var link = StartConnected(Strict with { Buffer = Strict.Buffer with { MaxMessages = 1 } });
        Send(Message("1"));
        Assert.IsType<BufferFull>(Ask<PublishReply>(Message("2")));
        link.WrittenAll();
        link.Store(1);
        Settle();
        _sender.ExpectMsg<Stored>();
        Send(Message("3"));

        Assert.Equal([null, IdOf(link.Frames[0])], link.Frames.Select(Expected));
    }

    [Fact]
    public void What_came_too_soon_is_sent_again_behind_what_it_waits_for()
    {
        var link = StartConnected(Strict);
        Send(Message("1"), Message("2"), Message("3"));
        link.WrittenAll();
        link.Acks(TooSoon with { Sequence = 2 }, TooSoon with { Sequence = 3 });
        Advance(TimeSpan.FromMilliseconds(150));
        Write(link);
        Assert.Equal(["1", "2", "3", "1"], link.Payloads);
        link.Store(1);
        Write(link);

        Assert.Equal(["1", "2", "3"], link.Payloads.TakeLast(3));
        Assert.Equal(link.Frames.Take(3), link.Frames.TakeLast(3));
        link.Store(2, 3);
        Assert.Equal(3, Status().Totals.Stored);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_oldest_waits_for_nothing_whatever_became_of_the_one_before(bool crash)
    {
        var link = StartConnected(Strict);
        Send(Message("1"), Message("2"), Message("3"));
        link.WrittenAll();
        link.Acks(
            new PubAck(1, null, 0, false, 400, 10054, "message size exceeds maximum allowed"),
            TooSoon with { Sequence = 2 }, TooSoon with { Sequence = 3 });
        Assert.Equal(UndeliveredReason.NotStored, _sender.ExpectMsg<Undelivered>().Reason);
        if (crash)
        {
            Crash("buffer");
            Settle();
            link = Redialled(link);
            link.Up();
            Settle();
        }

        Advance(TimeSpan.FromMilliseconds(150));
        Write(link);
        var again = link.Frames[^1];
        Assert.Equal(("2", null), (again.Payload, Expected(again)));
        link.Store(2);
        Write(link);
        Assert.Equal(("3", IdOf(again)), (link.Frames[^1].Payload, Expected(link.Frames[^1])));
        link.Store(3);
        var totals = Status().Totals;
        Assert.Equal((2, 1), (totals.Stored, totals.Undelivered));
    }

    [Fact]
    public void The_header_of_the_condition_is_not_the_senders()
    {
        StartConnected(Strict);

        var rejected = Ask<Rejected>(Message("1") with { Headers = [new("Nats-Expected-Last-Msg-Id", "x")] });

        Assert.Equal(RejectReason.BadHeader, rejected.Reason);
        Assert.Contains("jetstream.strict-order", rejected.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_it_a_condition_of_the_senders_own_goes_out_and_its_refusal_is_final()
    {
        var link = StartConnected(Strict with { JetStream = Strict.JetStream with { StrictOrder = false } });
        Send(Message("1"), Message("2") with { Headers = [new("Nats-Expected-Last-Msg-Id", "x")] });
        Assert.Equal([null, "x"], link.Frames.Select(Expected));

        link.Acks(TooSoon with { Sequence = 2 });

        Assert.Contains("wrong last msg ID", _sender.ExpectMsg<Undelivered>().Detail, StringComparison.Ordinal);
    }

    private static string? Expected(SentFrame frame) => Header(frame, "Nats-Expected-Last-Msg-Id");

    private static string? IdOf(SentFrame frame) => Header(frame, "Nats-Msg-Id");

    private static string? Header(SentFrame frame, string name) => frame.Headers.Split("\r\n")
        .Where(line => line.StartsWith(name + ": ", StringComparison.Ordinal)).Select(line => line[(name.Length + 2)..]).SingleOrDefault();

    private void Send(params Publish[] messages)
    {
        foreach (var message in messages)
        {
            Tell(message with { WantsOutcome = true }, _sender);
            _sender.ExpectMsg<Ack>();
        }
    }
}
