namespace NatsActors.Buffer;

/// <summary>The counts of one publisher. The equation over them is the <see cref="Outbox"/>'s to keep.</summary>
internal sealed class Ledger
{
    private readonly long[] _undelivered = new long[Enum.GetValues<UndeliveredReason>().Length];

    private readonly long[] _refused = new long[Enum.GetValues<BufferLimit>().Length];

    public long Accepted { get; set; }
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
        Accepted = Accepted,
        Delivered = Delivered,
        Stored = Stored,
        Duplicates = Duplicates,
        Undelivered = Undelivered,
        UndeliveredByReason = Enum.GetValues<UndeliveredReason>()
            .Where(reason => UndeliveredFor(reason) > 0).ToDictionary(reason => reason, UndeliveredFor),
        Buffered = buffer.Messages,
        Refused = Refused,
        Rejected = Rejected,
        Resent = buffer.Resent,
    };
}
