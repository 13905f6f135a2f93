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
internal sealed class Outbox(PublishBuffer buffer) : IFrameSink
{
    private Ending _ending;
    private PubAck _ack;
    private UndeliveredReason _reason;
    private string? _detail;
    private long _claimed;

    private enum Ending
    {
        Delivered,
        Stored,
        Undelivered,
    }

    public PublishBuffer Buffer { get; } = buffer;

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
        _ending = Ending.Delivered;
        Ledger.Delivered += Buffer.EndThrough(throughSequence, this);
        AssertBalanced();
    }

    /// <summary>The server refused these subjects before the fence at <paramref name="throughSequence"/>.</summary>
    public void Denied(IReadOnlyList<string> subjects, long throughSequence)
    {
        var denied = new HashSet<string>(subjects, StringComparer.Ordinal);
        Begin(UndeliveredReason.PermissionDenied, "the server does not permit publishing to this subject");
        Conclude(Buffer.EndWhere(frame => IsDenied(frame, denied), queuedOnly: false, throughSequence, this));
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
    public long InFlightIndeterminate(string? detail)
    {
        Begin(UndeliveredReason.Indeterminate, detail);
        return Conclude(Buffer.EndThrough(Buffer.WrittenThrough, this));
    }

    public long Expire(long now)
    {
        if (NextDeadline > now)
        {
            return 0;
        }

        Begin(UndeliveredReason.Expired, "waited longer than its time to live");
        var expired = Buffer.ExpireDue(now, this, out var next);
        NextDeadline = next;
        return Conclude(expired);
    }

    /// <summary>After a rewind frames are queued that the sweeps had left out.</summary>
    public void Rewind(bool linkGone)
    {
        Buffer.Rewind(linkGone);
        NextDeadline = Math.Min(NextDeadline, Buffer.EarliestDeadline);
    }

    public long DropFor(int size)
    {
        Begin(UndeliveredReason.Dropped, "dropped for a newer message");
        return Conclude(Buffer.DropOldest(size, this));
    }

    /// <summary>Ends queued frames whose subject the valid filter covers; null covers all.</summary>
    public long Purge(string? filter)
    {
        Begin(UndeliveredReason.Purged, null);
        return Conclude(Buffer.EndWhere(
            frame => filter is null || SubjectRules.Matches(filter, FrameReader.Subject(frame)), queuedOnly: true, long.MaxValue, this));
    }

    /// <summary>Ends every frame that a server with this <c>max_payload</c> would close the link for.</summary>
    public long DropTooLarge(long maxPayload)
    {
        if (Buffer.LargestFrame <= maxPayload)
        {
            return 0;
        }

        Begin(UndeliveredReason.TooLarge, $"larger than the server's max_payload of {maxPayload} bytes");
        return Conclude(Buffer.EndWhere(
            frame => FrameReader.PayloadSize(frame) > maxPayload, queuedOnly: false, long.MaxValue, this));
    }

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
        EndAll(left, UndeliveredReason.Indeterminate);
        EndAll(left, UndeliveredReason.Closed);
        return left;
    }

    void IFrameSink.Ended(long sequence, object ticket, bool wasWritten)
    {
        _claimed++;
        Listener?.OnOutcome(ticket, OutcomeOf(sequence, wasWritten));
    }

    /// <summary>A server names the subject that it refuses, or the reply-to when that is what it refuses.</summary>
    private static bool IsDenied(ReadOnlySpan<byte> frame, HashSet<string> denied) =>
        denied.Contains(FrameReader.SubjectText(frame)) || denied.Contains(Encoding.UTF8.GetString(FrameReader.ReplyTo(frame)));

    private Outcome OutcomeOf(long sequence, bool wasWritten) => _ending switch
    {
        Ending.Delivered => new Delivered(sequence),
        Ending.Stored => new Stored(sequence, _ack.Stream!, _ack.StreamSequence, _ack.Duplicate),
        _ => new Undelivered(sequence, _reason)
        {
            Detail = _detail, MayHaveArrived = wasWritten && _reason != UndeliveredReason.PermissionDenied,
        },
    };

    private void EndAll(List<UndeliveredMessage> messages, UndeliveredReason reason)
    {
        Begin(reason, "the publisher ended");
        var count = 0L;
        foreach (var message in messages)
        {
            count += message.Reason == reason && Buffer.End(message.Sequence, this) ? 1 : 0;
        }

        Conclude(count);
    }

    /// <summary>What ends from here to <see cref="Conclude"/> ends undelivered, for one reason.</summary>
    private void Begin(UndeliveredReason reason, string? detail)
    {
        (_ending, _reason, _detail) = (Ending.Undelivered, reason, detail);
        _claimed = 0;
    }

    private long Conclude(long count)
    {
        if (count > 0)
        {
            Ledger.AddUndelivered(_reason, count);
            if (count > _claimed)
            {
                Listener?.OnUnclaimed(_reason, count - _claimed, _detail);
            }
        }

        AssertBalanced();
        return count;
    }

    [Conditional("DEBUG")]
    private void AssertBalanced() => Debug.Assert(
        Ledger.Accepted == Ledger.Delivered + Ledger.Stored + Ledger.Undelivered + Buffer.Messages, "The ledger does not hold.");
}
