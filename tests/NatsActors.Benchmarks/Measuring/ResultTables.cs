using System.Globalization;
using System.Text;

namespace NatsActors.Benchmarks;

/// <summary>The results of a run as Markdown that can stand in the README.</summary>
internal static class ResultTables
{
    /// <summary>The tables.</summary>
    /// <param name="results">The results.</param>
    /// <param name="details">Adds the rates of every size and way.</param>
    public static string Text(Results results, bool details)
    {
        var text = new StringBuilder();
        var plan = results.Plan;
        var rounds = plan.Rounds == 1 ? "One round" : $"Medians of {plan.Rounds} interleaved rounds";
        text.Append(Line(
            $"{rounds} for payloads of {Each(plan.Loads, load => Text($"{load.Payload.Length:N0}"))} B, with {Each(plan.Loads, load => Text($"{load.Messages:N0}"))} messages a round; the producer actors have at most {plan.Window:N0} messages unanswered."));
        text.Append('\n');
        AddRatios(text, results);
        AddProducers(text, results);
        if (details)
        {
            AddDetails(text, results);
        }

        return text.ToString();
    }

    private static void AddRatios(StringBuilder text, Results results)
    {
        var plan = results.Plan;
        var yardsticks = plan.Ways.Where(way => way.Yardstick is not null).ToList();
        var columns = yardsticks.ConvertAll(way => $"of {way.Yardstick}").Append("allocated B a message");
        text.Append(Row(["way", .. columns])).Append(Row([.. Enumerable.Repeat("---", yardsticks.Count + 2)]));
        foreach (var way in plan.Ways.Where(way => way.Producers <= 1))
        {
            var ratios = yardsticks.ConvertAll(yardstick => Each(plan.Loads, load => Text($"{results.Ratio(way, yardstick, load):0.00}")));
            text.Append(Row([way.Description, .. ratios, Each(plan.Loads, load => Text($"{results.Allocated(way, load):0}"))]));
        }

        if (plan.Ways.FirstOrDefault(way => way.Name == "raw") is { } raw)
        {
            text.Append('\n').Append(Line($"1.00 of raw is {Each(plan.Loads, load => Text($"{results.Rate(raw, load):N0}"))} messages a second."));
        }
    }

    private static void AddProducers(StringBuilder text, Results results)
    {
        var plan = results.Plan;
        var ways = plan.Ways.Where(way => way.Producers > 0).ToList();
        if (ways.Count < 2)
        {
            return;
        }

        text.Append('\n').Append(Row(["producer actors on one publisher", "messages a second, all together", Text($"of {ways[0].Producers}")]));
        text.Append(Row(["---", "---", "---"]));
        foreach (var way in ways)
        {
            text.Append(Row([
                Text($"{way.Producers:N0}"), Each(plan.Loads, load => Text($"{results.Rate(way, load):N0}")),
                Each(plan.Loads, load => Text($"{results.Ratio(way, ways[0], load):0.00}"))]));
        }
    }

    private static void AddDetails(StringBuilder text, Results results)
    {
        text.Append('\n').Append(Row(["way", "payload B", "messages", "median a second", "least", "most", "ns of processor time a message", "allocated B a message"]));
        text.Append(Row([.. Enumerable.Repeat("---", 8)]));
        foreach (var load in results.Plan.Loads)
        {
            foreach (var way in results.Plan.Ways)
            {
                var rates = results.Rates(way, load);
                text.Append(Row([
                    way.Name, Text($"{load.Payload.Length}"), Text($"{load.Messages}"), Text($"{results.Rate(way, load):N0}"),
                    Text($"{rates.Min():N0}"), Text($"{rates.Max():N0}"), Text($"{results.ProcessorNanoseconds(way, load):0}"), Text($"{results.Allocated(way, load):0.0}")]));
            }
        }
    }

    private static string Each(IReadOnlyList<Load> loads, Func<Load, string> text) => string.Join(" / ", loads.Select(text));

    private static string Row(string[] cells) => $"| {string.Join(" | ", cells)} |\n";

    private static string Line(string text) => $"{text}\n";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
