using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Specs.Journals;

namespace NatsActors.Specs.Crashes;

/// <summary>
/// A publisher's life in which every kind of message comes to each of its actors, with one crash in it. Keeps account of what was
/// told and answered.
/// </summary>
internal sealed class CrashRun : ActorSpec
{
    private const string Id = "crashes";
    private const string Old = "old";

    private static readonly PubAck NoStream = new(0, null, 0, false, 503);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(20);

    private readonly HashSet<FakeLink> _up = [];
    private readonly HashSet<string> _told = [];
    private readonly HashSet<string> _unheard = [];
    private readonly MailboxTap _tap;
    private readonly Probe _sender;
    private readonly Probe _asker;
    private readonly PublisherSettings _settings;
    private readonly bool _mayReject;
    private int _questions;

    /// <param name="confirm">What confirms a message.</param>
    /// <param name="point">Where an actor fails.</param>
    /// <param name="journal">The journal of the publisher; null for a publisher without one.</param>
    public CrashRun(ConfirmMode confirm, CrashPoint? point = null, PlayedJournal? journal = null)
        : this(confirm, new MailboxTap(point), journal)
    {
        _mayReject = journal is not null && point?.Actor is "journal" or "pages";
    }

    private CrashRun(ConfirmMode confirm, MailboxTap tap, PlayedJournal? journal)
        : base(tap, journal)
    {
        _tap = tap;
        _settings = SettingsOf(confirm);
        if (journal is not null)
        {
            _settings = _settings with
            {
                Durability = new DurabilitySettings { Journal = PlayedJournal.Plugin, PersistenceId = Id, PageBytes = 100, MarkBytes = 4096 },
            };
        }

        _sender = CreateProbe();
        _asker = CreateProbe();
    }

    /// <summary>The kinds of messages that came to each actor.</summary>
    public IReadOnlySet<(string Actor, string Kind)> Seen => _tap.Seen;

    /// <summary>What a process before has left: many events, so that some are deleted, and one message.</summary>
    public static PlayedJournal JournalOfBefore(ConfirmMode confirm)
    {
        var journal = new PlayedJournal();
        using (var before = new Predecessor(journal, confirm))
        {
            before.Play();
            journal.IsDead = true;
        }

        return new PlayedJournal(journal);
    }

    public void Play()
    {
        StartPublisher(_settings);
        Publish("1", "2");
        Question(new PublishBatch([Message("b1"), Message("b2")]));
        Question(GetStatus.Instance);
        for (var waits = 50; waits > 0 && Links.Count == 0; waits--)
        {
            // The journal's actor has failed, and is started anew.
            Advance(TimeSpan.FromMilliseconds(20));
        }

        Up(new ServerInfo { Headers = true, ConnectUrls = ["c:4222"] });
        Answer();
        Publish("3", "4", "5", "6", "7", "8");
        Link.Info(new ServerInfo { Headers = true, ConnectUrls = ["c:4222", "d:4222"] });
        Advance(TimeSpan.FromMilliseconds(200));
        Question(new Flush(TimeSpan.FromSeconds(60)));
        Tell(ForceReconnect.Instance);
        Serve();
        Link.Info(new ServerInfo { Headers = true, LameDuck = true });
        Publish("9");
        Serve();
        for (var servers = 4; servers > 0; servers--)
        {
            // The next server is dialled at once. After the last of them the publisher waits for a back-off.
            Link.Lose(LinkLossKind.Unreachable);
        }

        PublishEvent(new Connected { Publisher = "other", Server = "nats://a:4222" });
        Link.Lose(LinkLossKind.Unreachable);
        Send("10", Short);
        _unheard.Add("11");
        Tell(Message("11") with { CorrelationId = "11", TimeToLive = Short }, _sender);
        Publish("12");
        Advance(TimeSpan.FromSeconds(1.2));
        Question(new Purge("nothing"));
        Question(new Drain(TimeSpan.FromMinutes(10)));
        Serve();
    }

    /// <summary>Every publish has one reply, every accepted one its one outcome, every question its answer, and nothing is left.</summary>
    public void Check()
    {
        var messages = _sender.TakeAll();
        var replies = messages.OfType<PublishReply>().Select(reply => reply.CorrelationId).ToList();
        Assert.Equal(_told.Concat(_unheard).Order(), replies.Order());
        var rejected = messages.OfType<Rejected>().ToList();
        Assert.All(rejected, reply => Assert.True(_mayReject && reply.Reason == RejectReason.NotDurable, $"{reply}"));
        Assert.All(messages.OfType<PublishReply>().Except(rejected), reply => Assert.IsType<Ack>(reply));
        _told.ExceptWith(rejected.Select(reply => reply.CorrelationId!));
        _unheard.ExceptWith(rejected.Select(reply => reply.CorrelationId!));
        var outcomes = messages.OfType<Outcome>().ToList();
        Assert.Equal(_told.Order(), outcomes.Select(outcome => outcome.CorrelationId).Order());
        Assert.All(outcomes.OfType<Undelivered>(), outcome => Assert.Equal(("10", UndeliveredReason.Expired), (outcome.CorrelationId, outcome.Reason)));
        var answers = _asker.TakeAll();
        Assert.Equal(_questions, answers.Count);
        Assert.True(answers.OfType<Flushed>().Single().Completed);
        Assert.True(answers.OfType<Drained>().Single().Complete);
        var totals = Status().Totals;
        var batch = answers.OfType<BatchReply>().Single();
        Assert.True(batch.Accepted == 2 || (_mayReject && batch.Refusal is Rejected { Reason: RejectReason.NotDurable }), $"{batch}");
        var old = IsDurable ? 1 : 0;
        Assert.Equal(old > 0, Links.Opened.Any(link => link.Payloads.Contains(Old)));
        Assert.True(!IsDurable || JournalText.Left(Journal.EventsOf(Id)).Count == 0, "Messages are left in the journal.");
        Assert.Equal((_told.Count + _unheard.Count + batch.Accepted + old, 0L), (totals.Accepted, totals.Buffered));
        var mayExpire = messages.OfType<Ack>().Where(ack => ack.CorrelationId is "10" or "11").Select(ack => ack.Sequence).ToHashSet();
        foreach (var link in Links.Opened)
        {
            var sequences = link.Frames.Select(frame => frame.Sequence).ToList();
            Assert.All(sequences.Zip(sequences.Skip(1), (first, second) => (First: first, Second: second)),
                pair => Assert.True(Follows(pair.First, pair.Second, mayExpire), $"{pair}"));
        }
    }

    /// <summary>On one link only a stream's refusal makes an earlier message follow a later one: then all are sent again from there.</summary>
    private bool Follows(long first, long second, HashSet<long> mayExpire)
    {
        if (second <= first)
        {
            return _settings.Delivery.Confirm == ConfirmMode.JetStream;
        }

        while (mayExpire.Contains(first + 1) && first + 1 < second)
        {
            first++;
        }

        return second == first + 1 || _mayReject;
    }

    private bool IsDurable => _settings.Durability.Journal.Length > 0;

    private static PublisherSettings SettingsOf(ConfirmMode confirm)
    {
        var settings = With(
            b => b with { MaxMessages = 5, Overflow = OverflowPolicy.Wait, WaitTimeout = TimeSpan.FromMinutes(5) },
            d => d with { Confirm = confirm, ConfirmTimeout = TimeSpan.FromSeconds(2), ReplayRate = 10 });
        return settings with { Connection = settings.Connection with { Servers = ["nats://a:4222", "nats://b:4222"] } };
    }

    private void Publish(params string[] texts) => Array.ForEach(texts, text => Send(text));

    private void Send(string text, TimeSpan? timeToLive = null)
    {
        _told.Add(text);
        Tell(Message(text) with { WantsOutcome = true, CorrelationId = text, TimeToLive = timeToLive }, _sender);
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

    private sealed class Predecessor(PlayedJournal journal, ConfirmMode confirm) : ActorSpec(new Random(1), journal)
    {
        private const int Events = 300;

        public void Play()
        {
            StartConnected(With(delivery: d => d with { Confirm = confirm }) with { Durability = new DurabilitySettings { Journal = PlayedJournal.Plugin, PersistenceId = Id } });
            for (var i = 0; i < Events; i++)
            {
                Accept($"{i}");
                Serve(Link);
                if (confirm == ConfirmMode.JetStream)
                {
                    Link.Store(i + 1);
                    Settle();
                }
            }

            Link.Lose();
            Accept(Old);
        }
    }
}
