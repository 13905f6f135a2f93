using System.Text;
using NatsActors.Buffering;

namespace NatsActors.Core.Tests.Buffering;

/// <summary>Does each step to an outbox and to its model, and compares everything that can be seen of both.</summary>
internal sealed class OutboxRunner : IOutcomeListener
{
    private static readonly string[] Subjects = ["orders.eu", "orders.us", "prices.eu.day", "ü.x"];
    private static readonly string?[] Filters = ["orders.*", "prices.>", "orders.eu", ">", null];

    private readonly Outbox _outbox;
    private readonly ModelOutbox _model;
    private readonly Queue<(ReadOnlyMemory<byte> Memory, byte[] Copy)> _unwritten = new();
    private readonly List<(ReadOnlyMemory<byte> Memory, byte[] Copy)> _abandoned = [];
    private readonly List<(object Ticket, Outcome Outcome)> _told = [];
    private int _toldCompared;
    private readonly Dictionary<UndeliveredReason, long> _unclaimed = [];
    private long _now;

    public OutboxRunner(OutboxRun run)
    {
        _outbox = new Outbox(new PublishBuffer(run.MaxBytes, run.MaxMessages)) { Listener = this };
        _model = new ModelOutbox(run.MaxBytes, run.MaxMessages);
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

    void IOutcomeListener.OnOutcome(object ticket, Outcome outcome) =>
        _told.Add((ticket, outcome is Undelivered undelivered ? undelivered with { Detail = null } : outcome));

    void IOutcomeListener.OnUnclaimed(UndeliveredReason reason, long count, string? detail) =>
        _unclaimed[reason] = _unclaimed.GetValueOrDefault(reason) + count;

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
                _outbox.Delivered(through);
                _model.Deliver(frame => frame.InFlight && frame.Sequence <= through);
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
                Deny(Subjects[step.A % Subjects.Length], Pick(step.B, ahead: 0));
                break;
            case Happening.TimePasses:
                _now += step.A % 200;
                Expire();
                break;
            case Happening.DropOldest:
                var size = 1 + (step.A % 300_000);
                Same(_outbox.DropFor(size), _model.DropOldest(size));
                break;
            case Happening.Purge:
                var filter = Filters[step.A % Filters.Length];
                Same(_outbox.Purge(filter), _model.Undeliver(UndeliveredReason.Purged, frame => !frame.InFlight && Covers(filter, frame.Subject)));
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
                Same(_outbox.InFlightIndeterminate("lost"), _model.Undeliver(UndeliveredReason.Indeterminate, frame => frame.InFlight));
                Rewind(linkGone: true);
                break;
            case Happening.LoseLink:
                Rewind(linkGone: true);
                break;
            case Happening.Hold:
                Rewind(linkGone: false);
                break;
            case Happening.SmallerServer:
                Rewind(linkGone: true);
                var maxPayload = 50 + step.A;
                Same(_outbox.DropTooLarge(maxPayload),
                    _model.Undeliver(UndeliveredReason.TooLarge, frame => PayloadOf(frame) > maxPayload));
                break;
            case Happening.Close:
                Close();
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
            var ticket = (extras / 8) % 3 == 0 || (i % 17) == extras % 17 ? $"ticket {sequence}" : null;
            bytes.CopyTo(Buffer.Reserve(bytes.Length, _now));
            _outbox.Accept(bytes.Length, _now, timeToLive, ticket);
            _model.Accept(new ModelFrame(
                sequence, bytes, subject, ticket, _now, timeToLive == 0 ? long.MaxValue : _now + timeToLive));
        }
    }

    private void Take(long maxBytes, long maxMessages)
    {
        Expire();
        var queued = _model.Queued.ToList();
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

    private void Rewind(bool linkGone)
    {
        _outbox.Rewind(linkGone);
        _model.Rewind();
        if (linkGone)
        {
            _abandoned.AddRange(_unwritten);
            _unwritten.Clear();
        }
    }

    private void Expire() =>
        Same(_outbox.Expire(_now), _model.Undeliver(UndeliveredReason.Expired, frame => !frame.InFlight && frame.Deadline <= _now));

    private void Deny(string subject, long through)
    {
        _outbox.Denied([subject], through);
        _model.Undeliver(UndeliveredReason.PermissionDenied, frame => frame.Subject == subject && frame.Sequence <= through);
    }

    private void Close()
    {
        var expected = _model.Frames.Select(frame => new UndeliveredMessage(
            frame.Sequence, frame.Subject, frame.Bytes.Length,
            frame.WasWritten ? UndeliveredReason.Indeterminate : UndeliveredReason.Closed)).ToList();
        Assert.Equal(expected, _outbox.Close());
        _model.Undeliver(UndeliveredReason.Indeterminate, frame => frame.WasWritten);
        _model.Undeliver(UndeliveredReason.Closed, _ => true);
    }

    private void Compare()
    {
        var ledger = _outbox.Ledger;
        Assert.Equal(ledger.Accepted, ledger.Delivered + ledger.Stored + ledger.Undelivered + Buffer.Messages);
        Assert.Equal(
            (_model.Accepted, _model.Delivered, _model.Stored, _model.Undelivered.Values.Sum()),
            (ledger.Accepted, ledger.Delivered, ledger.Stored, ledger.Undelivered));
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

    private static byte[] Encode(string subject, int size, long sequence)
    {
        var payload = $"{sequence}:{new string((char)('a' + (sequence % 26)), size)}";
        return Encoding.UTF8.GetBytes($"PUB {subject} {payload.Length}\r\n{payload}\r\n");
    }

    private static int PayloadOf(ModelFrame frame) =>
        int.Parse(Encoding.UTF8.GetString(frame.Bytes.AsSpan(0, frame.Bytes.AsSpan().IndexOf("\r\n"u8))).Split(' ')[^1]);

    private static bool Covers(string? filter, string subject) => filter switch
    {
        null or ">" => true,
        "orders.*" => subject.StartsWith("orders.", StringComparison.Ordinal),
        "prices.>" => subject.StartsWith("prices.", StringComparison.Ordinal),
        _ => filter == subject,
    };
}
