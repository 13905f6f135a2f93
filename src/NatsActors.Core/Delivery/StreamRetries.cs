using NatsActors.Wire;

namespace NatsActors.Delivery;

/// <summary>What to do about a frame that its stream did not store.</summary>
internal enum StreamVerdict
{
    /// <summary>The frame ends as <see cref="UndeliveredReason.NotStored"/>.</summary>
    GiveUp,

    /// <summary>Stop sending, wait, and send everything that is unconfirmed again, in order.</summary>
    Retry,
}

/// <summary>
/// Decides about refusals in place of PubAcks. What may pass (no responders while a leader is elected, JetStream not available
/// yet, a PubAck that does not come) is tried again with back-off; a subject that no stream listens on is not waited for twice.
/// </summary>
internal sealed class StreamRetries(JetStreamSettings settings)
{
    private const int NoResponders = 503;

    // JSClusterNotAvailErr and JSNotEnabledErr: both end by themselves. Other 503s, a full stream's JSStreamStoreFailedF (10077)
    // above all, do not.
    private const int ClusterNotAvailable = 10008;
    private const int NotEnabled = 10076;
    private const int MaxKnownSubjects = 1000;

    private readonly HashSet<string> _withoutStream = new(StringComparer.Ordinal);
    private long _first;
    private int _attempts;

    /// <summary>A refusal arrived for the frame <paramref name="ack"/> names.</summary>
    public StreamVerdict Refused(PubAck ack, long first, string subject)
    {
        if (IsOutOfOrder(ack))
        {
            // It uses no attempt up: the frame that it waits for does, and the oldest waits for none.
            Follow(first);
            return StreamVerdict.Retry;
        }

        if (!MayPass(ack) || (ack.ErrorCode == 0 && _withoutStream.Contains(subject)))
        {
            return StreamVerdict.GiveUp;
        }

        // Frames behind the first wait for it: only the first uses attempts up.
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

    /// <summary>With <c>jetstream.strict-order</c>: the frame came before the one that it must stand behind.</summary>
    public bool IsOutOfOrder(in PubAck ack) => settings.StrictOrder && ack.ErrorCode == StreamCondition.NotMet;

    /// <summary>The PubAck of the oldest frame did not come in time.</summary>
    public StreamVerdict Unanswered(long first)
    {
        Follow(first);
        return Exhausted() ? StreamVerdict.GiveUp : StreamVerdict.Retry;
    }

    /// <summary>A message of this subject was stored: a stream is there.</summary>
    public void Stored(string? subject)
    {
        if (subject is not null)
        {
            _withoutStream.Remove(subject);
        }
    }

    /// <summary>True while it is worth telling <see cref="Stored"/> the subject.</summary>
    public bool HasSubjectsWithoutStream => _withoutStream.Count > 0;

    /// <summary>The wait before the attempt that follows.</summary>
    public TimeSpan Wait() => TimeSpan.FromMilliseconds(Math.Min(
        settings.RetryMax.TotalMilliseconds, settings.RetryMin.TotalMilliseconds * Math.Pow(2, Math.Max(0, _attempts - 1))));

    private static bool MayPass(in PubAck ack) =>
        ack.Code == NoResponders && ack.ErrorCode is 0 or ClusterNotAvailable or NotEnabled;

    /// <summary>Attempts, and with them the wait, are those of the frame that is the oldest now.</summary>
    private void Follow(long first)
    {
        if (first != _first)
        {
            _first = first;
            _attempts = 0;
        }
    }

    private bool Exhausted() => ++_attempts > settings.RetryAttempts;
}
