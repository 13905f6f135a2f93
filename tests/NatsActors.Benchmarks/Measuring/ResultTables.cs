using System.Globalization;

namespace NatsActors.Benchmarks;

/// <summary>The results of a run as tables. A cell of the first two has the figures of all payload sizes.</summary>
internal static class ResultTables
{
    /// <summary>The tables.</summary>
    /// <param name="results">The results.</param>
    /// <param name="details">Adds the rates and the ratios of every size and way, with their spread.</param>
    public static IEnumerable<ReportTable> Of(Results results, bool details)
    {
        yield return Ratios(results);
        var producers = results.Plan.Ways.Where(way => way.Producers > 0).ToList();
        if (producers.Count > 1)
        {
            yield return Producers(results, producers);
        }

        if (details)
        {
            yield return Rates(results);
            yield return RatioSpread(results);
        }
    }

    private static ReportTable Ratios(Results results)
    {
        var plan = results.Plan;
        var yardsticks = Yardsticks(plan);
        var rounds = plan.Rounds == 1 ? "One round" : $"Medians of {plan.Rounds} interleaved rounds";
        return new(
            Text($"{rounds} for payloads of {Each(plan.Loads, load => Text($"{load.Payload.Length:N0}"))} B, with {Each(plan.Loads, load => Text($"{load.Messages:N0}"))} messages a round; the producer actors have at most {plan.Window:N0} messages unanswered."),
            ["way", .. yardsticks.Select(way => $"of {way.Yardstick}"), "messages a second", "allocated B a message"],
            [.. plan.Ways.Where(way => way.Producers <= 1).Select(way => (IReadOnlyList<object?>)
            [
                way.Description,
                .. yardsticks.Select(yardstick => Each(plan.Loads, load => Text($"{results.Ratio(way, yardstick, load):0.00}"))),
                Each(plan.Loads, load => Text($"{results.Rate(way, load):N0}")),
                way.InProcess ? Each(plan.Loads, load => Text($"{results.Allocated(way, load):0}")) : null,
            ])]);
    }

    private static ReportTable Producers(Results results, List<WayKind> ways) => new(
        "Producer actors on one publisher",
        ["producer actors on one publisher", "messages a second, all together", Text($"of {ways[0].Producers}")],
        [.. ways.Select(way => (IReadOnlyList<object?>)
        [
            way.Producers, Each(results.Plan.Loads, load => Text($"{results.Rate(way, load):N0}")),
            Each(results.Plan.Loads, load => Text($"{results.Ratio(way, ways[0], load):0.00}")),
        ])]);

    private static ReportTable Rates(Results results) => new(
        "Rates by payload size",
        ["way", "payload B", "messages", "median a second", "least", "most", "ns of processor time a message", "allocated B a message"],
        [.. EachLoadAndWay(results.Plan).Select(at => (IReadOnlyList<object?>)
        [
            at.Way.Name, at.Load.Payload.Length, at.Load.Messages, results.Rate(at.Way, at.Load),
            results.Rates(at.Way, at.Load).Min(), results.Rates(at.Way, at.Load).Max(),
            results.ProcessorNanoseconds(at.Way, at.Load), results.Allocated(at.Way, at.Load),
        ])]);

    private static ReportTable RatioSpread(Results results) => new(
        "Ratios by payload size: of two rates of the same round",
        ["way", "of", "payload B", "median", "least", "most"],
        [.. EachLoadAndWay(results.Plan).SelectMany(at => Yardsticks(results.Plan).Where(yardstick => yardstick != at.Way).Select(yardstick =>
        {
            var ratios = results.Ratios(at.Way, yardstick, at.Load);
            return (IReadOnlyList<object?>)[at.Way.Name, yardstick.Name, at.Load.Payload.Length, Results.Median(ratios), ratios.Min(), ratios.Max()];
        }))]);

    private static IEnumerable<(Load Load, WayKind Way)> EachLoadAndWay(RunPlan plan) =>
        plan.Loads.SelectMany(load => plan.Ways.Select(way => (load, way)));

    private static List<WayKind> Yardsticks(RunPlan plan) => [.. plan.Ways.Where(way => way.Yardstick is not null)];

    private static string Each(IReadOnlyList<Load> loads, Func<Load, string> text) => string.Join(" / ", loads.Select(text));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
