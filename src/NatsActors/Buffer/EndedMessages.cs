namespace NatsActors.Buffer;

/// <summary>
/// What has ended in an <see cref="Outbox"/> and was not told yet. The outbox runs nobody's code: its caller takes this under the
/// lock and tells after it.
/// </summary>
internal sealed class EndedMessages
{
    private readonly List<(object Ticket, Outcome Outcome)> _outcomes = [];
    private readonly List<EndedRun> _runs = [];
    private readonly List<(UndeliveredReason Reason, long Count, string? Detail)> _unclaimed = [];
    private readonly List<EndedAge> _ages = [];
    private readonly List<object> _withdrawn = [];

    /// <summary>The outcomes of messages whose senders asked for them, in the order in which the messages ended.</summary>
    public IReadOnlyList<(object Ticket, Outcome Outcome)> Outcomes => _outcomes;

    /// <summary>Messages that were delivered, of tickets that take runs.</summary>
    public IReadOnlyList<EndedRun> Runs => _runs;

    /// <summary>How many messages that nobody had asked for ended undelivered: one entry for each reason, with its last detail.</summary>
    public IReadOnlyList<(UndeliveredReason Reason, long Count, string? Detail)> Unclaimed => _unclaimed;

    /// <summary>When the messages that ended had been accepted; empty while nobody measures.</summary>
    public IReadOnlyList<EndedAge> Ages => _ages;

    /// <summary>Tickets of messages that were not accepted after all.</summary>
    public IReadOnlyList<object> Withdrawn => _withdrawn;

    public bool IsEmpty => _outcomes.Count == 0 && _runs.Count == 0 && _unclaimed.Count == 0 && _ages.Count == 0 && _withdrawn.Count == 0;

    public void Clear()
    {
        _outcomes.Clear();
        _runs.Clear();
        _unclaimed.Clear();
        _ages.Clear();
        _withdrawn.Clear();
    }

    /// <summary>A message has ended. A busy publisher accepts thousands in a millisecond, and they end one after another.</summary>
    public void AddAge(long acceptedAt, UndeliveredReason? reason)
    {
        if (_ages.Count > 0 && _ages[^1] is var last && last.AcceptedAt == acceptedAt && last.Reason == reason)
        {
            _ages[^1] = last with { Count = last.Count + 1 };
        }
        else
        {
            _ages.Add(new EndedAge(acceptedAt, reason, 1));
        }
    }

    public void AddWithdrawn(object ticket) => _withdrawn.Add(ticket);

    public void Add(object ticket, Outcome outcome) => _outcomes.Add((ticket, outcome));

    /// <summary>Messages that follow one another were delivered, and their ticket takes runs.</summary>
    public void AddDelivered(object ticket, long sequence, int count)
    {
        if (_runs.Count > 0 && _runs[^1] is var last && ReferenceEquals(last.Ticket, ticket) && last.First + last.Count == sequence)
        {
            _runs[^1] = last with { Count = last.Count + count };
        }
        else
        {
            _runs.Add(new EndedRun(ticket, sequence, count));
        }
    }

    public void AddUnclaimed(UndeliveredReason reason, long count, string? detail)
    {
        for (var i = 0; i < _unclaimed.Count; i++)
        {
            if (_unclaimed[i].Reason == reason)
            {
                _unclaimed[i] = (reason, _unclaimed[i].Count + count, detail);
                return;
            }
        }

        _unclaimed.Add((reason, count, detail));
    }
}
