using System.Globalization;
using NatsActors;

namespace OutageLab.Live;

/// <summary>One line of the page's list: an event of the publisher, or an act of the person at the page.</summary>
/// <param name="At">Milliseconds since 1970, UTC.</param>
/// <param name="Kind"><c>act</c>, <c>good</c>, <c>bad</c> or <c>info</c>.</param>
/// <param name="Name">The event's name, or what was pressed.</param>
/// <param name="Text">One sentence.</param>
internal sealed record Episode(long At, string Kind, string Name, string Text);

/// <summary>The text of an event for a person at the page.</summary>
internal static class EpisodeText
{
    public static (string Kind, string Text) Of(NatsEvent occurrence) => occurrence switch
    {
        Connected => ("good", "The first link is up."),
        Disconnected e => ("bad", $"The link is gone ({e.Kind})."),
        Reconnected e => ("good", Text($"A new link after {e.Outage.TotalSeconds:0.0} s. The buffer kept {e.Messages:N0} messages.")),
        HighWatermark e => ("bad", Text($"The buffer is above its high watermark: {e.Messages:N0} messages.")),
        OverflowStarted e => ("bad", $"The buffer is full (limit: {e.Limit}, overflow: {e.Policy})."),
        OverflowEnded e => ("good", Text($"The buffer has room again. {e.Refused:N0} messages were refused, {e.Dropped:N0} dropped.")),
        MessagesUndelivered e => ("bad", Text($"{e.Count:N0} messages ended undelivered ({e.Reason}).")),
        JournalFailed e => ("bad", Text($"The journal failed. {e.Rejected:N0} messages that waited for it were rejected.")),
        JournalRecovered e => ("good", Text($"The journal works after {e.Duration.TotalSeconds:0.0} s. It had {e.Messages:N0} messages of a process before.")),
        JournalDamaged e => ("bad", $"A part of the journal cannot be read ({e.Detail})."),
        Draining e => ("info", Text($"The publisher refuses new messages and sends {e.Messages:N0} buffered ones.")),
        Closed { Cause: { } cause } => ("bad", $"The publisher has ended: {cause}."),
        Closed e => ("info", Text($"The publisher has ended. Accepted {e.Totals.Accepted:N0}, undelivered {e.Totals.Undelivered:N0}.")),
        _ => ("info", "See the log."),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
