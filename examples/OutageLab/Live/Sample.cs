using NatsActors;
using OutageLab.Counting;
using OutageLab.Publishing;
using OutageLab.Stage;

namespace OutageLab.Live;

/// <summary>Everything that the page shows, at one moment.</summary>
/// <param name="At">Milliseconds since 1970, UTC.</param>
/// <param name="Rate">Messages a second that each load offers.</param>
/// <param name="Server">The server's state.</param>
/// <param name="Publisher">The publisher under the load.</param>
/// <param name="Actors">The load through NatsActors.</param>
/// <param name="Plain">The load through NATS.Client.Core.</param>
internal sealed record Sample(long At, int Rate, ServerState Server, PublisherView Publisher, LoadView Actors, LoadView Plain);

/// <summary>One load, as its sender and its reader count it.</summary>
/// <param name="Accepted">Messages taken from the load since the start.</param>
/// <param name="Refused">Messages refused, or ended with an error.</param>
/// <param name="Counts">What the reader counts.</param>
/// <param name="AcceptedRate">Messages taken a second.</param>
/// <param name="RefusedRate">Messages refused a second.</param>
/// <param name="ReportedRate">Messages reported as arrived a second.</param>
/// <param name="ArrivedRate">Messages that the reader has seen a second.</param>
internal sealed record LoadView(
    long Accepted, long Refused, Counts Counts, double AcceptedRate, double RefusedRate, double ReportedRate, double ArrivedRate);

/// <summary>A publisher's status for the page. Times are in seconds.</summary>
internal sealed record PublisherView(
    ConnectionState State, bool TakesMessages, double? DownFor, long Messages, long MaxMessages, long Bytes, long MaxBytes, long InFlight,
    double? OldestAge, int Waiting, long Reconnects, OverflowPolicy Overflow, ConfirmMode Confirm, LedgerTotals Ledger)
{
    public static PublisherView Of(PublisherStatus status, PublisherChoice choice, bool takesMessages) => new(
        status.State, takesMessages, status.LinkDownFor?.TotalSeconds, status.BufferedMessages, status.MaxMessages, status.BufferedBytes,
        status.MaxBytes, status.InFlightMessages, status.OldestAge?.TotalSeconds, status.Waiting, status.Reconnects, choice.Overflow,
        choice.Confirm, status.Totals);
}
