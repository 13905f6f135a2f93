using System.Diagnostics;
using System.Text;
using NatsActors.Protocol;

namespace NatsActors.Buffer;

/// <summary>
/// The buffer with its ledger: every frame that enters here ends exactly once, as one outcome. Keeps the invariant
/// <c>accepted = delivered + stored + undelivered + buffered</c> after every call. All calls are made under the lock of the
/// outbox's owner and are short: a <see cref="Sweep"/> goes on by slices, and between two of them anything else may happen.
/// </summary>
internal sealed class Outbox(PublishBuffer buffer, IAgeMeter? ages = null) : IFrameSink
{
    private Ending _ending;
    private PubAck _ack;
    private UndeliveredReason _reason;
    private string? _detail;
    private long _claimed;
    private EndedMessages _ended = new();

    private enum Ending
    {
        Delivered,
        Stored,
        Undelivered,
        Withdrawn,
    }

    public PublishBuffer Buffer { get; } = buffer;

    public Ledger Ledger { get; } = new();

    /// <summary>No queued frame expires before it.</summary>
    public long NextDeadline { get; private set; } = long.MaxValue;

    public long Accept(int size, long now, uint timeToLive, object? ticket)
    {
        var sequence = Buffer.Commit(size, now, timeToLive, ticket);
        Ledger.Accepted++;
        if (timeToLive != 0)
        {
            NextDeadline = Math.Min(NextDeadline, now + timeToLive);
        }

        AssertBalanced();
        return sequence;
    }

    /// <summary>Puts a frame of the journal back.</summary>
    public void Restore(ReadOnlySpan<byte> frame, long sequence, long acceptedAt, uint timeToLive, object? ticket)
    {
        Buffer.Restore(frame, sequence, acceptedAt, timeToLive, ticket);
        Ledger.Accepted++;
        if (timeToLive != 0)
        {
            NextDeadline = Math.Min(NextDeadline, acceptedAt + timeToLive);
        }

        AssertBalanced();
    }

    /// <summary>Messages have ended that were not taken by <see cref="TakeEnded"/>.</summary>
    public bool HasEnded => !_ended.IsEmpty;

    /// <summary>
    /// Gives what has ended since the last call, in exchange for an empty one; false, and no exchange, when nothing has. Should be
    /// called under the same lock as the call that ended something, or what is collected grows.
    /// </summary>
    public bool TakeEnded(ref EndedMessages ended)
    {
        Debug.Assert(ended.IsEmpty, "What was taken before has not been told.");
        if (_ended.IsEmpty)
        {
            return false;
        }

        (_ended, ended) = (ended, _ended);
        return true;
    }

    /// <summary>A fence passed, or (without confirmation) a batch was written.</summary>
    /// <returns>True when more is left (messages with tickets): call again before anything else is taken for a link.</returns>
    public bool Delivered(long throughSequence)
    {
        _ending = Ending.Delivered;
        var more = Buffer.EndThrough(throughSequence, this, out var ended);
        Ledger.Delivered += ended;
        AssertBalanced();
        return more;
    }

    public void Stored(PubAck ack)
    {
        _ending = Ending.Stored;
        _ack = ack;
        if (Buffer.End(ack.Sequence, this))
        {
            Ledger.Stored++;
            Ledger.Duplicates += ack.Duplicate ? 1 : 0;
        }

        AssertBalanced();
    }

    /// <summary>Ends one frame undelivered.</summary>
    public long Undelivered(long sequence, UndeliveredReason reason, string? detail)
    {
        Begin(reason, detail);
        return Conclude(Buffer.End(sequence, this) ? 1 : 0);
    }

    /// <summary>Ends what is in flight as <see cref="UndeliveredReason.Indeterminate"/>: it is not sent again.</summary>
    /// <returns>True when more is left (messages with tickets): call again before anything is taken or rewound.</returns>
    public bool InFlightIndeterminate(string? detail)
    {
        Begin(UndeliveredReason.Indeterminate, detail);
        var more = Buffer.EndThrough(Buffer.WrittenThrough, this, out var ended);
        Conclude(ended);
        return more;
    }

    /// <summary>
    /// After a rewind frames are queued that the sweeps had left out, perhaps with holes between them: the caller goes on with
    /// <see cref="PublishBuffer.CompactSlice"/> until it returns false.
    /// </summary>
    public void Rewind(bool linkGone, bool answersLost = false)
    {
        Buffer.Rewind(linkGone, answersLost);
        NextDeadline = Math.Min(NextDeadline, Buffer.EarliestDeadline);
    }

    public long DropFor(int size)
    {
        Begin(UndeliveredReason.Dropped, "dropped for a newer message");
        return Conclude(Buffer.DropOldest(size, this));
    }

    /// <summary>Begins to end queued frames whose subject the valid filter covers; null covers all.</summary>
    public Sweep StartPurge(string? filter, long throughSequence) => new FilterSweep(
        UndeliveredReason.Purged, null, throughSequence, queuedOnly: true,
        (_, frames) => filter is null || Covers(filter, frames)) { ReadsBatches = filter is not null };

    /// <summary>Begins to end frames whose subjects the server refused before the fence at <paramref name="throughSequence"/>.</summary>
    public Sweep StartDenied(IReadOnlyList<string> subjects, long throughSequence)
    {
        var denied = new HashSet<string>(subjects, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        return new FilterSweep(
            UndeliveredReason.PermissionDenied, "the server does not permit publishing to this subject", throughSequence,
            queuedOnly: false, (_, frame) => IsDenied(frame, denied)) { ReadsBatches = true };
    }

    /// <summary>
    /// Begins to end frames that a server with this <c>max_payload</c> would close the link for; null when there are none.
    /// Nothing may be taken for a link until the sweep is done.
    /// </summary>
    public Sweep? StartTooLarge(long maxPayload, long throughSequence) => Buffer.LargestFrame <= maxPayload
        ? null
        : new FilterSweep(
            UndeliveredReason.TooLarge, $"larger than the server's max_payload of {maxPayload} bytes", throughSequence,
            queuedOnly: false, (_, frames) => LargestPayload(frames) > maxPayload) { ReadsBatches = true };

    /// <summary>
    /// Begins to end atomic batches that a gateway with this limit would end the link for; null when there are none. All other frames
    /// are within it. Nothing may be taken for a link until the sweep is done.
    /// </summary>
    public Sweep? StartTooLargeBatches(long maxBatch, long throughSequence) => Buffer.LargestFrame <= maxBatch
        ? null
        : new FilterSweep(
            UndeliveredReason.TooLarge, $"the atomic batch is larger than the gateway takes: {maxBatch} bytes (nats-actors.gateway.max-batch)",
            throughSequence, queuedOnly: false, (_, frames) => frames.Length > maxBatch);

    /// <summary>Begins to make atomic batches ready for a link. Nothing may be taken for a link until the sweep is done.</summary>
    public Sweep StartAtomicBatches(bool serverTakesThem) =>
        new AtomicBatchSweep(serverTakesThem, serverTakesThem ? Buffer.WrittenThrough : Buffer.NextSequence - 1) { ReadsBatches = true };

    /// <summary>Begins to close the gaps of a strict order. Nothing may be taken for a link until the sweep is done.</summary>
    /// <param name="most">Frames that are looked at.</param>
    public Sweep StartChain(long most) => new ChainSweep(Buffer, Math.Min(Buffer.NextSequence - 1, Buffer.FirstSequence + most));

    /// <summary>Begins to end queued frames whose time to live has passed; null when <see cref="NextDeadline"/> lies ahead.</summary>
    public Sweep? StartExpiry(long now) => NextDeadline > now ? null : new ExpirySweep(now, Buffer.NextSequence - 1);

    /// <summary>
    /// Begins the end of the publisher, when nothing is accepted any more: what a link may have carried ends as
    /// <see cref="UndeliveredReason.Indeterminate"/>, the rest as <see cref="UndeliveredReason.Closed"/>. Allocates the list of
    /// what is left, so it is better called outside the lock. With a journal everything ends as <see cref="UndeliveredReason.Kept"/>.
    /// </summary>
    public CloseSweep StartClose() => new((int)Math.Min(Buffer.Messages, Array.MaxLength), Buffer.IsDurable);

    /// <summary>Begins to take frames out that never were accepted for good. They get no outcome.</summary>
    /// <param name="ranges">Their sequences, in order.</param>
    public static Sweep StartWithdrawal(IReadOnlyList<SequenceRange> ranges) => new WithdrawalSweep(ranges);

    /// <summary>Does one slice of a sweep, and when that is done, of the compaction that it makes necessary.</summary>
    /// <returns>True when more is left.</returns>
    public bool Advance(Sweep sweep)
    {
        (sweep as CloseSweep)?.Aim(Buffer.WrittenThrough);
        if (sweep.IsDone)
        {
            return Buffer.CompactSlice();
        }

        Begin(sweep.Reason, sweep.Detail);
        _ending = sweep is WithdrawalSweep ? Ending.Withdrawn : _ending;
        var before = sweep.Ended;
        var more = Buffer.SweepSlice(sweep, this);
        Conclude(sweep.Ended - before);
        if (!more && sweep is ExpirySweep)
        {
            NextDeadline = Buffer.EarliestDeadline;
        }

        return more || Buffer.Messages > 0;
    }

    bool IFrameSink.WantsAges => ages is { Listens: true };

    void IFrameSink.Left(long acceptedAt)
    {
        if (_ending != Ending.Withdrawn)
        {
            _ended.AddAge(acceptedAt, _ending == Ending.Undelivered ? _reason : null);
        }
    }

    void IFrameSink.Ended(long sequence, object ticket, bool wasWritten)
    {
        if (_ending == Ending.Withdrawn)
        {
            _ended.AddWithdrawn(ticket);
            return;
        }

        if (_ending == Ending.Delivered && ticket is ITicket { TakesRuns: true })
        {
            _ended.AddDelivered(ticket, sequence, 1);
            return;
        }

        _claimed += ticket is ITicket { IsClaim: false } ? 0 : 1;
        _ended.Add(ticket, OutcomeOf(sequence, wasWritten));
    }

    void IFrameSink.EndedRun(long sequence, int count, object ticket)
    {
        if (_ending == Ending.Delivered)
        {
            _ended.AddDelivered(ticket, sequence, count);
            return;
        }

        for (var i = 0; i < count; i++)
        {
            ((IFrameSink)this).Ended(sequence + i, ticket, wasWritten: true);
        }
    }

    /// <summary>A server names the subject that it refuses, or the reply-to when that is what it refuses.</summary>
    private static bool IsDenied(ReadOnlySpan<byte> frames, HashSet<string>.AlternateLookup<ReadOnlySpan<char>> denied)
    {
        for (; !frames.IsEmpty; frames = FrameReader.Behind(frames))
        {
            if (Contains(denied, FrameReader.Subject(frames)) || Contains(denied, FrameReader.ReplyTo(frames)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a filter covers the subjects of all frames.</summary>
    private static bool Covers(string filter, ReadOnlySpan<byte> frames)
    {
        while (!frames.IsEmpty && SubjectRules.Matches(filter, FrameReader.Subject(frames)))
        {
            frames = FrameReader.Behind(frames);
        }

        return frames.IsEmpty;
    }

    private static long LargestPayload(ReadOnlySpan<byte> frames)
    {
        var largest = 0L;
        for (; !frames.IsEmpty; frames = FrameReader.Behind(frames))
        {
            largest = Math.Max(largest, FrameReader.PayloadSize(frames));
        }

        return largest;
    }

    private static bool Contains(HashSet<string>.AlternateLookup<ReadOnlySpan<char>> denied, ReadOnlySpan<byte> subject)
    {
        // A frame's subjects are within the control line, which has at most SubjectRules.MaxControlLine bytes.
        Span<char> text = stackalloc char[subject.Length];
        return !subject.IsEmpty && denied.Contains(text[..Encoding.UTF8.GetChars(subject, text)]);
    }

    private Outcome OutcomeOf(long sequence, bool wasWritten) => _ending switch
    {
        Ending.Delivered => new Delivered(sequence),
        Ending.Stored => new Stored(sequence, _ack.Stream!, _ack.StreamSequence, _ack.Duplicate),
        _ => new Undelivered(sequence, _reason)
        {
            Detail = _detail, MayHaveArrived = wasWritten && _reason != UndeliveredReason.PermissionDenied,
        },
    };

    /// <summary>What ends from here to <see cref="Conclude"/> ends undelivered, for one reason.</summary>
    private void Begin(UndeliveredReason reason, string? detail)
    {
        (_ending, _reason, _detail) = (Ending.Undelivered, reason, detail);
        _claimed = 0;
    }

    private long Conclude(long count)
    {
        if (_ending == Ending.Withdrawn)
        {
            Ledger.Withdrawn += count;
        }
        else if (count > 0)
        {
            Ledger.AddUndelivered(_reason, count);
            if (count > _claimed)
            {
                _ended.AddUnclaimed(_reason, count - _claimed, _detail);
            }
        }

        AssertBalanced();
        return count;
    }

    [Conditional("DEBUG")]
    private void AssertBalanced() => Debug.Assert(
        Ledger.Accepted == Ledger.Delivered + Ledger.Stored + Ledger.Undelivered + Ledger.Withdrawn + Buffer.Messages, "The ledger does not hold.");
}
