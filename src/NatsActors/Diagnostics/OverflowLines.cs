using Microsoft.Extensions.Logging;
using NatsActors.Door;

namespace NatsActors.Diagnostics;

/// <summary>
/// The lines about a full buffer: full, room again, and a summary while the buffer stays full or fills again and again. During an
/// outage the line about the outage has the counts.
/// </summary>
internal sealed class OverflowLines(string publisher, ILogger logger, GuardedBuffer buffer)
{
    private readonly LineGate _gate = new();
    private bool _toldFull;
    private bool _rested;
    private long _refusedBefore;
    private long _droppedBefore;

    public bool IsFull { get; private set; }

    public long NextDue(bool linkDown) => _gate.Held > 0 || (IsFull && !linkDown) ? _gate.Next : long.MaxValue;

    public void Started(OverflowStarted e, long now)
    {
        IsFull = true;
        if (_gate.Pass(now))
        {
            _toldFull = true;
            Remember();
            logger.OverflowStarted(publisher, e.Limit, e.Policy);
        }
    }

    public void Ended(OverflowEnded e)
    {
        IsFull = false;
        if (_toldFull && _gate.Held == 0)
        {
            _toldFull = false;
            Remember();
            logger.OverflowEnded(publisher, e.Refused, e.Dropped);
        }
    }

    /// <summary>A link is up after an outage: the buffer gets the time to drain before a summary says that it is full.</summary>
    public void LinkUp(long now)
    {
        // Once a summary: links that come and go must not put it off for ever.
        if (IsFull && !_rested && _gate.Held == 0)
        {
            _rested = true;
            _gate.Rest(now);
            Remember();
        }
    }

    public void Tick(long now, bool linkDown)
    {
        if (NextDue(linkDown) <= now)
        {
            Summary(now);
        }
    }

    /// <summary>The publisher has ended.</summary>
    public void End(long now)
    {
        if (_gate.Held > 0)
        {
            Summary(now);
        }
    }

    private void Summary(long now)
    {
        var (times, seconds) = _gate.Take(now);
        var (refused, dropped) = (buffer.Ledger.Refused - _refusedBefore, Dropped - _droppedBefore);
        _toldFull = IsFull;
        _rested = false;
        if (times == 0)
        {
            logger.StillFull(publisher, refused, dropped, seconds);
        }
        else
        {
            logger.OverflowRepeats(publisher, times, seconds, refused, dropped, IsFull ? "is full" : "has room");
        }

        Remember();
    }

    private long Dropped => buffer.Ledger.UndeliveredFor(UndeliveredReason.Dropped);

    private void Remember() => (_refusedBefore, _droppedBefore) = (buffer.Ledger.Refused, Dropped);
}
