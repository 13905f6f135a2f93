using System.Globalization;
using System.Text;

namespace NatsActors.Faults;

/// <summary>What a run found, as a table and as broken promises.</summary>
public sealed record RunReport
{
    public required RunOptions Options { get; init; }

    public required IReadOnlyDictionary<FaultKind, int> Faults { get; init; }

    public required IReadOnlyList<Verdict> Verdicts { get; init; }

    /// <summary>Every promise that was not kept; empty is success.</summary>
    public required IReadOnlyList<string> Broken { get; init; }

    /// <summary>What the reader found of the servers that breaks no promise.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }

    /// <summary>An example of what the server said for each reason for which messages ended undelivered.</summary>
    public required IReadOnlyDictionary<string, string> Details { get; init; }

    public required TimeSpan LongestStall { get; init; }

    public required long PeakWorkingSet { get; init; }

    public required long PeakHeap { get; init; }

    public required TimeSpan Wall { get; init; }

    public long Sum(Func<LedgerTotals, long> count) => Verdicts.Sum(verdict => count(verdict.Totals));

    public override string ToString()
    {
        var text = new StringBuilder();
        var window = Options.Mode == RunMode.Fence ? "" : $", window {Options.Window}{(Options.StrictOrder ? ", strict order" : "")}";
        Line(text, $"mode {Options.Mode.ToString().ToLowerInvariant()}, seed {Options.Seed}, {Options.Publishers} publishers at {Options.Rate}/s{window}");
        Line(text, $"faults: {Faults.Values.Sum()} ({string.Join(", ", Faults.OrderBy(fault => fault.Key).Select(fault => $"{fault.Key} {fault.Value}"))})");
        Line(text, $"");
        Line(text, $"| accepted | delivered | stored | undelivered | lost | out of order | duplicated | resent | refused | longest stall | peak memory | wall time |");
        Line(text, $"|---|---|---|---|---|---|---|---|---|---|---|---|");
        Line(text, $"| {Sum(t => t.Accepted)} | {Sum(t => t.Delivered)} | {Sum(t => t.Stored)} | {Undelivered()} | {Verdicts.Sum(v => v.Lost)} | {Verdicts.Sum(v => v.OutOfOrder)} | {Verdicts.Sum(v => v.Duplicates)} | {Sum(t => t.Resent)} | {Sum(t => t.Refused)} | {LongestStall.TotalSeconds:0.0} s | {PeakWorkingSet >> 20} MiB (heap {PeakHeap >> 20} MiB) | {Wall.TotalSeconds:0} s |");
        foreach (var (reason, detail) in Details)
        {
            Line(text, $"{reason}: {detail}");
        }

        foreach (var remark in Remarks)
        {
            Line(text, $"{remark}");
        }

        Line(text, $"");
        foreach (var promise in Broken)
        {
            Line(text, $"BROKEN {promise}");
        }

        Line(text, $"{(Broken.Count == 0 ? "every promise held" : $"{Broken.Count} promises broken")}");
        return text.ToString();
    }

    private string Undelivered()
    {
        var reasons = Verdicts.SelectMany(verdict => verdict.Totals.UndeliveredByReason)
            .GroupBy(reason => reason.Key, reason => reason.Value)
            .Select(reason => $"{reason.Key} {reason.Sum()}");
        var sum = Sum(totals => totals.Undelivered);
        return sum == 0 ? "0" : $"{sum} ({string.Join(", ", reasons)})";
    }

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
