using NatsActors.Protocol;

namespace NatsActors.Delivery;

/// <summary>The decision about a frame that its stream did not store.</summary>
internal enum StreamVerdict
{
    /// <summary>The frame ends as <see cref="UndeliveredReason.NotStored"/>.</summary>
    GiveUp,

    /// <summary>Stop sending, wait, and send every unconfirmed frame again, in order.</summary>
    Retry,
}

/// <summary>
/// Decides about refusals in place of PubAcks. Some refusals may pass: no responders while a leader is elected, JetStream not
/// available yet, a PubAck that does not come. After such a refusal the frame is sent again with back-off. For a subject that had no
/// stream after all attempts, the next frame gets no further attempts until a stream has stored one. A stream's flow control, and
/// a copy that is in process, are no refusals: they cost waits and never attempts.
/// </summary>
internal sealed class StreamRetries(JetStreamSettings settings)
{
    private const int NoResponders = 503;

    // JSClusterNotAvailErr and JSNotEnabledErr pass by themselves. Other errors with code 503 do not, above all JSStreamStoreFailedF
    // (10077) of a full stream.
    private const int ClusterNotAvailable = 10008;
    private const int NotEnabled = 10076;

    // JSStreamSequenceNotMatchErr: a stream with replicas counts in its log, and after a change of the leader the new one may count on
    // from a wrong place for a moment. The servers drop the message. It has nothing to do with a position that a message may expect.
    private const int LogOutOfStep = 10063;
    private const int MaxKnownSubjects = 1000;

    // JSStreamTooManyRequests (server 2.11): more messages wait for the stream than max_buffered_msgs or max_buffered_size allow, and
    // the server drops further messages until there is room.
    private const int TooManyRequests = 429;
    private const int StreamTooManyRequests = 10167;

    // 2^62 ms are far beyond every retry-max.
    private const int MaxDoublings = 62;

    private readonly HashSet<string> _withoutStream = new(StringComparer.Ordinal);
    private long _first;
    private int _attempts;
    private int _waits;

    /// <summary>A refusal arrived for the frame that <paramref name="ack"/> names.</summary>
    public StreamVerdict Refused(PubAck ack, long first, string subject)
    {
        if (IsOutOfOrder(ack))
        {
            // This refusal uses no attempt up. The frame that this one waits for uses attempts up, and the oldest frame waits for none.
            Follow(first);
            return StreamVerdict.Retry;
        }

        if (IsLater(ack))
        {
            // The frame stays in the buffer for as long as the stream says "later". The stream refuses a whole burst, and only the
            // refusal of the oldest frame makes the wait longer.
            Follow(first);
            if (ack.Sequence == first)
            {
                _waits = Math.Min(_waits + 1, MaxDoublings + 1);
            }

            return StreamVerdict.Retry;
        }

        if (!MayPass(ack) || (ack.ErrorCode == 0 && _withoutStream.Contains(subject)))
        {
            return StreamVerdict.GiveUp;
        }

        // Frames behind the first wait for the first, so only the first uses attempts up.
        Follow(first);
        if (ack.Sequence != first || !Exhausted())
        {
            return StreamVerdict.Retry;
        }

        if (ack.ErrorCode == 0 && _withoutStream.Count < MaxKnownSubjects)
        {
            _withoutStream.Add(subject);
        }

        return StreamVerdict.GiveUp;
    }

    /// <summary>With <c>jetstream.strict-order</c>: the stream does not have the frame before this one yet.</summary>
    public bool IsOutOfOrder(in PubAck ack) => settings.StrictOrder && ack.ErrorCode == StreamCondition.NotMet;

    /// <summary>The PubAck of the oldest frame did not come in time.</summary>
    public StreamVerdict Unanswered(long first)
    {
        Follow(first);
        return Exhausted() ? StreamVerdict.GiveUp : StreamVerdict.Retry;
    }

    /// <summary>A message of this subject was stored, so the subject has a stream.</summary>
    public void Stored(string? subject)
    {
        if (subject is not null)
        {
            _withoutStream.Remove(subject);
        }
    }

    /// <summary>True while <see cref="Stored"/> must be called.</summary>
    public bool HasSubjectsWithoutStream => _withoutStream.Count > 0;

    /// <summary>The wait before the next attempt: from <c>retry-min</c>, doubled each time, to <c>retry-max</c>.</summary>
    public TimeSpan Wait() => TimeSpan.FromMilliseconds(Math.Min(
        settings.RetryMax.TotalMilliseconds,
        settings.RetryMin.TotalMilliseconds * Math.Pow(2, Math.Max(0, _waits - 1))));

    // A copy that is in process may never be stored after a change of the leader; the stream forgets the copy with its duplicate
    // window at the latest. nats-server 2.9 does not answer at all then.
    private static bool IsLater(in PubAck ack) =>
        ack is { Code: TooManyRequests, ErrorCode: StreamTooManyRequests or AtomicBatchHeaders.TooManyInFlight } or
        { Code: PubAckReader.DuplicateConflict, ErrorCode: PubAckReader.DuplicateInProcess };

    // A stream answers only the last message of an atomic batch. Without an earlier one it says "incomplete", whether its flow control, a
    // change of its leader or its limit of open batches took that one, or another stream or none has the subject.
    private static bool MayPass(in PubAck ack) =>
        (ack.Code == NoResponders && ack.ErrorCode is 0 or ClusterNotAvailable or NotEnabled or LogOutOfStep) || ack.ErrorCode == AtomicBatchHeaders.Incomplete;

    /// <summary>Attempts and waits belong to the oldest frame. Another oldest frame is progress and starts both anew.</summary>
    private void Follow(long first)
    {
        if (first != _first)
        {
            _first = first;
            _attempts = 0;
            _waits = 0;
        }
    }

    private bool Exhausted()
    {
        _waits = Math.Min(_waits + 1, MaxDoublings + 1);
        return ++_attempts > settings.RetryAttempts;
    }
}
