using NatsActors.Benchmarks.Latency;

namespace NatsActors.Benchmarks.Journal;

/// <summary>The results of a run as tables.</summary>
internal static class JournalTables
{
    private const double Megabyte = 1_000_000;

    /// <summary>The tables of what was measured.</summary>
    public static IEnumerable<ReportTable> Of(JournalResults results)
    {
        yield return Writes(results.Writes);
        if (results.Paced.Count > 0)
        {
            yield return Paced(results.Paced);
        }

        if (results.Recoveries.Count > 0)
        {
            yield return Recoveries(results.Recoveries);
        }
    }

    private static ReportTable Writes(IReadOnlyList<WriteSeries> all) => new(
        "Pages until the journal has answered all",
        ["journal", "way", "bytes", "under way", "deletes", "pages/s", "least", "most", "MB/s", "of bare", "delete ms", "longest", "MB on disk"],
        [.. all.Select(IReadOnlyList<object?> (row) =>
        {
            var bare = all.First(other => (other.Engine, other.Load) == (row.Engine, row.Load));
            var rate = Results.Median(row.Rates);
            return [row.Engine.Name, row.Way.Name, row.Load.PageBytes, row.Load.UnderWay, row.Load.Deletes, rate, row.Rates.Min(), row.Rates.Max(),
                rate * row.Load.PageBytes / Megabyte, Ratio(row.Rates, bare.Rates),
                row.Deletes.Count == 0 ? null : Results.Median(row.Deletes.Select(time => time.TotalMilliseconds)),
                row.Deletes.Count == 0 ? null : row.Deletes.Max().TotalMilliseconds, Results.Median(row.BytesOnDisk) / Megabyte];
        })])
    {
        Note = $"Rates and ratios are medians of the rounds. A delete takes {PageLoad.PagesOfDelete} pages or more.",
    };

    private static ReportTable Paced(IReadOnlyList<PacedSeries> all) => new(
        "Microseconds from the moment at which a page of 1 KiB was due to the answer of the journal",
        ["journal", "way", "p50", "p99", "max", "p50 of bare", "p99 of bare"],
        [.. all.Select(IReadOnlyList<object?> (row) =>
        {
            var bare = all.First(other => other.Engine == row.Engine);
            return [row.Engine.Name, row.Way.Name, Median(row, each => each.P50), Median(row, each => each.P99), row.Rounds.Max(each => each.Max),
                Ratio(row.Rounds.Select(each => each.P50), bare.Rounds.Select(each => each.P50)),
                Ratio(row.Rounds.Select(each => each.P99), bare.Rounds.Select(each => each.P99))];
        })]);

    private static ReportTable Recoveries(IReadOnlyList<RecoverySeries> all) => new(
        "Seconds until all pages are read",
        ["journal", "way", "pages", "seconds", "least", "most", "pages/s", "of bare"],
        [.. all.Select(IReadOnlyList<object?> (row) =>
        {
            var bare = all.First(other => other.Engine == row.Engine);
            var seconds = Results.Median(row.Seconds);
            return [row.Engine.Name, row.Way.Name, row.Pages, seconds, row.Seconds.Min(), row.Seconds.Max(), row.Pages / seconds, Ratio(row.Seconds, bare.Seconds)];
        })]);

    private static double Median(PacedSeries series, Func<Latencies, double> figure) => Results.Median(series.Rounds.Select(figure));

    private static double Ratio(IEnumerable<double> figures, IEnumerable<double> bare) =>
        Results.Median(figures.Zip(bare, (figure, yardstick) => figure / yardstick));
}
