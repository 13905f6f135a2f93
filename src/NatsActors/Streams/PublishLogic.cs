using System.Globalization;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Stage;
using NatsActors.Door;
using NatsActors.Producers;

namespace NatsActors.Streams;

/// <summary>
/// What a stage and its publisher say to each other. The stage offers elements; one batch is under way, and what comes in meanwhile is
/// collected for the next. The publisher accepts a prefix of a batch; the rest stays in front, so the order of acceptance is that of the
/// stream. Keeps the invariant that every offered element is either collected, accepted and without an outcome, or reported once.
/// </summary>
/// <remarks>
/// Elements are counted from 1 in the order of the stream. Everything runs on the stage's own thread: what the publisher tells comes by the
/// stage actor.
/// </remarks>
internal abstract class PublishLogic : TimerGraphStageLogic
{
    private static readonly object Retry = nameof(Retry);
    private static readonly object Reply = nameof(Reply);
    private static readonly object LostOutcomes = nameof(LostOutcomes);
    private static readonly object Stopped = nameof(Stopped);

    private readonly IActorRef _publisher;
    private readonly PublishStreamSettings _settings;
    private readonly CollectedElements _collected = new();
    private readonly AcceptedElements _accepted = new();
    private readonly BatchSize _size;
    private readonly bool _messagesMayBeLost;

    private IActorRef _self = ActorRefs.Nobody;
    private PublishBatch? _underWay;
    private bool _waits;
    private Rejected? _ended;
    private bool _stopped;
    private bool _finished;
    private long _batches;
    private int _told;
    private long _offered;
    private long _flushedThrough;
    private bool _progressed;

    protected PublishLogic(Shape shape, IActorRef publisher, PublishStreamSettings settings)
        : base(shape)
    {
        _publisher = publisher;
        _settings = settings;
        _size = new BatchSize(settings.BatchMessages);
        // A publisher of this system answers every batch, however long a batch waits for room there.
        _messagesMayBeLost = publisher is not ActorRefWithCell;
    }

    /// <summary>Elements that were offered and not reported.</summary>
    protected long Unfinished => _collected.Count + _accepted.Count;

    /// <summary>Elements that were offered.</summary>
    protected long Offered => _offered;

    /// <summary>Another element may be pulled.</summary>
    protected bool HasRoom => !_waits && _collected.Count < _settings.BatchMessages && _collected.Bytes < _settings.MaxBytes;

    public override void PreStart()
    {
        var actor = GetStageActor(Receive);
        _self = actor.Ref;
        actor.Watch(_publisher);
    }

    /// <summary>Takes the next element of the stream.</summary>
    protected void Offer(Publish message)
    {
        _offered++;
        if (_ended is { } ended)
        {
            Refused(_offered, ended with { CorrelationId = message?.CorrelationId });
        }
        else
        {
            _collected.Add(message);
            SendNext();
        }
    }

    /// <summary>The stage is over: nothing more is told or reported.</summary>
    protected void Finish() => _finished = true;

    /// <summary>An element has ended.</summary>
    /// <param name="element">Its place in the stream.</param>
    /// <param name="outcome">Its outcome, with its correlation id.</param>
    protected abstract void Ended(long element, Outcome outcome);

    /// <summary>Elements that follow one another were delivered.</summary>
    /// <param name="element">The place of the first in the stream.</param>
    /// <param name="sequence">The sequence of the first.</param>
    /// <param name="count">How many.</param>
    /// <param name="correlations">Their correlation ids; empty when none has one.</param>
    protected abstract void Delivered(long element, long sequence, int count, ReadOnlySpan<string?> correlations);

    /// <summary>The publisher refused an element for good.</summary>
    protected abstract void Refused(long element, Rejected refusal);

    /// <summary>Elements were reported, or there may be room for more.</summary>
    protected abstract void Proceed();

    protected override void OnTimer(object timerKey)
    {
        if (ReferenceEquals(timerKey, Retry))
        {
            // One element is enough to find out, and is all that the publisher counts as refused.
            Resume(1);
        }
        else if (ReferenceEquals(timerKey, Reply) && _underWay is { } batch)
        {
            Send(batch);
        }
        else if (ReferenceEquals(timerKey, LostOutcomes))
        {
            LookForLostOutcomes();
        }
        else if (ReferenceEquals(timerKey, Stopped))
        {
            GiveUp();
        }

        Proceed();
    }

    private void Receive((IActorRef Sender, object Message) told)
    {
        if (_finished)
        {
            return;
        }

        switch (told.Message)
        {
            case BatchReply reply when reply.CorrelationId == _underWay?.CorrelationId && _underWay is { } batch:
                On(reply, batch);
                break;
            case DeliveredRun run:
                On(run);
                break;
            case Outcome outcome:
                On(outcome);
                break;
            case CapacityAvailable:
                Resume(int.MaxValue);
                break;
            case Flushed flushed:
                On(flushed);
                break;
            case Terminated:
                OnStopped();
                break;
        }

        if (!_finished)
        {
            Proceed();
        }
    }

    private void On(BatchReply reply, PublishBatch batch)
    {
        _underWay = null;
        CancelTimer(Reply);
        var accepted = Math.Min(reply.Accepted, batch.Messages.Count);
        if (accepted > 0)
        {
            _accepted.Add(reply.FirstSequence, NextElement, batch.Messages, accepted);
            _collected.Take(accepted);
            ArmLostOutcomes();
        }

        switch (reply.Refusal)
        {
            // The journal is down: no message of this stream will be accepted before it works again.
            case BufferFull or Rejected { Reason: RejectReason.NotDurable }:
                _waits = true;
                ScheduleOnce(Retry, _settings.RetryAfter);
                break;
            case Rejected { Reason: RejectReason.Draining or RejectReason.Closed } ended:
                End(ended, _told > 1 ? batch.Messages.Count - accepted : 0);
                break;
            // The sender's own system could not send the batch as a whole, and does not know which message is at fault.
            case Rejected { Reason: RejectReason.TooLargeForRemote or RejectReason.BadMessage } unsent when batch.Messages.Count > 1 && accepted == 0:
                _size.Shrink(batch.Messages, forGood: unsent.Reason == RejectReason.TooLargeForRemote);
                break;
            case Rejected rejected:
                RefuseFirst(rejected);
                break;
            default:
                _size.Grow();
                break;
        }

        QuietAfterStop();
        SendNext();
    }

    private void On(DeliveredRun run)
    {
        if (_accepted.TryEndRun(run.First, run.Count, out var element, out var correlations))
        {
            _progressed = true;
            Delivered(element, run.First, run.Count, correlations);
            QuietAfterStop();
        }
    }

    private void On(Outcome outcome)
    {
        if (_accepted.TryEnd(outcome.Sequence, out var element, out var correlation))
        {
            _progressed = true;
            Ended(element, correlation is null ? outcome : outcome with { CorrelationId = correlation });
            QuietAfterStop();
        }
    }

    /// <summary>The place in the stream of the first element that is not accepted.</summary>
    private long NextElement => _offered - _collected.Count + 1;

    private bool MaySend => _underWay is null && !_waits && _ended is null && !_stopped && !_finished && _collected.Count > 0;

    private void SendNext(int most = int.MaxValue)
    {
        while (MaySend && _collected.Fault is { } fault)
        {
            RefuseFirst(fault);
        }

        if (MaySend)
        {
            var messages = _collected.First(Math.Min(most, _size.Messages), _size.Bytes);
            var id = (++_batches).ToString(CultureInfo.InvariantCulture);
            _told = 0;
            Send(_underWay = new PublishBatch(messages) { CorrelationId = id });
        }
    }

    private void Send(PublishBatch batch)
    {
        _told++;
        if (_messagesMayBeLost)
        {
            ScheduleOnce(Reply, _settings.ReplyTimeout);
        }

        // The door of this system takes one claim for all outcomes; others know the contract.
        _publisher.Tell(DoorConfig.IsDoor(_publisher) ? new ClaimedBatch(batch) : WantingOutcomes(batch), _self);
    }

    private static PublishBatch WantingOutcomes(PublishBatch batch) =>
        batch with { Messages = [.. batch.Messages.Select(static message => message with { WantsOutcome = true })] };

    private void Resume(int most)
    {
        if (_waits)
        {
            _waits = false;
            CancelTimer(Retry);
            SendNext(most);
        }
    }

    private void RefuseFirst(Rejected rejected)
    {
        var element = NextElement;
        var message = _collected.Take();
        Refused(element, rejected with { CorrelationId = message?.CorrelationId });
    }

    /// <summary>The publisher accepts nothing more: refuses what is collected.</summary>
    /// <param name="ended">Why.</param>
    /// <param name="inDoubt">The elements at the head whose batch was told before, without a reply.</param>
    private void End(Rejected ended, int inDoubt)
    {
        _ended = ended;
        for (; _collected.Count > 0 && !_finished; inDoubt--)
        {
            RefuseFirst(inDoubt > 0
                ? ended with { Detail = $"{ended.Detail}; the message may have been accepted, because its batch was told before" }
                : ended);
        }
    }

    /// <summary>The publisher has stopped. Replies and outcomes that it told before may be on their way from another system.</summary>
    private void OnStopped()
    {
        _stopped = true;
        _waits = false;
        ScheduleOnce(Stopped, _settings.RetryAfter);
        QuietAfterStop();
    }

    private void QuietAfterStop()
    {
        if (_stopped && _underWay is null && _accepted.Count == 0)
        {
            GiveUp();
        }
    }

    private void GiveUp()
    {
        CancelTimer(Stopped);
        var inDoubt = _underWay?.Messages.Count ?? 0;
        _underWay = null;
        CancelTimer(Reply);
        TakeForLost(long.MaxValue, "the publisher has stopped, and its outcome did not come");
        if (_ended is null && !_finished)
        {
            End(new Rejected(RejectReason.Closed, "the publisher has stopped"), inDoubt);
        }
    }

    private void ArmLostOutcomes()
    {
        if (_messagesMayBeLost && !IsTimerActive(LostOutcomes))
        {
            ScheduleOnce(LostOutcomes, _settings.ReplyTimeout);
        }
    }

    /// <summary>
    /// Akka.Remote may lose outcomes. When none has come for a while, the publisher says when everything that it has accepted has ended:
    /// what has no outcome here then was lost, because outcomes are told before <see cref="Flushed"/>.
    /// </summary>
    private void LookForLostOutcomes()
    {
        if (_accepted.Count == 0)
        {
            return;
        }

        if (!_progressed)
        {
            // A reply to an earlier flush says nothing of what was accepted behind it.
            _flushedThrough = _flushedThrough > 0 ? _flushedThrough : NextElement - 1;
            _publisher.Tell(new Flush(_settings.ReplyTimeout), _self);
        }

        _progressed = false;
        ScheduleOnce(LostOutcomes, _flushedThrough > 0 ? _settings.ReplyTimeout * 2 : _settings.ReplyTimeout);
    }

    private void On(Flushed flushed)
    {
        if (flushed.Completed && _flushedThrough > 0)
        {
            TakeForLost(_flushedThrough, "the message has ended, and its outcome was lost on the way from the publisher");
        }

        _flushedThrough = 0;
    }

    private void TakeForLost(long throughElement, string detail)
    {
        foreach (var (sequence, element, correlation) in _accepted.TakeAll(throughElement))
        {
            if (_finished)
            {
                return;
            }

            Ended(element, new Undelivered(sequence, UndeliveredReason.Indeterminate)
            {
                CorrelationId = correlation, MayHaveArrived = true, Detail = detail,
            });
        }
    }
}
