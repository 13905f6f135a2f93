using NatsActors.Links;
using NatsActors.Protocol;
using NatsActors.Specs.Journals;

namespace NatsActors.Specs.Model;

/// <summary>The publisher after a crash: it sends what the journal has, in order, and what is new behind it.</summary>
internal sealed class ModelSuccessor : ActorSpec
{
    private const int MaxServes = 200;

    private readonly PublisherSettings _settings;
    private readonly HashSet<long> _acked = [];
    private int _written;

    /// <param name="settings">The settings of the publisher before.</param>
    /// <param name="journal">Its journal.</param>
    public ModelSuccessor(PublisherSettings settings, PlayedJournal journal)
        : base(new Random(1), new PlayedJournal(journal))
    {
        _settings = settings with
        {
            Buffer = settings.Buffer with { Overflow = OverflowPolicy.Wait, WaitTimeout = TimeSpan.FromMinutes(10), WaitMaxMessages = 10, WaitMaxBytes = 10_000, TimeToLive = null },
        };
    }

    public void Play(IReadOnlyList<(PageFrame Page, SentFrame Frame)> left)
    {
        var (sender, asker, events) = (CreateProbe(), CreateProbe(), Events<NatsEvent>());
        Journal.IsHeld = true;
        StartPublisher(_settings);
        Tell(Message("new 1"), sender);
        Tell(Message("new 2"), sender);
        sender.ExpectNoMsg();
        Journal.IsHeld = false;
        while (Journal.Next(JournalTurn.Works))
        {
            Settle();
        }

        Serve(() => Status().BufferedMessages == 0);
        Tell(Message("new 3"), sender);
        Tell(new Drain(TimeSpan.FromMinutes(10)), asker);
        Serve(() => Status().State == ConnectionState.Closed);

        var acks = sender.TakeAll();
        ModelBook.Check(acks.Count == 3 && acks.All(ack => ack is Ack), $"the next publisher answered {string.Join(", ", acks)}");
        var firstNew = acks.OfType<Ack>().Min(ack => ack.Sequence);
        ModelBook.Check(left.All(each => each.Page.Sequence < firstNew), $"the next publisher began at the sequence {firstNew}");
        ModelBook.Check(asker.TakeAll() is [Drained { Complete: true }], "the next publisher did not drain");
        Check(left, [.. events.TakeAll().OfType<NatsEvent>()]);
        ModelBook.Check(JournalText.Left(Journal.EventsOf($"nats-publisher-{_settings.Name}")).Count == 0, "a drained publisher has left messages in the journal");
    }

    private void Check(IReadOnlyList<(PageFrame Page, SentFrame Frame)> left, IReadOnlyList<NatsEvent> events)
    {
        var sent = Links.Opened.SelectMany(link => link.Frames).Select(frame => frame.Payload).ToList();
        var mayExpire = left.Where(each => each.Page.TimeToLive > 0).Select(each => each.Frame.Payload).ToHashSet();
        string[] expected = [.. left.Select(each => each.Frame.Payload), "new 1", "new 2", "new 3"];
        ModelBook.Check(
            sent.Where(payload => !mayExpire.Contains(payload)).SequenceEqual(expected.Where(payload => !mayExpire.Contains(payload)))
                && sent.SequenceEqual(expected.Where(sent.Contains)),
            $"the next publisher sent\n{string.Join("\n", sent)}\nand had to send\n{string.Join("\n", expected)}");
        var recovered = events.OfType<JournalRecovered>().Single();
        ModelBook.Check(recovered.Messages == left.Count, $"{recovered}: there are {left.Count}");
        var outcomes = events.OfType<OutcomeRecovered>().Select(each => each.Outcome).ToList();
        var claimed = left.Where(each => each.Page.IsClaimed).Select(each => (each.Page.Sequence, each.Page.CorrelationId)).ToList();
        ModelBook.Check(
            outcomes.Select(outcome => (outcome.Sequence, outcome.CorrelationId)).Order().SequenceEqual(claimed),
            $"the outcomes of the process before: {string.Join(", ", outcomes)}; claims: {string.Join(", ", claimed)}");
        ModelBook.Check(!events.OfType<JournalDamaged>().Any(), "the journal is damaged");
    }

    private void Serve(Func<bool> reached)
    {
        for (var i = 0; i < MaxServes && !reached(); i++)
        {
            if (Links.Count > 0)
            {
                ServeLink(Link);
            }

            Advance(TimeSpan.FromMilliseconds(20));
        }

        ModelBook.Check(reached(), $"the next publisher does not end: {Status()}");
    }

    private void ServeLink(FakeLink link)
    {
        if (_written == 0 && link.Batches.Count == 0)
        {
            link.Up();
            Settle();
        }

        link.WrittenAll();
        if (link.Batches.Count == 0)
        {
            return;
        }

        link.Confirm(link.LastSequence);
        if (_settings.Delivery.Confirm == ConfirmMode.JetStream)
        {
            link.Acks([.. link.Frames.Select(SequenceOf).Where(_acked.Add).Select(sequence => new PubAck(sequence, "S", sequence, false))]);
        }

        Settle();
        _written = link.Batches.Count;
    }

    /// <summary>Frames of one batch may have sequences with gaps when the journal had them.</summary>
    private static long SequenceOf(SentFrame frame) => long.Parse(
        frame.ReplyTo.AsSpan(frame.ReplyTo!.LastIndexOf('.') + 1), System.Globalization.CultureInfo.InvariantCulture);
}
