using NatsActors.Specs;

namespace NatsActors.Embedded.Tests.Crashes;

/// <summary>
/// A publisher's life in which every kind of message comes to each of its actors, with one crash in it. Keeps account of what was
/// told and answered.
/// </summary>
internal sealed class CrashRun : ActorSpec
{
    private static readonly PubAck NoStream = new(0, null, 0, false, 503);

    private readonly HashSet<FakeLink> _up = [];
    private readonly HashSet<string> _told = [];
    private readonly IProbe _sender;
    private readonly IProbe _asker;
    private readonly PublisherSettings _settings;
    private int _questions;

    public CrashRun(ConfirmMode confirm, CrashPoint? point = null)
    {
        _settings = SettingsOf(confirm);
        MailboxTap = (actor, bound) => new CrashTap(actor, point, () => Child(Started!, actor), Seen, bound);
        _sender = CreateProbe();
        _asker = CreateProbe();
    }

    /// <summary>The kinds of messages that came to each actor.</summary>
    public HashSet<(string Actor, string Kind)> Seen { get; } = [];

    public void Play()
    {
        StartPublisher(_settings);
        Publish("1", "2");
        Question(new PublishBatch([Message("b1"), Message("b2")]));
        Question(GetStatus.Instance);
        Up(new ServerInfo { Headers = true, ConnectUrls = ["c:4222"] });
        Answer();
        Publish("3", "4", "5", "6", "7", "8");
        Link.Info(new ServerInfo { Headers = true, ConnectUrls = ["c:4222", "d:4222"] });
        Question(new Flush(TimeSpan.FromSeconds(60)));
        Tell(ForceReconnect.Instance);
        Serve();
        Link.Info(new ServerInfo { Headers = true, LameDuck = true });
        Publish("9");
        Serve();
        Link.Lose(LinkLossKind.Closed);
        Tell(Message("10") with { WantsOutcome = true, CorrelationId = "10", TimeToLive = TimeSpan.FromMilliseconds(20) }, _sender);
        _told.Add("10");
        Publish("11");
        Advance(TimeSpan.FromMilliseconds(50));
        Question(new Purge("nothing"));
        Question(new Drain(TimeSpan.FromMinutes(10)));
        Serve();
    }

    /// <summary>Every publish has one reply, every accepted one its one outcome, every question its answer, and nothing is left.</summary>
    public void Check()
    {
        var messages = _sender.TakeAll();
        var replies = messages.OfType<PublishReply>().Select(reply => reply.CorrelationId).ToList();
        Assert.Equal(_told.Order(), replies.Order());
        Assert.All(messages.OfType<PublishReply>(), reply => Assert.IsType<Ack>(reply));
        var outcomes = messages.OfType<Outcome>().ToList();
        Assert.Equal(_told.Order(), outcomes.Select(outcome => outcome.CorrelationId).Order());
        Assert.All(outcomes.OfType<Undelivered>(), outcome => Assert.Equal(("10", UndeliveredReason.Expired), (outcome.CorrelationId, outcome.Reason)));
        var answers = _asker.TakeAll();
        Assert.Equal(_questions, answers.Count);
        Assert.True(answers.OfType<Flushed>().Single().Completed);
        Assert.True(answers.OfType<Drained>().Single().Complete);
        var totals = Status().Totals;
        Assert.Equal((_told.Count + 2L, 0L), (totals.Accepted, totals.Buffered));
        var expired = outcomes.OfType<Undelivered>().SingleOrDefault()?.Sequence;
        foreach (var link in Links.Opened)
        {
            var sequences = link.Frames.Select(frame => frame.Sequence).ToList();
            Assert.All(sequences.Zip(sequences.Skip(1)), pair => Assert.True(Follows(pair.First, pair.Second, expired), $"{pair}"));
        }
    }

    /// <summary>On one link only a stream's refusal makes an earlier message follow a later one: then all are sent again from there.</summary>
    private bool Follows(long first, long second, long? expired) =>
        second == first + 1 || (second == first + 2 && first + 1 == expired)
        || (_settings.Delivery.Confirm == ConfirmMode.JetStream && second <= first);

    private static PublisherSettings SettingsOf(ConfirmMode confirm)
    {
        var settings = With(
            b => b with { MaxMessages = 5, Overflow = OverflowPolicy.Wait, WaitTimeout = TimeSpan.FromMinutes(5) },
            d => d with { Confirm = confirm, ConfirmTimeout = TimeSpan.FromSeconds(2) });
        return settings with { Connection = settings.Connection with { Servers = ["nats://a:4222", "nats://b:4222"] } };
    }

    private void Publish(params string[] texts)
    {
        foreach (var text in texts)
        {
            _told.Add(text);
            Tell(Message(text) with { WantsOutcome = true, CorrelationId = text }, _sender);
        }
    }

    private void Question(object command)
    {
        _questions++;
        Tell(command, _asker);
    }

    private void Up(ServerInfo? info = null)
    {
        if (!Link.Closed && _up.Add(Link))
        {
            Link.Up(info);
            Settle();
        }
    }

    /// <summary>A server that reads, and a stream that is not there at its first question.</summary>
    private void Answer()
    {
        Write(Link);
        if (Link.LastSequence == 0)
        {
            return;
        }

        Link.Confirm(Link.LastSequence);
        if (_settings.Delivery.Confirm == ConfirmMode.JetStream)
        {
            var sequences = Link.Frames.Select(frame => frame.Sequence).Distinct().ToArray();
            Link.Acks([.. sequences.Select(sequence =>
                Links.Count == 1 ? NoStream with { Sequence = sequence } : new PubAck(sequence, "S", sequence, false))]);
        }

        Settle();
    }

    /// <summary>Lets times pass, and plays a healthy server on whatever link there is, until nothing is buffered.</summary>
    private void Serve()
    {
        for (var i = 0; i < 100; i++)
        {
            Up();
            Answer();
            if (_up.Contains(Link) && !Link.Closed && Status().BufferedMessages == 0)
            {
                return;
            }

            Advance(TimeSpan.FromMilliseconds(500));
            if (Status().State == ConnectionState.Closed)
            {
                return;
            }
        }

        Assert.Fail($"It does not come to an end: {Status()}");
    }
}
