namespace NatsActors.Buffer;

/// <summary>The counts of one publisher. The equation over them is the <see cref="Outbox"/>'s to keep.</summary>
internal sealed class Ledger
{
    private readonly long[] _undelivered = new long[Enum.GetValues<UndeliveredReason>().Length];

    private readonly long[] _refused = new long[Enum.GetValues<BufferLimit>().Length];

    /// <summary>Messages that have entered the buffer.</summary>
    public long Accepted { get; set; }

    /// <summary>Messages of <see cref="Accepted"/> that the journal did not take.</summary>
    public long Withdrawn { get; set; }

    public long Delivered { get; set; }
    public long Stored { get; set; }
    public long Duplicates { get; set; }
    public long Undelivered { get; private set; }
    public long Refused { get; private set; }
    public long Rejected { get; set; }

    public void AddRefused(BufferLimit limit, long count)
    {
        Refused += count;
        _refused[(int)limit] += count;
    }

    public long RefusedFor(BufferLimit limit) => _refused[(int)limit];

    public void AddUndelivered(UndeliveredReason reason, long count)
    {
        Undelivered += count;
        _undelivered[(int)reason] += count;
    }

    public long UndeliveredFor(UndeliveredReason reason) => _undelivered[(int)reason];

    public LedgerTotals Totals(PublishBuffer buffer) => new()
    {
        Accepted = Accepted - Withdrawn - buffer.UndurableMessages,
        Delivered = Delivered,
        Stored = Stored,
        Duplicates = Duplicates,
        Undelivered = Undelivered,
        UndeliveredByReason = Enum.GetValues<UndeliveredReason>()
            .Where(reason => UndeliveredFor(reason) > 0).ToDictionary(reason => reason, UndeliveredFor),
        Buffered = buffer.Messages - buffer.UndurableMessages,
        Refused = Refused,
        Rejected = Rejected,
        Resent = buffer.Resent,
    };
}
