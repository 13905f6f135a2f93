using Akka.Actor;
using NatsActors.Buffer;
using NatsActors.Delivery;
using NatsActors.Door;
using NatsActors.Links;

namespace NatsActors.Actors;

/// <summary>
/// The buffer actor's work for one link: gives it batches within the window, and takes in what it reports. Made when a link is
/// there, dropped with it. Keeps the invariant that the link has at most <see cref="LinkCredit.Batches"/> batches unwritten.
/// </summary>
internal sealed class LinkFeed(PublisherParts parts, ILink link, IActorRef connection, IActorRef self, ITimerScheduler timers)
{
    /// <summary>
    /// A drain with batches of 128 KiB spent more on the wake-ups between them than on sending: 0.80 of a raw blast at 128 B, 0.93
    /// with 512 KiB. The default window has room for eight.
    /// </summary>
    private const int MaxBatchBytes = 512 * 1024;

    private readonly GuardedBuffer _buffer = parts.Buffer;
    private readonly DeliveryMemory _memory = parts.Delivery;
    private readonly ConfirmMode _confirm = parts.Settings.Delivery.Confirm;
    private readonly bool _paced = parts.Settings.Delivery.ReplayRate > 0;
    // The batches of this link whose PubAcks have not all come, and when it had written them: a large batch may take longer than
    // confirm-timeout on a slow link.
    private readonly Queue<(long Last, long At)> _unanswered = new();
    private (long First, long Since) _stuck;
    private int _credits = LinkCredit.Batches;
    private bool _proved;
    private bool _retiring;
    private bool _held;
    private bool _resendDue;
    private bool _answersLost;

    public long Epoch => link.Epoch;

    /// <summary>Takes a report in.</summary>
    /// <returns>Whether something may have left the buffer.</returns>
    public bool On(LinkReport report)
    {
        switch (report)
        {
            case LinkWritten written:
                _buffer.Written();
                _credits++;
                if (_confirm == ConfirmMode.None)
                {
                    return Confirmed(written.ThroughSequence);
                }

                if (_confirm == ConfirmMode.JetStream)
                {
                    _unanswered.Enqueue((written.ThroughSequence, parts.Clock.Now()));
                }

                if (TryResend())
                {
                    return true;
                }

                Pump();
                return false;
            case LinkConfirmed confirmed:
                NoteProved();
                if (confirmed.DeniedSubjects is { } denied)
                {
                    parts.Door.Run(_buffer.StartDenied(denied, confirmed.ThroughSequence));
                }

                return _confirm == ConfirmMode.Fence ? Confirmed(confirmed.ThroughSequence) : confirmed.DeniedSubjects is not null;
            case LinkPubAcks acks:
                Answered(acks);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Gives the link what it takes from the head of the buffer.</summary>
    public void Pump()
    {
        if (_retiring || _held || _credits == 0)
        {
            _buffer.NotHungry();
            return;
        }

        var now = _paced ? parts.Clock.Now() : 0;
        var paced = false;
        while (_credits > 0 && _buffer.TryTake(_memory.Window, _memory.Pace, MaxBatchBytes, now, out var batch, out paced))
        {
            _credits--;
            _memory.Pace.Took(batch.Messages);
            link.Write(batch);
        }

        if (paced)
        {
            timers.StartSingleTimer(BufferTimer.Replay, BufferTimer.Replay, _memory.Pace.Wait());
        }

        if (_credits == 0)
        {
            _buffer.NotHungry();
        }
    }

    /// <summary>From here on the link gets nothing more.</summary>
    public void Retire()
    {
        _retiring = true;
        _buffer.NotHungry();
        NoteQuiet();
    }

    /// <summary>A link that retires has nothing in flight any more.</summary>
    public void NoteQuiet()
    {
        if (_retiring && _buffer.Position().InFlightMessages == 0)
        {
            connection.Tell(new LinkQuiet(Epoch), self);
        }
    }

    /// <summary>The wait that the stream asked for is over: everything unconfirmed is sent again.</summary>
    public void ResendHeld()
    {
        _resendDue = _held;
        TryResend();
    }

    /// <summary>Looks for PubAcks that do not come.</summary>
    public void CheckPubAcks()
    {
        var first = _buffer.Position().First;
        while (_unanswered.TryPeek(out var sent) && sent.Last < first)
        {
            _unanswered.Dequeue();
        }

        var now = parts.Clock.Now();
        if (_stuck.First != first)
        {
            // A slow stream that still answers makes progress: only a frame that stays the oldest for too long is missed.
            _stuck = (first, now);
        }

        var patience = parts.Settings.Delivery.ConfirmTimeout.TotalMilliseconds;
        if (_held || !_unanswered.TryPeek(out var oldest) || now - Math.Max(oldest.At, _stuck.Since) < patience)
        {
            return;
        }

        if (!parts.Settings.Delivery.Resend)
        {
            while (_buffer.IndeterminateSlice("no PubAck came and delivery.resend is off"))
            {
            }

            return;
        }

        if (_memory.Retries.Unanswered(first) == StreamVerdict.GiveUp)
        {
            _buffer.Undelivered(first, UndeliveredReason.NotStored, "no PubAck came");
        }

        _answersLost = true;
        Hold();
    }

    private bool Confirmed(long throughSequence)
    {
        while (_buffer.DeliveredSlice(throughSequence))
        {
        }

        _memory.Window.Confirmed();
        return true;
    }

    private void Answered(LinkPubAcks acks)
    {
        if (_buffer.Answered(acks.Acks, _memory.Retries, parts.Settings.Delivery.Resend))
        {
            Hold();
        }
        else
        {
            _memory.Window.Confirmed();
        }
    }

    /// <summary>Sends nothing for a while, then everything unconfirmed again, so that the order in the stream stays.</summary>
    private void Hold()
    {
        if (!_held)
        {
            _held = true;
            _buffer.NotHungry();
            timers.StartSingleTimer(BufferTimer.Retry, BufferTimer.Retry, _memory.Retries.Wait());
        }
    }

    /// <summary>Queues everything unconfirmed again, once the wait is over and the link has written all that it was given.</summary>
    /// <remarks>Batch ids and the names of a strict order change in place, which the link must not read any more.</remarks>
    private bool TryResend()
    {
        if (!_resendDue || _credits < LinkCredit.Batches)
        {
            return false;
        }

        // One message first: were the whole window sent, a stream that comes back in the middle of it would store its end only.
        _memory.Window.Lost(_buffer.Position().WrittenThrough);
        _buffer.Resend(_answersLost);
        _held = _resendDue = _answersLost = false;
        _unanswered.Clear();
        parts.Door.Run(_buffer.StartAtomicBatches());
        parts.Door.Run(_buffer.StartChain());
        while (_buffer.CompactSlice())
        {
        }

        return true;
    }

    private void NoteProved()
    {
        if (!_proved)
        {
            _proved = true;
            connection.Tell(new LinkProved(Epoch), self);
        }
    }
}
