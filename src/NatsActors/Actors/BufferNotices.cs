using Akka.Actor;

namespace NatsActors.Actors;

/// <summary>What the buffer actor tells others of: events, capacity, flushes. One event an episode.</summary>
internal sealed class BufferNotices(PublisherParts parts, BufferTimers timers)
{
    private readonly List<(IActorRef? Asker, object Reply)> _flushed = [];

    public void Raise(NatsEvent? occurrence)
    {
        if (occurrence is not null)
        {
            parts.Raise(occurrence);
            timers.ArmJournal();
        }
    }

    /// <summary>Answers the flushes whose messages have ended, or whose time is up.</summary>
    /// <returns>The earliest deadline of the others.</returns>
    public long AnswerFlushes()
    {
        var next = parts.Buffer.TakeFlushes(_flushed);
        foreach (var (asker, reply) in _flushed)
        {
            parts.Door.Tell(asker, reply);
        }

        _flushed.Clear();
        return next;
    }

    /// <summary>Tells of overflow, the watermarks and capacity.</summary>
    public void Tell()
    {
        var notices = parts.Buffer.TakeNotices();
        var name = parts.Settings.Name;
        if (notices.OverflowBegan is { } limit)
        {
            Raise(new OverflowStarted { Publisher = name, Limit = limit, Policy = parts.Settings.Buffer.Overflow });
        }

        if (notices.CrossedHigh)
        {
            Raise(new HighWatermark { Publisher = name, Messages = notices.Messages, Bytes = notices.Bytes });
        }

        if (notices.OverflowEnded is var (refused, dropped))
        {
            Raise(new OverflowEnded { Publisher = name, Refused = refused, Dropped = dropped });
        }

        if (notices.Refused.Count > 0)
        {
            var capacity = new CapacityAvailable(notices.FreeMessages, notices.FreeBytes) { Publisher = name };
            foreach (var sender in notices.Refused)
            {
                parts.Door.Tell(sender, capacity);
            }
        }

        timers.ArmUnclaimed();
        timers.ArmTrim();
    }

    public void TellUnclaimed()
    {
        foreach (var (reason, count, detail) in parts.Buffer.TakeUnclaimed())
        {
            Raise(new MessagesUndelivered { Publisher = parts.Settings.Name, Reason = reason, Count = count, Detail = detail });
        }
    }
}
