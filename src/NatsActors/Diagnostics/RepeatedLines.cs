using Microsoft.Extensions.Logging;

namespace NatsActors.Diagnostics;

/// <summary>The lines about everything that is no outage, no overflow and no failed journal: the first of a kind at once, repeats as a summary.</summary>
internal sealed class RepeatedLines(string publisher, ILogger logger)
{
    // One entry for each type of event, and for each reason of MessagesUndelivered.
    private readonly Dictionary<(Type, UndeliveredReason?), Kind> _kinds = [];

    public long NextDue => _kinds.Values.Where(static kind => kind.Gate.Held > 0).Select(static kind => kind.Gate.Next)
        .DefaultIfEmpty(long.MaxValue).Min();

    public void Note(NatsEvent occurrence, long now)
    {
        var key = (occurrence.GetType(), (occurrence as MessagesUndelivered)?.Reason);
        if (!_kinds.TryGetValue(key, out var kind))
        {
            _kinds[key] = kind = new Kind();
        }

        kind.Last = occurrence;
        if (kind.Gate.Pass(now))
        {
            Write(occurrence);
        }
        else
        {
            kind.Messages += (occurrence as MessagesUndelivered)?.Count ?? 0;
        }
    }

    public void Tick(long now)
    {
        foreach (var kind in _kinds.Values)
        {
            if (kind.Gate.Held > 0 && kind.Gate.Next <= now)
            {
                Summary(kind, now);
            }
        }
    }

    /// <summary>The publisher has ended.</summary>
    public void End(long now)
    {
        foreach (var kind in _kinds.Values.Where(static kind => kind.Gate.Held > 0))
        {
            Summary(kind, now);
        }
    }

    private void Summary(Kind kind, long now)
    {
        var (times, seconds) = kind.Gate.Take(now);
        if (kind.Last is MessagesUndelivered undelivered)
        {
            Write(undelivered with { Count = kind.Messages });
            kind.Messages = 0;
        }
        else
        {
            var (level, detail) = LastOf(kind.Last!);
            logger.Repeated(level, publisher, kind.Last!.GetType().Name, times, seconds, detail);
        }
    }

    private static (LogLevel Level, string Detail) LastOf(NatsEvent occurrence) => occurrence switch
    {
        AuthenticationFailed e => (LogLevel.Error, $"{e.Server}: {e.Detail}"),
        TlsFailed e => (LogLevel.Error, $"{e.Server}: {e.Detail}"),
        ServersDiscovered e => (LogLevel.Information, string.Join(", ", e.Servers)),
        LameDuck e => (LogLevel.Warning, e.Server),
        HighWatermark e => (LogLevel.Warning, $"{e.Messages} messages, {e.Bytes} wire bytes"),
        DuplicateWindowExceeded e => (LogLevel.Warning, $"the oldest message is {e.OldestAge} old"),
        JournalDamaged e => (LogLevel.Error, $"event {e.SequenceNr}: {e.Detail}"),
        _ => (LogLevel.Warning, "no detail"),
    };

    private void Write(NatsEvent occurrence)
    {
        switch (occurrence)
        {
            case AuthenticationFailed e: logger.AuthenticationFailed(publisher, e.Server, e.Detail); break;
            case TlsFailed e: logger.TlsFailed(publisher, e.Server, e.Detail); break;
            case ServersDiscovered e: logger.ServersDiscovered(publisher, string.Join(", ", e.Servers)); break;
            case LameDuck e: logger.LameDuck(publisher, e.Server); break;
            case HighWatermark e: logger.HighWatermark(publisher, e.Messages, e.Bytes); break;
            case DuplicateWindowExceeded e: logger.DuplicateWindowExceeded(publisher, e.OldestAge); break;
            case JournalDamaged e: logger.JournalDamaged(publisher, e.SequenceNr, e.Detail); break;
            case MessagesUndelivered e: logger.MessagesUndelivered(Level(e.Reason), publisher, e.Count, e.Reason, e.Detail ?? "no detail"); break;
        }
    }

    /// <summary>What the settings or a command asked for is no error.</summary>
    private static LogLevel Level(UndeliveredReason reason) => reason switch
    {
        UndeliveredReason.Expired or UndeliveredReason.Dropped or UndeliveredReason.Purged or UndeliveredReason.Indeterminate
            or UndeliveredReason.Closed or UndeliveredReason.Kept => LogLevel.Warning,
        _ => LogLevel.Error,
    };

    private sealed class Kind
    {
        public LineGate Gate { get; } = new();

        public NatsEvent? Last { get; set; }

        public long Messages { get; set; }
    }
}
