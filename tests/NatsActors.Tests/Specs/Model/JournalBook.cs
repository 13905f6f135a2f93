using NatsActors.Persistence;
using NatsActors.Specs.Journals;

namespace NatsActors.Specs.Model;

/// <summary>What the journal of a run was given and has confirmed, read from its events.</summary>
internal sealed class JournalBook
{
    private readonly PlayedJournal _journal;
    private readonly HashSet<int> _stored = [];
    private readonly HashSet<int> _confirmed = [];

    public JournalBook(PlayedJournal journal)
    {
        _journal = journal;
        journal.Stored = each => Note(each, _stored);
        journal.Confirmed = each => Note(each, _confirmed);
    }

    /// <summary>The journal has been up.</summary>
    public bool WasUp { get; private set; }

    /// <summary>Failures of the journal so far.</summary>
    public int Failures { get; set; }

    /// <summary>Crashes of its actors so far.</summary>
    public int Kills { get; set; }

    public void Settled(bool isUp) => WasUp |= isUp;

    /// <summary>An Ack means that the journal has the message, unless it had ended before it was written.</summary>
    public void OnAck(ModelMessage message) => message.IsInNoPage = !_confirmed.Contains(message.Number);

    /// <summary>A link takes only what the journal has confirmed.</summary>
    public void OnSent(ModelMessage message) =>
        ModelBook.Check(_confirmed.Contains(message.Number), $"sent before it was in the journal: {message}");

    /// <summary>Only what was not confirmed is rejected; an actor that was killed may not have seen what was confirmed.</summary>
    public bool MayReject(ModelMessage message) =>
        Failures + Kills > 0 && (Kills > 0 || !_confirmed.Contains(message.Number));

    /// <summary>The journal has the message, whether its writer knows of that or not.</summary>
    public bool Has(int number) => _stored.Contains(number);

    /// <summary>What the next process has to send.</summary>
    public IReadOnlyList<(PageFrame Page, SentFrame Frame)> Left(PublisherSettings settings) =>
        JournalText.Left(_journal.EventsOf($"nats-publisher-{settings.Name}"));

    private static void Note(byte[] journalled, HashSet<int> messages) =>
        messages.UnionWith(JournalText.Messages(journalled).Select(each => ModelMessage.NumberIn(each.Frame.Payload)));
}
