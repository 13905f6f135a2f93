using Microsoft.Extensions.Logging;
using NatsActors.Door;

namespace NatsActors.Diagnostics;

/// <summary>
/// Writes the log of one publisher: a line when an episode begins, a summary while it lasts or repeats, a line when it ends. One
/// cause makes one line. Any thread may note an event; the buffer actor calls <see cref="Tick"/> when <see cref="NextDue"/> has come.
/// </summary>
internal sealed class PublisherJournal(string publisher, ILogger logger, PublisherClock clock, GuardedBuffer buffer)
{
    private readonly Lock _gate = new();
    private readonly OutageLines _outage = new(publisher, logger, buffer);
    private readonly OverflowLines _overflow = new(publisher, logger, buffer);
    private readonly DurabilityLines _durability = new(publisher, logger, buffer);
    private readonly RepeatedLines _others = new(publisher, logger);
    private bool _ending;
    private bool _closed;

    /// <summary>When a summary is due, in milliseconds of the publisher's clock; <see cref="long.MaxValue"/> for none.</summary>
    public long NextDue
    {
        get
        {
            lock (_gate)
            {
                return _closed ? long.MaxValue : Math.Min(
                    Math.Min(_outage.NextDue, _others.NextDue), Math.Min(_overflow.NextDue(_outage.IsDown), _durability.NextDue));
            }
        }
    }

    /// <summary>An event was raised.</summary>
    public void Note(NatsEvent occurrence) => Write(now => Note(occurrence, now));

    /// <summary>A subscriber of the event stream failed to take an event.</summary>
    public void SubscriberFailed(NatsEvent occurrence, Exception error) =>
        Write(_ => logger.EventHandlerFailed(occurrence.GetType().Name, error), alsoClosed: true);

    /// <summary>Writes the summaries that are due.</summary>
    public void Tick() => Write(now =>
    {
        _outage.Tick(now);
        _overflow.Tick(now, _outage.IsDown);
        _durability.Tick(now);
        _others.Tick(now);
    });

    /// <summary>The publisher ends: the last line has what was left.</summary>
    public void Ending() => Write(_ => _ending = true);

    /// <summary>The publisher has ended: the last line.</summary>
    /// <param name="result">The account.</param>
    /// <param name="cause">Why the publisher ended; null after a drain.</param>
    public void Closed(Drained result, string? cause) => Write(now =>
    {
        _outage.End(now);
        _overflow.End(now);
        _durability.End(now);
        _others.End(now);
        _closed = true;
        if (cause is not null)
        {
            logger.ClosedForACause(publisher, cause, AccountText.Of(result));
        }
        else if (result.Complete)
        {
            logger.Closed(publisher, result.Totals);
        }
        else
        {
            logger.ClosedWithMessagesLeft(publisher, AccountText.Of(result));
        }
    });

    private void Note(NatsEvent occurrence, long now)
    {
        switch (occurrence)
        {
            case Connected e:
                _outage.Connected(e);
                break;
            case Disconnected e:
                _outage.Down(e, now);
                break;
            case Reconnected e:
                _outage.Up(e);
                _overflow.LinkUp(now);
                break;
            case OverflowStarted e:
                _overflow.Started(e, now);
                break;
            case OverflowEnded e:
                _overflow.Ended(e);
                break;
            case JournalFailed e:
                _durability.Failed(e, now);
                break;
            case JournalRecovered e:
                _durability.Recovered(e);
                break;
            case OutcomeRecovered:
                // There may be a million of them. MessagesUndelivered counts those that were not delivered.
                break;
            case Draining e:
                logger.Draining(publisher, e.Messages);
                break;
            case HighWatermark when _overflow.IsFull:
                // The line about the full buffer says more.
                break;
            case AuthenticationFailed { Final: true } or NatsActors.Closed:
            case MessagesUndelivered { Reason: UndeliveredReason.Indeterminate } when _ending:
            case MessagesUndelivered { Reason: UndeliveredReason.Closed or UndeliveredReason.Kept }:
                // The publisher ends with this, and the line about its end says so.
                break;
            case MessagesUndelivered { Reason: UndeliveredReason.Dropped }:
                // The lines about the full buffer and about the outage count what was dropped.
                break;
            default:
                _others.Note(occurrence, now);
                break;
        }
    }

    /// <summary>A logger that throws is its owner's fault, and must not fail an actor.</summary>
    private void Write(Action<long> write, bool alsoClosed = false)
    {
        try
        {
            lock (_gate)
            {
                if (!_closed || alsoClosed)
                {
                    write(clock.Now());
                }
            }
        }
        catch (Exception)
        {
            // There is no other place to tell of it.
        }
    }
}
