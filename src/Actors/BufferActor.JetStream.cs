using NatsActors.Delivery;
using NatsActors.Wire;

namespace NatsActors.Actors;

/// <summary>PubAcks: what a stream has stored, what it refuses, and what it does not answer.</summary>
internal sealed partial class BufferActor
{
    // The batches of this link, and when they were given to it.
    private readonly Queue<(long Last, long At)> _unanswered = new();
    private (long First, long Since) _stuck;
    private bool _held;

    private void OnPubAcks(IReadOnlyList<PubAck> acks)
    {
        var retry = false;
        foreach (var ack in acks)
        {
            if (ack.Stream is null)
            {
                retry |= OnRefused(ack) == StreamVerdict.Retry;
                continue;
            }

            if (_state.Retries.HasSubjectsWithoutStream)
            {
                _state.Retries.Stored(SubjectOf(ack.Sequence));
            }

            _state.Outbox.Stored(ack);
        }

        if (!retry)
        {
            _state.Window.Confirmed();
        }

        Relieve();
    }

    private StreamVerdict OnRefused(PubAck ack)
    {
        var subject = SubjectOf(ack.Sequence);
        if (subject is null)
        {
            return StreamVerdict.GiveUp;
        }

        if (_state.Retries.IsOutOfOrder(ack) && ack.Sequence == Buffer.FirstSequence)
        {
            // All before it have their outcomes, and none of them will be the stream's last any more.
            StreamCondition.TryLift(Buffer.Peek(ack.Sequence));
        }

        var verdict = _state.Retries.Refused(ack, Buffer.FirstSequence, subject);
        if (verdict == StreamVerdict.Retry && Settings.Delivery.Resend)
        {
            Hold();
            return verdict;
        }

        // Without resend even what may pass ends here: a retry in order would send again what is in flight behind it.
        var detail = ack.ErrorCode == 0 && ack.Code == 503
            ? "no stream listens on this subject (503)"
            : $"{ack.Error} (code {ack.Code}, err_code {ack.ErrorCode})";
        _state.Outbox.Undelivered(ack.Sequence, UndeliveredReason.NotStored, detail);
        return StreamVerdict.GiveUp;
    }

    /// <summary>Sends nothing for a while, then everything unconfirmed again, so that the order in the stream stays.</summary>
    private void Hold()
    {
        if (!_held)
        {
            _held = true;
            Timers.StartSingleTimer(TimerKey.Retry, TimerKey.Retry, _state.Retries.Wait());
        }
    }

    private void ResendHeld()
    {
        if (_link is null || !_held)
        {
            return;
        }

        _held = false;
        _unanswered.Clear();
        // One message first: were the whole window sent, a stream that comes back in the middle of it would store its end only.
        _state.Window.Lost(Buffer.WrittenThrough);
        _state.Outbox.Rewind(linkGone: false);
        Relieve();
    }

    private void CheckPubAcks()
    {
        while (_unanswered.TryPeek(out var sent) && sent.Last < Buffer.FirstSequence)
        {
            _unanswered.Dequeue();
        }

        var now = _state.Now();
        var first = Buffer.FirstSequence;
        if (_stuck.First != first)
        {
            // A slow stream that still answers makes progress: only a frame that stays the oldest for too long is missed.
            _stuck = (first, now);
        }

        if (_held || _link is null || !_unanswered.TryPeek(out var oldest)
            || now - Math.Max(oldest.At, _stuck.Since) < Settings.Delivery.ConfirmTimeout.TotalMilliseconds)
        {
            return;
        }

        if (!Settings.Delivery.Resend)
        {
            _state.Outbox.InFlightIndeterminate("no PubAck came and delivery.resend is off");
            Relieve();
            return;
        }

        if (_state.Retries.Unanswered(first) == StreamVerdict.GiveUp)
        {
            _state.Outbox.Undelivered(first, UndeliveredReason.NotStored, "no PubAck came");
        }

        Hold();
    }

    /// <summary>What is older than the streams' duplicate window may be stored twice when it is sent again.</summary>
    private void WarnOfDuplicates()
    {
        if (Confirm != ConfirmMode.JetStream || Buffer.OldestAcceptedAt is not { } oldest || Buffer.FirstSequence > Buffer.WrittenThrough)
        {
            return;
        }

        var age = TimeSpan.FromMilliseconds(_state.Now() - oldest);
        if (age > Settings.JetStream.DuplicateWindow)
        {
            Raise(new DuplicateWindowExceeded { Publisher = Settings.Name, OldestAge = age });
        }
    }

    private string? SubjectOf(long sequence)
    {
        var frame = Buffer.Peek(sequence);
        return frame.IsEmpty ? null : Buffering.FrameReader.SubjectText(frame);
    }
}
