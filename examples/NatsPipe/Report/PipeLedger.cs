using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace NatsActors.Pipe;

/// <summary>The account at the end: what became of every line that was read.</summary>
internal sealed record PipeLedger
{
    /// <summary>Lines of this run's input that the publisher took.</summary>
    public required long Accepted { get; init; }

    /// <summary>Lines that a process before had left in the journal.</summary>
    public required long Backlog { get; init; }

    /// <summary>Lines at the beginning of the input that a process before has settled.</summary>
    public required long Skipped { get; init; }

    /// <summary>Lines that are left in the journal for the next process.</summary>
    public required long Kept { get; init; }

    public required long Delivered { get; init; }
    public required long Stored { get; init; }
    public required IReadOnlyDictionary<UndeliveredReason, long> Undelivered { get; init; }
    public required long Refused { get; init; }
    public required long Resent { get; init; }
    public required long Reconnects { get; init; }
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Lines of the input and of the backlog that were neither delivered, nor stored, nor kept.</summary>
    public long Missing => Backlog + Accepted + Refused - Delivered - Stored - Kept;

    public int ExitStatus => Missing > 0 ? ExitCode.Incomplete : Kept > 0 ? ExitCode.Kept : ExitCode.Complete;

    /// <summary>
    /// Joins what the publisher counted and what it never took. What it still holds when nobody waits for it any longer is kept, with a
    /// journal, and undelivered otherwise: in flight it may have arrived, queued it has not.
    /// </summary>
    public static PipeLedger Of(LedgerTotals totals, long inFlight, long reconnects, LineCounts counts, bool hasJournal, TimeSpan elapsed)
    {
        var undelivered = new SortedDictionary<UndeliveredReason, long>(totals.UndeliveredByReason.ToDictionary());
        void Add(UndeliveredReason reason, long count)
        {
            if (count > 0)
            {
                undelivered[reason] = undelivered.GetValueOrDefault(reason) + count;
            }
        }

        var kept = undelivered.GetValueOrDefault(UndeliveredReason.Kept) + (hasJournal ? totals.Buffered : 0);
        undelivered.Remove(UndeliveredReason.Kept);
        var held = Math.Min(inFlight, totals.Buffered);
        if (!hasJournal)
        {
            Add(UndeliveredReason.Indeterminate, held);
            Add(UndeliveredReason.Closed, totals.Buffered - held);
        }

        // Without a journal the two counts are one.
        var accepted = hasJournal ? Math.Min(counts.Accepted, totals.Accepted) : totals.Accepted;
        return new PipeLedger
        {
            Accepted = accepted,
            Backlog = totals.Accepted - accepted,
            Skipped = counts.Skipped,
            Kept = kept,
            Delivered = totals.Delivered,
            Stored = totals.Stored,
            Undelivered = undelivered,
            Refused = counts.Refused,
            Resent = totals.Resent,
            Reconnects = reconnects,
            Elapsed = elapsed,
        };
    }

    /// <summary>One JSON object on one line.</summary>
    public string ToJson()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("skipped", Skipped);
            json.WriteNumber("backlog", Backlog);
            json.WriteNumber("accepted", Accepted);
            json.WriteNumber("delivered", Delivered);
            json.WriteNumber("stored", Stored);
            json.WriteNumber("kept", Kept);
            json.WriteStartObject("undelivered");
            foreach (var (reason, count) in Undelivered)
            {
                json.WriteNumber(JsonNamingPolicy.CamelCase.ConvertName(reason.ToString()), count);
            }

            json.WriteEndObject();
            json.WriteNumber("refused", Refused);
            json.WriteNumber("resent", Resent);
            json.WriteNumber("reconnects", Reconnects);
            json.WriteNumber("seconds", Math.Round(Elapsed.TotalSeconds, 3));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>A table, and one sentence that says how it went.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        void Row(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name,-12} {value,15}").AppendLine();
        void JournalRow(string name, long count)
        {
            if (count > 0)
            {
                Row(name, Number(count));
            }
        }

        JournalRow("skipped", Skipped);
        JournalRow("backlog", Backlog);
        Row("accepted", Number(Accepted));
        Row("delivered", Number(Delivered));
        Row("stored", Number(Stored));
        JournalRow("kept", Kept);
        Row("undelivered", Number(Undelivered.Values.Sum()));
        foreach (var (reason, count) in Undelivered)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {count:N0} {Explain(reason)}").AppendLine();
        }

        Row("refused", Number(Refused));
        Row("resent", Number(Resent));
        Row("reconnects", Number(Reconnects));
        Row("seconds", Elapsed.TotalSeconds.ToString("N1", CultureInfo.InvariantCulture));
        var read = Backlog + Accepted + Refused;
        return text.Append(ExitStatus switch
        {
            ExitCode.Complete => $"Every line that was read ({Number(read)}) was {(Stored > 0 ? "stored" : "delivered")}.",
            ExitCode.Kept => $"No line was lost: the journal keeps {Number(Kept)} of {Number(read)}, and the next run with it sends them.",
            _ => $"{Number(Missing)} of {Number(read)} lines that were read did not get through.",
        }).ToString();
    }

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Explain(UndeliveredReason reason) => reason switch
    {
        UndeliveredReason.Expired => "expired: waited longer than their time to live",
        UndeliveredReason.Dropped => "dropped: made room for newer ones",
        UndeliveredReason.Purged => "purged",
        UndeliveredReason.PermissionDenied => "denied: the server does not let this user publish to the subject",
        UndeliveredReason.TooLarge => "too large for the server",
        UndeliveredReason.NotStored => "not stored: the stream refused them, or no stream listens on the subject",
        UndeliveredReason.Poison => "poison: the connection broke each time they were sent",
        UndeliveredReason.Indeterminate => "in flight at the end: they may have arrived",
        UndeliveredReason.Closed => "left in the buffer: never sent",
        UndeliveredReason.Kept => "kept in the journal: the next run sends them",
        _ => reason.ToString(),
    };
}
