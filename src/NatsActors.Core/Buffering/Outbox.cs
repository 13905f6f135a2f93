using System.Diagnostics;
using System.Text;
using NatsActors.Wire;

namespace NatsActors.Buffering;

/// <summary>What an outbox tells of messages that ended.</summary>
internal interface IOutcomeListener
{
    /// <summary>A message whose sender asked for it has ended.</summary>
    void OnOutcome(object ticket, Outcome outcome);

    /// <summary>Messages ended undelivered and nobody had asked.</summary>
    void OnUnclaimed(UndeliveredReason reason, long count, string? detail);
}

/// <summary>
/// The buffer with its ledger: every frame that enters here ends exactly once, as one outcome. Keeps the invariant
/// <c>accepted = delivered + stored + undelivered + buffered</c> after every call.
/// </summary>
internal sealed class Outbox : IFrameSink
{
    private static readonly Func<long, bool, Outcome> DeliveredOutcome = static (sequence, _) => new Delivered(sequence);

    private readonly Func<long, bool, Outcome> _storedOutcome;
    private Func<long, bool, Outcome> _outcome = DeliveredOutcome;
    private PubAck _ack;
    private long _claimed;

    public Outbox(PublishBuffer buffer)
    {
        Buffer = buffer;
        _storedOutcome = (sequence, _) => new Stored(sequence, _ack.Stream!, _ack.StreamSequence, _ack.Duplicate);
    }

    public PublishBuffer Buffer { get; }

    public Ledger Ledger { get; } = new();

    /// <summary>Set by the actor that owns the outbox; replaced when that actor is restarted.</summary>
    public IOutcomeListener? Listener { get; set; }

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

    /// <summary>A fence passed, or (without confirmation) a batch was written.</summary>
    public void Delivered(long throughSequence)
    {
        _outcome = DeliveredOutcome;
        Ledger.Delivered += Buffer.EndThrough(throughSequence, this);
        AssertBalanced();
    }

    /// <summary>The server refused these subjects before the fence at <paramref name="throughSequence"/>.</summary>
    public void Denied(IReadOnlyList<string> subjects, long throughSequence)
    {
        var denied = new HashSet<string>(subjects, StringComparer.Ordinal);
        Undeliver(UndeliveredReason.PermissionDenied, "the server does not permit publishing to this subject", () =>
            Buffer.EndWhere(frame => IsDenied(frame, denied), queuedOnly: false, throughSequence, this));
    }

    public void Stored(PubAck ack)
    {
        _ack = ack;
        _outcome = _storedOutcome;
        if (Buffer.End(ack.Sequence, this))
        {
            Ledger.Stored++;
            Ledger.Duplicates += ack.Duplicate ? 1 : 0;
        }

        AssertBalanced();
    }

    /// <summary>Ends one frame undelivered.</summary>
    public long Undelivered(long sequence, UndeliveredReason reason, string? detail) =>
        Undeliver(reason, detail, () => Buffer.End(sequence, this) ? 1 : 0);

    /// <summary>Ends what is in flight as <see cref="UndeliveredReason.Indeterminate"/>: it is not sent again.</summary>
    public long InFlightIndeterminate(string? detail) =>
        Buffer.InFlightMessages == 0 ? 0 : Undeliver(
            UndeliveredReason.Indeterminate, detail, () => Buffer.EndThrough(Buffer.WrittenThrough, this));

    public long Expire(long now)
    {
        if (NextDeadline > now)
        {
            return 0;
        }

        var next = long.MaxValue;
        var expired = Undeliver(
            UndeliveredReason.Expired, "waited longer than its time to live", () => Buffer.ExpireDue(now, this, out next));
        NextDeadline = next;
        return expired;
    }

    /// <summary>After a rewind frames are queued that the sweeps had left out.</summary>
    public void Rewind(bool linkGone)
    {
        Buffer.Rewind(linkGone);
        NextDeadline = Math.Min(NextDeadline, Buffer.EarliestDeadline);
    }

    public long DropFor(int size) =>
        Undeliver(UndeliveredReason.Dropped, "dropped for a newer message", () => Buffer.DropOldest(size, this));

    /// <summary>Ends queued frames whose subject the valid filter covers; null covers all.</summary>
    public long Purge(string? filter) =>
        Undeliver(UndeliveredReason.Purged, null, () => Buffer.EndWhere(
            frame => filter is null || SubjectRules.Matches(filter, FrameReader.Subject(frame)), queuedOnly: true, long.MaxValue, this));

    /// <summary>Ends every frame that a server with this <c>max_payload</c> would close the link for.</summary>
    public long DropTooLarge(long maxPayload) =>
        Buffer.LargestFrame <= maxPayload ? 0 : Undeliver(
            UndeliveredReason.TooLarge, $"larger than the server's max_payload of {maxPayload} bytes",
            () => Buffer.EndWhere(frame => FrameReader.PayloadSize(frame) > maxPayload, queuedOnly: false, long.MaxValue, this));

    /// <summary>
    /// The end of the publisher: what a link may have carried is <see cref="UndeliveredReason.Indeterminate"/>, the rest
    /// <see cref="UndeliveredReason.Closed"/>.
    /// </summary>
    public IReadOnlyList<UndeliveredMessage> Close()
    {
        var left = new List<UndeliveredMessage>((int)Math.Min(Buffer.Messages, int.MaxValue));
        Buffer.Visit((sequence, frame, _) => left.Add(new UndeliveredMessage(
            sequence, FrameReader.SubjectText(frame), frame.Length,
            sequence <= Buffer.WrittenThrough ? UndeliveredReason.Indeterminate : UndeliveredReason.Closed)));
        foreach (var group in left.GroupBy(message => message.Reason).OrderBy(group => group.First().Sequence).ToList())
        {
            Undeliver(group.Key, "the publisher ended", () =>
            {
                foreach (var message in group)
                {
                    Buffer.End(message.Sequence, this);
                }

                return group.Count();
            });
        }

        return left;
    }

    void IFrameSink.Ended(long sequence, object ticket, bool wasWritten)
    {
        _claimed++;
        Listener?.OnOutcome(ticket, _outcome(sequence, wasWritten));
    }

    /// <summary>A server names the subject that it refuses, or the reply-to when that is what it refuses.</summary>
    private static bool IsDenied(ReadOnlySpan<byte> frame, HashSet<string> denied) =>
        denied.Contains(FrameReader.SubjectText(frame)) || denied.Contains(Encoding.UTF8.GetString(FrameReader.ReplyTo(frame)));

    private long Undeliver(UndeliveredReason reason, string? detail, Func<long> end)
    {
        _outcome = (sequence, wasWritten) =>
            new Undelivered(sequence, reason) { Detail = detail, MayHaveArrived = wasWritten && reason != UndeliveredReason.PermissionDenied };
        _claimed = 0;
        var count = end();
        if (count > 0)
        {
            Ledger.AddUndelivered(reason, count);
            if (count > _claimed)
            {
                Listener?.OnUnclaimed(reason, count - _claimed, detail);
            }
        }

        AssertBalanced();
        return count;
    }

    [Conditional("DEBUG")]
    private void AssertBalanced() => Debug.Assert(
        Ledger.Accepted == Ledger.Delivered + Ledger.Stored + Ledger.Undelivered + Buffer.Messages, "The ledger does not hold.");
}
