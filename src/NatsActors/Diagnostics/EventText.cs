using System.Globalization;

namespace NatsActors.Diagnostics;

/// <summary>The log level of an event.</summary>
internal enum EventSeverity
{
    Information,
    Warning,
    Error,
}

/// <summary>
/// Writes an event as one line, for a log without fields. The line holds only members of the event, so it never shows a payload or
/// a credential.
/// </summary>
internal static class EventText
{
    public static (EventSeverity Severity, string Text) Of(NatsEvent occurrence)
    {
        var (severity, text) = occurrence switch
        {
            Connected e => (EventSeverity.Information, $"connected to {e.Server}"),
            Disconnected e => (EventSeverity.Warning, $"no link to {e.Server} ({e.Kind}): {e.Detail}"),
            Reconnected e => (EventSeverity.Information, Invariant(
                $"reconnected to {e.Server} after {e.Outage}; {e.Messages} messages ({e.Bytes} wire bytes) were kept")),
            AuthenticationFailed e => (EventSeverity.Error, $"the credentials do not log in at {e.Server}: {e.Detail} (final: {e.Final})"),
            TlsFailed e => (EventSeverity.Error, $"no TLS with {e.Server}: {e.Detail}"),
            ServersDiscovered e => (EventSeverity.Information, $"servers discovered: {string.Join(", ", e.Servers)}"),
            LameDuck e => (EventSeverity.Warning, $"{e.Server} is in lame duck mode"),
            HighWatermark e => (EventSeverity.Warning, Invariant(
                $"the buffer is above its high watermark: {e.Messages} messages, {e.Bytes} wire bytes")),
            OverflowStarted e => (EventSeverity.Error, $"the buffer is full (limit: {e.Limit}); policy: {e.Policy}"),
            OverflowEnded e => (EventSeverity.Warning, Invariant(
                $"the buffer has room again; {e.Refused} messages were refused, {e.Dropped} dropped")),
            MessagesUndelivered e => (EventSeverity.Error, Invariant(
                $"{e.Count} messages undelivered ({e.Reason})") + (e.Detail is null ? "" : $": {e.Detail}")),
            DuplicateWindowExceeded e => (EventSeverity.Warning,
                $"the oldest message is {e.OldestAge} old, beyond the streams' duplicate window: a resend may be stored twice"),
            Draining e => (EventSeverity.Information, Invariant($"draining {e.Messages} messages")),
            Closed { Cause: { } cause } e => (EventSeverity.Error, $"closed ({e.Totals}); cause: {cause}"),
            Closed e => (EventSeverity.Information, $"closed ({e.Totals})"),
            _ => (EventSeverity.Information, occurrence.ToString()),
        };
        return (severity, $"{occurrence.Publisher}: {text}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
