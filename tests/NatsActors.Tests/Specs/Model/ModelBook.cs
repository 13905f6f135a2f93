using System.Globalization;
using NatsActors.Connection;

namespace NatsActors.Specs.Model;

/// <summary>
/// The account of a run: every message that was told, its one reply, its one outcome, and whether that is what the links said.
/// Knows the contract only, nothing of how the actors keep it.
/// </summary>
internal sealed class ModelBook(PublisherSettings settings, JournalBook? journal)
{
    private readonly Dictionary<string, ModelMessage> _messages = [];
    private readonly Dictionary<string, IReadOnlyList<ModelMessage>> _batches = [];
    private readonly SortedDictionary<long, ModelMessage> _accepted = [];
    private readonly Dictionary<UndeliveredReason, long> _told = [];
    private long _furthestSent;
    private long _lastDropped;

    public IEnumerable<ModelMessage> Accepted => _accepted.Values;

    public IEnumerable<ModelMessage> Unanswered => _messages.Values.Where(message => !message.Answered);

    public long AcceptedCount => _accepted.Count;

    public long Refused { get; private set; }

    public long Rejected { get; private set; }

    /// <summary>A drain was asked for, or the publisher may have ended.</summary>
    public bool MayRefuseAll { get; set; } =
        settings.Connection.AuthorizationError == AuthorizationErrorPolicy.Stop || settings.Connection.Backoff.MaxAttempts > 0;

    /// <summary>The smallest max_payload that a link came up with.</summary>
    public long SmallestMaxPayload { get; set; } = long.MaxValue;

    public bool HasServerWithoutHeaders { get; set; }

    /// <summary>Messages that the journal did not take.</summary>
    public long NotDurable { get; private set; }

    /// <summary>Messages of batches that the journal did not take, with those behind them, which may have been refused before.</summary>
    public long NotDurableOfBatches { get; private set; }

    /// <summary>Batches without a reply.</summary>
    public int OpenBatches => _batches.Count;

    public int NextNumber { get; private set; } = 1;

    /// <summary>Undelivered outcomes that senders were told of.</summary>
    public long Told(UndeliveredReason reason) => _told.GetValueOrDefault(reason);

    public ModelMessage? Find(long sequence) => _accepted.GetValueOrDefault(sequence);

    public void Add(ModelMessage message)
    {
        NextNumber++;
        _messages.Add($"m{message.Number}", message);
    }

    public void AddBatch(string id, IReadOnlyList<ModelMessage> messages) => _batches.Add(id, messages);

    public void OnReply(PublishReply reply, TimeSpan now)
    {
        var message = MessageOf(reply.CorrelationId);
        Check(!message.Answered, $"{message} was answered twice: {reply}");
        message.Answered = true;
        switch (reply)
        {
            case Ack ack:
                Check(message.Outcome is null, $"the outcome came before the Ack: {message}");
                Accept(message, ack.Sequence);
                journal?.OnAck(message);
                break;
            case BufferFull full:
                Refused++;
                OnFull(full, message, now);
                break;
            case Rejected rejected:
                Rejected++;
                OnRejected(rejected, message);
                break;
        }
    }

    public void OnReply(BatchReply reply, TimeSpan now)
    {
        Check(_batches.Remove(reply.CorrelationId!, out var batch), $"an answer to no batch, or the second: {reply}");
        Check(reply.Accepted >= 0 && reply.Accepted <= batch!.Count, $"{reply} for {batch!.Count} messages");
        Check(reply.Accepted == batch.Count == reply.Refusal is null, $"{reply} for {batch.Count} messages");
        for (var i = 0; i < batch.Count; i++)
        {
            batch[i].Answered = true;
            if (i < reply.Accepted)
            {
                Accept(batch[i], reply.FirstSequence + i);
                journal?.OnAck(batch[i]);
            }
            else
            {
                Check(batch[i].Sequence == 0, $"{reply}, yet of what it refuses there was {batch[i]}");
            }
        }

        switch (reply.Refusal)
        {
            case BufferFull full:
                Refused += batch.Count - reply.Accepted;
                OnFull(full, batch[reply.Accepted], now);
                break;
            case Rejected rejected:
                Rejected++;
                OnRejected(rejected, batch[reply.Accepted]);
                NotDurable += rejected.Reason is RejectReason.NotDurable or RejectReason.Closed ? batch.Count - reply.Accepted - 1 : 0;
                NotDurableOfBatches += rejected.Reason is RejectReason.NotDurable or RejectReason.Closed ? batch.Count - reply.Accepted : 0;
                break;
        }
    }

    public void OnOutcome(Outcome outcome, TimeSpan now)
    {
        var message = MessageOf(outcome.CorrelationId);
        Check(message.Publish.WantsOutcome, $"nobody asked for {outcome}");
        Check(message.Outcome is null, $"a second outcome {outcome} for {message}");
        Check(message.Sequence == 0 || message.Sequence == outcome.Sequence, $"{outcome} for {message}");
        Check(message.Answered, $"{outcome} came before the reply: {message}");
        Check(message.Sequence > 0, $"{outcome} for a message that was refused: {message}");
        message.Outcome = outcome;
        OutcomeRules.Check(outcome, message, settings, MayRefuseAll, now);
        if (outcome is Undelivered { Reason: var reason })
        {
            _told[reason] = Told(reason) + 1;
            _lastDropped = reason == UndeliveredReason.Dropped ? Math.Max(_lastDropped, message.Sequence) : _lastDropped;
        }
    }

    /// <summary>When all is at rest, what was dropped was older than all that is queued.</summary>
    public void CheckDropped()
    {
        var older = _accepted.Values.FirstOrDefault(each =>
            each.Sequence < _lastDropped && each.Sends == 0 && each.Outcome is null && each.Publish.WantsOutcome);
        Check(older is null, $"sequence {_lastDropped} was dropped before {older}");
    }

    /// <summary>A link was given a frame.</summary>
    public void OnSent(SentFrame frame, ModelLink link, TimeSpan now)
    {
        var message = MessageOf($"m{ModelMessage.NumberIn(frame.Payload).ToString(CultureInfo.InvariantCulture)}");
        journal?.OnSent(message);
        if (!message.Answered)
        {
            Accept(message, frame.Sequence);
        }

        Check(!link.MustBeRefused, $"a server without headers was given {message}");
        Check(message.Sequence == frame.Sequence, $"sequence {frame.Sequence} was sent for {message}");
        Check(message.Publish.Subject == frame.Subject && message.Payload == frame.Payload, $"{frame} was sent for {message}");
        Check(frame.Sequence > _furthestSent || message.Sends > 0,
            $"out of order: {message} was sent for the first time behind sequence {_furthestSent}");
        Check(settings.Delivery.Resend || message.Sends == 0, $"resend is off, and again was sent {message}");
        _furthestSent = Math.Max(_furthestSent, frame.Sequence);
        message.FirstSentAt = message.Sends++ == 0 ? now : message.FirstSentAt;
        message.LastLink = link;
        link.SentSinceRefusal = link.SentSinceRefusal == 0 ? frame.Sequence : link.SentSinceRefusal;
        message.DeadlyLosses += link.EndedByServer ? 1 : 0;
        link.Given.Add(message);
    }

    /// <summary>Sequences are given out without a gap.</summary>
    public void CheckSequences() =>
        Check(journal is not null || _accepted.Count == 0 || (_accepted.Keys.First() == 1 && _accepted.Keys.Last() == _accepted.Count),
            $"{_accepted.Count} messages were accepted, with sequences up to {_accepted.Keys.LastOrDefault()}");

    public static bool HasHeaders(ModelMessage message) => message.Publish.Headers is not null || message.Publish.Id is not null;

    public static void Check([System.Diagnostics.CodeAnalysis.DoesNotReturnIf(false)] bool holds, string violation)
    {
        if (!holds)
        {
            throw new ModelViolationException(violation);
        }
    }

    private void Accept(ModelMessage message, long sequence)
    {
        Check(message.Flaw is null, $"accepted in spite of its {message.Flaw}: {message}");
        Check(message.Sequence == 0 || message.Sequence == sequence, $"accepted as {sequence}: {message}");
        message.Sequence = sequence;
        Check(_accepted.TryAdd(sequence, message) || _accepted[sequence] == message, $"sequence {sequence} was given out twice");
    }

    private void OnFull(BufferFull full, ModelMessage message, TimeSpan now)
    {
        Check(message.Sequence == 0, $"{full} for {message}");
        var waits = settings.Buffer.Overflow == OverflowPolicy.Wait || journal is { WasUp: false };
        var sound = full.Limit switch
        {
            BufferLimit.Messages => settings.Buffer.Overflow != OverflowPolicy.Wait && full.Messages >= full.MaxMessages,
            BufferLimit.Bytes => settings.Buffer.Overflow != OverflowPolicy.Wait && full.Bytes + message.Publish.Payload.Length + 300 > full.MaxBytes,
            BufferLimit.WaitTimeout => waits && now - message.ToldAt >= settings.Buffer.WaitTimeout,
            BufferLimit.Waiters => waits,
            _ => true,
        };
        Check(sound, $"{full} for {message} with overflow = {settings.Buffer.Overflow}");
    }

    private void OnRejected(Rejected rejected, ModelMessage message)
    {
        Check(message.Sequence == 0, $"{rejected} for {message}");
        var size = message.Publish.Payload.Length + 300;
        var sound = rejected.Reason switch
        {
            RejectReason.Draining or RejectReason.Closed => MayRefuseAll,
            RejectReason.NotDurable => journal is not null && journal.MayReject(message),
            RejectReason.TooLargeForServer => size > SmallestMaxPayload,
            RejectReason.TooLargeForBuffer => size > settings.Buffer.MaxBytes,
            RejectReason.BadHeader when HasServerWithoutHeaders && HasHeaders(message) => true,
            var reason => reason == message.Flaw,
        };
        Check(sound, $"{rejected} for {message}");
        NotDurable += rejected.Reason is RejectReason.NotDurable or RejectReason.Closed ? 1 : 0;
    }

    private ModelMessage MessageOf(string? correlationId)
    {
        Check(correlationId is not null && _messages.ContainsKey(correlationId), $"an answer for {correlationId}, which nobody sent");
        return _messages[correlationId!];
    }
}
