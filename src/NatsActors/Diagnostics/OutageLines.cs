using System.Globalization;
using Microsoft.Extensions.Logging;
using NatsActors.Door;

namespace NatsActors.Diagnostics;

/// <summary>The lines about one publisher's links: lost, still down (once a minute), up again, and a summary when links come and go.</summary>
internal sealed class OutageLines(string publisher, ILogger logger, GuardedBuffer buffer)
{
    private const long StillDownEvery = 60_000;

    private readonly LineGate _gate = new();
    private long _stillDownDue;
    private bool _toldDown;
    private string? _cause;
    private long _refusedBefore;
    private long _droppedBefore;

    public bool IsDown { get; private set; }

    public long NextDue => _gate.Held > 0 ? _gate.Next : IsDown ? _stillDownDue : long.MaxValue;

    public void Connected(Connected e)
    {
        logger.Connected(publisher, e.Server);
        IsDown = _toldDown = false;
    }

    public void Down(Disconnected e, long now)
    {
        (IsDown, _cause) = (true, e.Detail);
        _stillDownDue = now + StillDownEvery;
        (_refusedBefore, _droppedBefore) = (buffer.Ledger.Refused, Dropped);
        if (_gate.Pass(now))
        {
            _toldDown = true;
            // The events of a failed login and of failed TLS follow at once, with a line of their own.
            if (e.Kind is not (LinkLossKind.Authorization or LinkLossKind.Tls))
            {
                logger.Disconnected(publisher, e.Server, e.Kind, e.Detail);
            }
        }
    }

    public void Up(Reconnected e)
    {
        IsDown = false;
        if (_toldDown && _gate.Held == 0)
        {
            _toldDown = false;
            logger.Reconnected(publisher, e.Server, e.Outage, e.Messages, e.Bytes);
        }
    }

    public void Tick(long now)
    {
        if (NextDue > now)
        {
            return;
        }

        if (_gate.Held == 0 && IsDown)
        {
            StillDown(now);
            return;
        }

        Summary(now);
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
        _toldDown = IsDown;
        logger.LinkUnsteady(publisher, times, seconds, _cause, IsDown ? "there is no link" : "there is a link");
    }

    private long Dropped => buffer.Ledger.UndeliveredFor(UndeliveredReason.Dropped);

    private void StillDown(long now)
    {
        _stillDownDue = now + StillDownEvery;
        var status = buffer.Status();
        logger.StillDown(
            publisher, Seconds(status.LinkDownFor) ?? TimeSpan.Zero, buffer.Attempts, status.LastError,
            string.Create(CultureInfo.InvariantCulture, $"{status.Fill * 100:0} %"), status.BufferedMessages, Seconds(status.OldestAge) ?? TimeSpan.Zero,
            status.Totals.Refused - _refusedBefore, Dropped - _droppedBefore);
    }

    private static TimeSpan? Seconds(TimeSpan? time) => time is { } value ? TimeSpan.FromSeconds(Math.Floor(value.TotalSeconds)) : null;
}
