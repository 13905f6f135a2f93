using System.Runtime.CompilerServices;

namespace NatsActors.Actors;

/// <summary>
/// Counts the publishes that wait in the buffer actor's mailbox, and answers those beyond the bound on the thread that sends
/// them: a producer that never stops cannot make the mailbox grow. Everything else passes. What passes takes no lock; the
/// runtimes call it from their mailboxes.
/// </summary>
internal sealed partial class MailboxBound(BufferSettings settings, RefusedSenders senders, Func<BufferFull> full)
{
    /// <summary>Messages are counted above this bit and bytes below it, so that one atomic operation counts both.</summary>
    private const int MessagesShift = 40;

    private const long BytesMask = (1L << MessagesShift) - 1;

    private const int MaxCounted = 1 << 22;

    private static readonly ConditionalWeakTable<PublishBatch, object>.CreateValueCallback Weigh = static batch => WeightOf(batch);

    // A batch's list is its sender's, who may have changed it when the batch leaves: what came in has to go out.
    private readonly ConditionalWeakTable<PublishBatch, object> _weights = [];
    private readonly long _settleMessages = Math.Clamp(settings.MaxMailboxMessages / 16, 1, 64) << MessagesShift;
    private readonly long _settleBytes = Math.Clamp(settings.MaxMailboxBytes / 16, 1, BytesMask);
    private long _waiting;
    private long _refused;

    private int _wakeSent;

    /// <summary>The buffer actor, which has to hear of what was refused although its mailbox may be empty by then.</summary>
    public IActorRef? Owner { get; set; }

    /// <summary>Publishes were refused and the buffer actor has not taken note of it.</summary>
    public bool HasRefused => Volatile.Read(ref _refused) != 0;

    public bool TryAdmit(object message)
    {
        if (!Measure(message, out var weight))
        {
            return true;
        }

        // Counted before it is judged, so that tellers at the same time cannot pass the limit together.
        var waiting = Interlocked.Add(ref _waiting, weight);
        if ((waiting >> MessagesShift <= settings.MaxMailboxMessages && (waiting & BytesMask) <= settings.MaxMailboxBytes)
            || waiting == weight)
        {
            // One alone is taken whatever its size: refused, it could never get in.
            return true;
        }

        Interlocked.Add(ref _waiting, -weight);
        return false;
    }

    /// <summary>An admitted message did not get into the mailbox; on the teller's thread.</summary>
    public void Withdraw(object message)
    {
        if (Measure(message, out var weight))
        {
            Interlocked.Add(ref _waiting, -weight);
        }
    }

    public void Refuse(object message, IActorRef? sender)
    {
        if (message is PublishBatch { Messages.Count: 0 } empty)
        {
            // All of it is in: there is nothing to refuse, and nobody to tell of capacity.
            sender?.Tell(new BatchReply(0, 0, null) { CorrelationId = empty.CorrelationId }, ActorRefs.NoSender!);
            return;
        }

        if (sender is not null)
        {
            object refusal = message is PublishBatch refused
                ? new BatchReply(0, 0, full()) { CorrelationId = refused.CorrelationId }
                : full() with { CorrelationId = ((Publish)message).CorrelationId };
            senders.Refuse(sender, refusal, ActorRefs.NoSender!);
        }

        Interlocked.Add(ref _refused, message is PublishBatch batch ? batch.Messages.Count : 1);
        if (Interlocked.Exchange(ref _wakeSent, 1) == 0)
        {
            Owner?.Tell(Wake.Instance, ActorRefs.NoSender!);
        }
    }

    /// <summary>
    /// The buffer actor handles the wake-up: the next refusal may send another. Not before, or every publish that is handled
    /// while others are refused would leave one more of them in the mailbox, without a bound.
    /// </summary>
    public void Woken() => Volatile.Write(ref _wakeSent, 0);

    /// <summary>How many were refused since the last call.</summary>
    public long TakeRefused() => Interlocked.Exchange(ref _refused, 0);

    private bool Measure(object message, out long weight)
    {
        switch (message)
        {
            case Publish publish:
                weight = (1L << MessagesShift) + publish.Payload.Length;
                return true;
            case PublishBatch batch:
                weight = (long)_weights.GetValue(batch, Weigh);
                return true;
            default:
                weight = 0;
                return false;
        }
    }

    /// <summary>
    /// Counts what leaves one mailbox, on the thread that reads it, and settles many at once: the count is shared with the
    /// tellers, and to write it for each message costs both sides a trip between processors. Several mailboxes may share a
    /// bound; each has a reader of its own.
    /// </summary>
    internal sealed class Reader(MailboxBound bound)
    {
        private long _released;

        /// <summary>An admitted message has left.</summary>
        public void Release(object message)
        {
            if (bound.Measure(message, out var weight)
                && ((_released += weight) >= bound._settleMessages || (_released & BytesMask) >= bound._settleBytes))
            {
                Settle();
            }
        }

        /// <summary>The mailbox was found empty.</summary>
        public void Settle()
        {
            if (_released != 0)
            {
                Interlocked.Add(ref bound._waiting, -_released);
                _released = 0;
            }
        }
    }

    private static object WeightOf(PublishBatch batch)
    {
        var messages = batch.Messages.Count;
        // An empty batch takes a place as well, or nothing would bound those.
        var weight = (long)Math.Clamp(messages, 1, MaxCounted) << MessagesShift;
        for (var i = 0; i < messages; i++)
        {
            weight += batch.Messages[i].Payload.Length;
        }

        return weight;
    }
}
