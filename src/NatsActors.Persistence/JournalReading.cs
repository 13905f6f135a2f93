using NatsActors.Actors;
using NatsActors.Buffer;

namespace NatsActors.Persistence;

/// <summary>
/// One reading of a journal, event by event. The first reading of a process puts back what is there; a reading after a failure only finds
/// out what became of the events that were under way, and whether another process has written behind them.
/// </summary>
internal sealed class JournalReading(JournalPort publisher, KeptPages kept)
{
    private readonly bool _restores = !publisher.Buffer.IsRestored;
    private readonly List<SequenceRange> _ended = [];
    private readonly List<SequenceRange> _missing = [];
    private readonly long _utc = publisher.Time.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly long _now = publisher.Clock.Now();
    private string? _inboxId;
    private string _ackInbox = "";
    private string? _other;
    private long _endedThrough;
    private long _pagedThrough;
    private long _durableThrough;

    /// <summary>The number of the last event that came; 0 before the first.</summary>
    public long ReadThrough { get; private set; }

    /// <summary>Events that cannot be read.</summary>
    public List<(long Number, byte[] Event, string Fault)> Damaged { get; } = [];

    public void Read(byte[] journalled, long number)
    {
        ReadThrough = number;
        if (Entry.Decode(journalled, out var fault) is not { } entry)
        {
            Damaged.Add((number, journalled, fault!));
            return;
        }

        (_inboxId, _ackInbox) = (entry.InboxId, entry.AckInbox);
        if (!_restores && number > publisher.WrittenThrough && entry.Instance != publisher.Instance)
        {
            _other = entry.Instance;
        }

        if (entry.Behind > _pagedThrough)
        {
            _missing.Add(new SequenceRange(_pagedThrough + 1, entry.Behind));
        }

        if (entry.HasPage)
        {
            kept.Add(number, entry.ThroughSequence);
            if (_restores)
            {
                Restore(entry);
            }
        }

        _pagedThrough = Math.Max(_pagedThrough, Math.Max(entry.ThroughSequence, entry.Behind));
        _durableThrough = Math.Max(_durableThrough, entry.DurableThrough);
        kept.Marked(number, entry.EndedThrough);
        if (_restores)
        {
            _ended.AddRange(entry.Ended);
            if (entry.EndedThrough > _endedThrough)
            {
                publisher.Forget([new SequenceRange(_endedThrough + 1, entry.EndedThrough)]);
            }
        }

        _endedThrough = Math.Max(_endedThrough, entry.EndedThrough);
    }

    /// <summary>Everything has been read.</summary>
    /// <param name="lastNumber">The number of the last event.</param>
    /// <returns>Why the publisher cannot go on; null when it can.</returns>
    public string? Complete(long lastNumber)
    {
        if (_other is not null)
        {
            return $"another live publisher uses the persistence id '{publisher.PersistenceId}' and has written to the journal";
        }

        if (TellOfDamage() && publisher.Settings.Durability.OnDamage == DamagePolicy.Stop)
        {
            return $"the journal of '{publisher.PersistenceId}' is damaged and durability.on-damage is stop";
        }

        if (_restores)
        {
            if (_inboxId is not null)
            {
                publisher.Buffer.AdoptInbox(_inboxId);
            }

            _ended.Sort(static (one, other) => one.First.CompareTo(other.First));
            publisher.Forget(_ended);
            var through = _ended.Aggregate(Math.Max(_pagedThrough, _endedThrough), static (last, range) => Math.Max(last, range.Last));
            publisher.Backlog = publisher.Buffer.Restored(through);
            if (publisher.Backlog.Messages > 0 && OtherInbox() is { } other)
            {
                return other;
            }
        }

        publisher.WrittenThrough = lastNumber;
        publisher.LastPaged = _pagedThrough;
        return null;
    }

    private void Restore(Entry entry)
    {
        foreach (var (frame, bytes) in entry.Messages(_utc, _now))
        {
            if (frame.Sequence > _endedThrough)
            {
                publisher.Restore(bytes.Span, frame);
            }
        }
    }

    /// <summary>The backlog has the subject of its PubAcks in its bytes: with another one no PubAck would ever come.</summary>
    private string? OtherInbox() =>
        publisher.Buffer.AckInbox is { } inbox && inbox != _ackInbox
            ? $"the journal of '{publisher.PersistenceId}' has {publisher.Backlog.Messages} messages that were accepted with "
                + (_ackInbox.Length == 0 ? "another delivery.confirm than jetstream" : "another connection.inbox-prefix")
                + "; drain them with the settings of before"
            : null;

    private bool TellOfDamage()
    {
        var damaged = Damaged.Where(one => _restores || one.Number > publisher.WrittenThrough).ToList();
        foreach (var (number, _, fault) in damaged)
        {
            publisher.Raise(new JournalDamaged
            {
                Publisher = publisher.Settings.Name,
                SequenceNr = number,
                Detail = $"event {number} of '{publisher.PersistenceId}' cannot be read: {fault}"
                    + (publisher.Settings.Durability.OnDamage == DamagePolicy.Skip ? $"; it is kept under '{DamagedEvents.IdOf(publisher)}'" : ""),
            });
        }

        var missing = _restores ? MissingForGood() : [];
        foreach (var range in missing)
        {
            publisher.Raise(new JournalDamaged
            {
                Publisher = publisher.Settings.Name,
                SequenceNr = 0,
                Detail = $"messages {range.First} to {range.Last} of '{publisher.PersistenceId}' are missing",
            });
        }

        return damaged.Count > 0 || missing.Count > 0;
    }

    /// <summary>
    /// Missing messages that an event says were in the journal, and no event says have ended. Pages that were under way together may have
    /// reached the journal without one before them: none of their messages had an Ack.
    /// </summary>
    private List<SequenceRange> MissingForGood()
    {
        var missing = new List<SequenceRange>();
        foreach (var range in _missing)
        {
            var (first, last) = (Math.Max(range.First, _endedThrough + 1), Math.Min(range.Last, _durableThrough));
            foreach (var ended in _ended.OrderBy(static ended => ended.First))
            {
                if (ended.First > first && ended.First <= last)
                {
                    missing.Add(new SequenceRange(first, ended.First - 1));
                }

                first = ended.First <= last ? Math.Max(first, ended.Last + 1) : first;
            }

            if (first <= last)
            {
                missing.Add(new SequenceRange(first, last));
            }
        }

        return missing;
    }
}
