namespace NatsActors.Actors;

/// <summary>No room: who waits, who is refused, who hears of it, and the episode that it makes.</summary>
internal sealed partial class BufferActor
{
    /// <summary>There is no room: hold the reply where the policy says so and the bounds allow it, else refuse.</summary>
    private void Overflow(WaitingPublish? batch, IReadOnlyList<Publish> messages, long bytes, BufferFull full)
    {
        NoteOverflow(full.Limit);
        if (Settings.Buffer.Overflow == OverflowPolicy.Wait)
        {
            if (_state.Waiting.HasRoom(Settings.Buffer, messages.Count, bytes))
            {
                var deadline = _state.Now() + (long)Settings.Buffer.WaitTimeout.TotalMilliseconds;
                _state.Waiting.Join(new WaitingPublish(batch?.Batch, messages, Sender, deadline)
                {
                    Bytes = bytes,
                    Accepted = batch?.Accepted ?? 0,
                    FirstSequence = batch?.FirstSequence ?? 0,
                });
                ArmTimers();
                return;
            }

            full = full with { Limit = BufferLimit.Waiters };
        }

        Refuse(batch ?? new WaitingPublish(null, messages, Sender, 0), full);
    }

    private void Refuse(WaitingPublish refused, BufferFull full)
    {
        _state.Outbox.Ledger.Refused += refused.Count - refused.Accepted;
        _state.Pressure.Overflowed(refused.Count - refused.Accepted, 0);
        full = full with { CorrelationId = refused.Batch is null ? refused.Messages[0].CorrelationId : null };
        _state.Refused.Refuse(refused.Sender, AnswerTo(refused, full), Self);
    }

    /// <summary>The mailbox and the direct door refuse on their callers' threads; here it is counted and told of.</summary>
    private void NoteRefusedElsewhere()
    {
        var (limit, refused) = _state.DoorOverflow;
        if (refused > 0)
        {
            _state.DoorOverflow = default;
            NoteOverflow(limit);
            _state.Pressure.Overflowed(refused, 0);
        }

        if (_state.DoorJoined is { } joined)
        {
            _state.DoorJoined = null;
            NoteOverflow(joined);
        }

        if (_state.Mailbox.HasRefused)
        {
            NoteOverflow(BufferLimit.Mailbox);
            var refusedByMailbox = _state.Mailbox.TakeRefused();
            _state.Pressure.Overflowed(refusedByMailbox, 0);
            _state.Outbox.Ledger.Refused += refusedByMailbox;
        }

        var dropped = _state.Outbox.Ledger.UndeliveredFor(UndeliveredReason.Dropped) - _state.DroppedTold;
        if (dropped > 0)
        {
            _state.DroppedTold += dropped;
            NoteOverflow(Buffer.Messages >= Buffer.MaxMessages ? BufferLimit.Messages : BufferLimit.Bytes);
            _state.Pressure.Overflowed(0, dropped);
        }
    }

    private void NoteOverflow(BufferLimit limit)
    {
        if (_state.Pressure.Overflowed(0, 0) && !HasEnded)
        {
            Raise(new OverflowStarted { Publisher = Settings.Name, Limit = limit, Policy = Settings.Buffer.Overflow });
        }
    }

    /// <summary>Below the low watermark an episode of overflow ends, and those who were refused hear of it.</summary>
    private void EndOverflow()
    {
        var ended = _state.Pressure.Relieved(out var refused, out var dropped);
        if (ended && !HasEnded)
        {
            Raise(new OverflowEnded { Publisher = Settings.Name, Refused = refused, Dropped = dropped });
        }

        if (_state.Refused.Any && _state.Pressure.BelowLow)
        {
            _state.Refused.TellCapacity(new CapacityAvailable(Buffer.MaxMessages - Buffer.Messages, Buffer.MaxBytes - Buffer.Bytes), Self);
        }
    }

    private void AdmitWaiting()
    {
        while (_state.Waiting.Count > 0)
        {
            var first = _admitting = _state.Waiting.First;
            var reply = OfferRest(first);
            _admitting = null;
            if (reply is BufferFull)
            {
                return;
            }

            _state.Waiting.Leave();
            Answer(first, reply);
        }
    }
}
