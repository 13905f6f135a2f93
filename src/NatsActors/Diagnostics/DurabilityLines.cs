using Microsoft.Extensions.Logging;
using NatsActors.Door;

namespace NatsActors.Diagnostics;

/// <summary>
/// The lines about one publisher's <c>durability.journal</c>: failed, still down (once a minute), up again, and a summary when it fails
/// again and again.
/// </summary>
internal sealed class DurabilityLines(string publisher, ILogger logger, GuardedBuffer buffer)
{
    private const long StillDownEvery = 60_000;

    private readonly LineGate _gate = new();
    private bool _isDown;
    private bool _toldDown;
    private string _cause = "";
    private long _downSince;
    private long _stillDownDue;
    private long _rejectedBefore;

    public long NextDue => _gate.Held > 0 ? _gate.Next : _isDown ? _stillDownDue : long.MaxValue;

    public void Failed(JournalFailed e, long now)
    {
        _cause = e.Cause;
        if (_isDown)
        {
            // The journal failed again before it worked: the same episode.
            return;
        }

        (_isDown, _downSince, _stillDownDue) = (true, now, now + StillDownEvery);
        if (_gate.Pass(now))
        {
            _toldDown = true;
            _rejectedBefore = buffer.Ledger.Rejected;
            logger.JournalFailed(publisher, e.Cause, e.Rejected);
        }
    }

    public void Recovered(JournalRecovered e)
    {
        var failed = _isDown;
        _isDown = false;
        if (!failed)
        {
            logger.JournalRead(publisher, e.Messages, e.Bytes, e.Duration);
        }
        else if (_toldDown && _gate.Held == 0)
        {
            _toldDown = false;
            logger.JournalRecovered(publisher, e.Duration, e.Messages, e.Bytes);
        }
    }

    public void Tick(long now)
    {
        if (NextDue > now)
        {
            return;
        }

        if (_gate.Held > 0)
        {
            Summary(now);
        }
        else
        {
            _stillDownDue = now + StillDownEvery;
            logger.JournalStillDown(publisher, TimeSpan.FromSeconds((now - _downSince) / 1000), _cause, Rejected);
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

    /// <summary>Since the last line that counted them.</summary>
    private long Rejected => buffer.Ledger.Rejected - _rejectedBefore;

    private void Summary(long now)
    {
        var (times, seconds) = _gate.Take(now);
        _toldDown = _isDown;
        logger.JournalUnsteady(publisher, times, seconds, _cause, Rejected, _isDown ? "is down" : "works");
        _rejectedBefore = buffer.Ledger.Rejected;
    }
}
