using NatsActors.Buffer;
using static NatsActors.Tests.Buffer.ModelMessages;

namespace NatsActors.Tests.Buffer;

/// <summary>Does each step to an outbox and to its model, and compares everything that can be seen of both.</summary>
internal sealed class OutboxRunner
{
    private readonly Outbox _outbox;
    private readonly ModelOutbox _model;
    private readonly ModelJournal? _journal;
    private readonly Queue<(ReadOnlyMemory<byte> Memory, byte[] Copy)> _unwritten = new();
    private readonly List<(ReadOnlyMemory<byte> Memory, byte[] Copy)> _abandoned = [];
    private readonly List<(object Ticket, Outcome Outcome)> _told = [];
    private int _toldCompared;
    private readonly Dictionary<UndeliveredReason, long> _unclaimed = [];
    private readonly List<SweepUnderWay> _sweeps = [];
    private EndedMessages _ended = new();
    private long _now;

    public OutboxRunner(OutboxRun run)
    {
        _outbox = new Outbox(new PublishBuffer(run.MaxBytes, run.MaxMessages, new SliceLimits(run.SliceFrames, run.SliceBytes)));
        _model = new ModelOutbox(run.MaxBytes, run.MaxMessages);
        if (run.HasJournal)
        {
            Buffer.UseJournal();
            _model.DurableThrough = 0;
            _journal = new ModelJournal(_outbox, _model);
        }
    }

    private PublishBuffer Buffer => _outbox.Buffer;

    public static void Run(OutboxRun run)
    {
        var runner = new OutboxRunner(run);
        for (var i = 0; i < run.Steps.Length; i++)
        {
            try
            {
                runner.Do(run.Steps[i]);
                runner.Compare();
                if (i % 4 == 3 || i == run.Steps.Length - 1)
                {
                    runner.CompareFrames(everyByte: i % 20 == 19);
                }
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Step {i}, {run.Steps[i]}: {e.Message}", e);
            }
        }
    }

    private void TakeEnded()
    {
        if (!_outbox.TakeEnded(ref _ended))
        {
            return;
        }

        foreach (var (ticket, outcome) in _ended.Outcomes)
        {
            _told.Add((ticket, outcome is Undelivered undelivered ? undelivered with { Detail = null } : outcome));
        }

        foreach (var (reason, count, _) in _ended.Unclaimed)
        {
            _unclaimed[reason] = _unclaimed.GetValueOrDefault(reason) + count;
        }

        _ended.Clear();
    }

    private void Do(OutboxStep step)
    {
        switch (step.What)
        {
            case Happening.Accept:
                Accept(step.A, 1 + (step.B % 40), step.C);
                break;
            case Happening.Take:
                Take(step.A % 4 == 0 ? 1 + step.B : long.MaxValue, step.A % 3 == 0 ? 1 + (step.C % 100) : long.MaxValue);
                break;
            case Happening.Written:
                Written();
                break;
            case Happening.Confirm:
                var through = Pick(step.A, ahead: 3);
                while (Confirm(through) && step.B % 2 == 0)
                {
                }

                break;
            case Happening.PubAck:
                var ack = new PubAck(Pick(step.A, ahead: 3), "S", step.B, step.C % 5 == 0);
                _outbox.Stored(ack);
                _model.Store(ack);
                break;
            case Happening.GiveUp:
                var lost = Pick(step.A, ahead: 3);
                Same(_outbox.Undelivered(lost, UndeliveredReason.NotStored, "no"),
                    _model.Undeliver(UndeliveredReason.NotStored, frame => frame.Sequence == lost));
                break;
            case Happening.Deny:
                var subject = Subjects[step.A % Subjects.Length];
                Sweep(_outbox.StartDenied([subject], Pick(step.B, ahead: 0)), frame => frame.Subject == subject, step);
                break;
            case Happening.TimePasses:
                _now += step.A % 200;
                Expire(step);
                break;
            case Happening.DropOldest:
                var size = 1 + (step.A % 300_000);
                Same(_outbox.DropFor(size), _model.DropOldest(size));
                break;
            case Happening.Purge:
                var filter = Filters[step.A % Filters.Length];
                Sweep(_outbox.StartPurge(filter, Pick(step.B, ahead: 0)), frame => Covers(filter, frame.Subject), step);
                break;
            default:
                DoToLink(step);
                break;
        }
    }

    private void DoToLink(OutboxStep step)
    {
        switch (step.What)
        {
            case Happening.LoseLinkWithoutResend:
                while (EndInFlight() && step.B % 2 == 0)
                {
                }

                Rewind(linkGone: true, step);
                break;
            case Happening.LoseLink:
                Rewind(linkGone: true, step);
                break;
            case Happening.Hold:
                Rewind(linkGone: false, step);
                break;
            case Happening.SmallerServer:
                Rewind(linkGone: true, step);
                var maxPayload = 50 + step.A;
                Sweep(_outbox.StartTooLarge(maxPayload, Buffer.NextSequence - 1), frame => PayloadOf(frame) > maxPayload, step);
                break;
            case Happening.Close:
                Sweep(_outbox.StartClose(), _ => true, step);
                break;
            case Happening.Slice when _sweeps.Count > 0:
                var sweep = _sweeps[step.A % _sweeps.Count];
                if (!sweep.Advance(_outbox, _model))
                {
                    _sweeps.Remove(sweep);
                }

                break;
            case Happening.Compact:
                Buffer.CompactSlice();
                break;
            default:
                DoToJournal(step);
                break;
        }
    }

    private void DoToJournal(OutboxStep step)
    {
        switch (step.What)
        {
            case Happening.ReadPage:
                _journal?.ReadPage(step.A % 3 == 0 ? 1 + (step.B % 2_000) : 100_000);
                break;
            case Happening.JournalWrites:
                _journal?.Written();
                break;
            case Happening.TakeMark:
                _journal?.TakeMark();
                break;
            case Happening.JournalFails:
                _journal?.Fail(stored: step.A % 3);
                break;
            case Happening.Crash:
                _journal?.Crash(afterLastMark: step.A % 2 == 0);
                break;
        }
    }

    private void Accept(int size, int times, int extras)
    {
        for (var i = 0; i < times; i++)
        {
            var sequence = Buffer.NextSequence;
            var subject = Subjects[(extras + i) % Subjects.Length];
            var bytes = Encode(subject, size, sequence);
            var limit = Buffer.Check(bytes.Length);
            if (limit != _model.Check(bytes.Length) || limit is not null)
            {
                Assert.Equal(_model.Check(bytes.Length), limit);
                return;
            }

            var timeToLive = (uint)(extras % 3 == 0 ? 0 : extras % 3 == 1 ? 150 : 1 + ((extras + (i * 37)) % 500));
            var ticket = (extras / 8) % 3 == 0 || (i % 17) == extras % 17 ? new ModelTicket($"ticket {sequence}") : null;
            bytes.CopyTo(Buffer.Reserve(bytes.Length, _now));
            _outbox.Accept(bytes.Length, _now, timeToLive, ticket);
            _model.Accept(new ModelFrame(
                sequence, bytes, subject, ticket, _now, timeToLive == 0 ? long.MaxValue : _now + timeToLive));
        }
    }

    private void Take(long maxBytes, long maxMessages)
    {
        if (_now % 2 == 0)
        {
            Expire(null);
        }

        var queued = _model.Takeable.ToList();
        Assert.Equal(queued.Count > 0, Buffer.HasTakeable);
        var taken = Buffer.TryTake(maxBytes, maxMessages, out var batch);
        Assert.Equal(queued.Count > 0, taken);
        if (!taken)
        {
            return;
        }

        var expected = queued.Take(batch.Messages).ToList();
        Assert.InRange(batch.Messages, 1, maxMessages);
        Assert.True(batch.Frames.Length <= maxBytes || batch.Messages == 1, "A batch of several frames is above its limit.");
        Assert.Equal((expected[0].Sequence, expected[^1].Sequence), (batch.FirstSequence, batch.LastSequence));
        var bytes = expected.SelectMany(frame => frame.Bytes).ToArray();
        Assert.True(batch.Frames.Span.SequenceEqual(bytes), "A batch is not what was encoded.");
        _unwritten.Enqueue((batch.Frames, bytes));
        _model.Take(batch.Messages);
    }

    private void Written()
    {
        Buffer.Written();
        _unwritten.TryDequeue(out _);
    }

    private void Rewind(bool linkGone, OutboxStep step)
    {
        _outbox.Rewind(linkGone);
        while (step.C % 2 == 0 && Buffer.CompactSlice())
        {
        }

        _model.Rewind();
        if (linkGone)
        {
            _abandoned.AddRange(_unwritten);
            _unwritten.Clear();
        }
    }

    private void Expire(OutboxStep? step)
    {
        var now = _now;
        if (_outbox.StartExpiry(now) is { } sweep)
        {
            Sweep(sweep, frame => frame.Deadline <= now, step);
        }
        else
        {
            Assert.DoesNotContain(_model.Queued, frame => frame.Deadline <= now);
        }
    }

    /// <summary>Runs a sweep to its end, or leaves it to later steps.</summary>
    private void Sweep(Sweep? sweep, Func<ModelFrame, bool> picks, OutboxStep? step)
    {
        if (sweep is null)
        {
            Assert.DoesNotContain(_model.Frames, frame => picks(frame));
            return;
        }

        var running = new SweepUnderWay(sweep, picks);
        if (step is { } later && later.C % 3 > 0)
        {
            _sweeps.Add(running);
            return;
        }

        while (running.Advance(_outbox, _model))
        {
            TakeEnded();
        }
    }

    private bool Confirm(long through)
    {
        var before = _outbox.Ledger.Delivered;
        var more = _outbox.Delivered(through);
        var expected = _model.InFlight.Where(frame => frame.Sequence <= through).ToList();
        var ended = EndedOf(expected, _outbox.Ledger.Delivered - before, more);
        _model.Deliver(ended.Contains);
        return more;
    }

    private bool EndInFlight()
    {
        var before = _outbox.Ledger.Undelivered;
        var more = _outbox.InFlightIndeterminate("lost");
        var ended = EndedOf(_model.InFlight.ToList(), _outbox.Ledger.Undelivered - before, more);
        _model.Undeliver(UndeliveredReason.Indeterminate, ended.Contains);
        return more;
    }

    private static HashSet<ModelFrame> EndedOf(List<ModelFrame> expected, long ended, bool more)
    {
        Assert.InRange(ended, more ? 0 : expected.Count, expected.Count);
        return expected.Take((int)ended).ToHashSet();
    }

    private void Compare()
    {
        TakeEnded();
        var ledger = _outbox.Ledger;
        Assert.Equal(ledger.Accepted, ledger.Delivered + ledger.Stored + ledger.Undelivered + ledger.Withdrawn + Buffer.Messages);
        Assert.Equal(
            (_model.Accepted, _model.Delivered, _model.Stored, _model.Undelivered.Values.Sum(), _model.Withdrawn),
            (ledger.Accepted, ledger.Delivered, ledger.Stored, ledger.Undelivered, ledger.Withdrawn));
        Assert.Equal(_model.Frames.Count(frame => frame.Sequence > _model.DurableThrough), Buffer.UndurableMessages);
        Assert.All(Enum.GetValues<UndeliveredReason>(), reason =>
            Assert.Equal(_model.Undelivered.GetValueOrDefault(reason), ledger.UndeliveredFor(reason)));
        Assert.Equal(_model.Unclaimed, _unclaimed);
        Assert.Equal(_model.Told.Skip(_toldCompared), _told.Skip(_toldCompared));
        _toldCompared = _told.Count;
        Assert.InRange(Buffer.Messages, 0, Buffer.MaxMessages);
        Assert.InRange(Buffer.Bytes, 0, Buffer.MaxBytes);
        Assert.Equal((_model.Frames.Count, _model.Bytes), (Buffer.Messages, Buffer.Bytes));
        Assert.Equal(
            (_model.InFlight.Count(), _model.InFlight.Sum(frame => (long)frame.Bytes.Length)),
            (Buffer.InFlightMessages, Buffer.InFlightBytes));
        Assert.Equal(_model.Frames.FirstOrDefault()?.Sequence ?? Buffer.NextSequence, Buffer.FirstSequence);
        Assert.Equal(_model.Frames.FirstOrDefault()?.AcceptedAt, Buffer.OldestAcceptedAt);
        Assert.True(_model.Queued.All(frame => frame.Deadline >= _outbox.NextDeadline), "A deadline is missed.");
        var middle = (Buffer.FirstSequence + Buffer.NextSequence) / 2;
        Assert.Equal(_model.Frames.Count(frame => frame.Sequence <= middle), Buffer.CountThrough(middle));
        Assert.True(Buffer.HeldBytes >= Buffer.Bytes, "More bytes are live than held.");
        Assert.All(_unwritten.Concat(_abandoned.TakeLast(3)), batch =>
            Assert.True(batch.Memory.Span.SequenceEqual(batch.Copy), "Memory that a link may still read has changed."));
    }

    private void CompareFrames(bool everyByte)
    {
        var at = 0;
        Buffer.Visit((sequence, frame, inFlight) =>
        {
            var expected = _model.Frames[at++];
            var head = everyByte ? frame.Length : Math.Min(frame.Length, 48);
            if (expected.Sequence != sequence || expected.InFlight != inFlight || expected.Bytes.Length != frame.Length
                || !frame[..head].SequenceEqual(expected.Bytes.AsSpan(0, head)))
            {
                Assert.Fail($"Frame {sequence} of {frame.Length} bytes is not what the model has at its place: {expected.Sequence}.");
            }
        });
        Assert.Equal(_model.Frames.Count, at);
    }

    private long Pick(int number, int ahead) =>
        Buffer.FirstSequence - 1 + (number % (Buffer.NextSequence - Buffer.FirstSequence + 1 + ahead));

    private static void Same(long actual, long expected) => Assert.Equal(expected, actual);
}
