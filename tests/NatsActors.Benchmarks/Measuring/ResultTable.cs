using System.Globalization;
using System.Text;

namespace NatsActors.Benchmarks;

/// <summary>What one turn of a way took.</summary>
/// <param name="Time">From the first message to the proof that all have arrived.</param>
/// <param name="AllocatedBytes">By the whole process meanwhile.</param>
/// <param name="Messages">How many messages it was.</param>
public sealed record Sample(TimeSpan Time, long AllocatedBytes, int Messages)
{
    /// <summary>Messages a second.</summary>
    public double Rate => Messages / Time.TotalSeconds;
}

/// <summary>The samples of a run; as a text, one row for each size and way.</summary>
public sealed class ResultTable(RunPlan plan)
{
    private readonly Dictionary<(string Way, Load Load), List<Sample>> _samples = [];
    private readonly List<WayKind> _yardsticks = [.. plan.Ways.Where(way => way.IsYardstick)];

    /// <summary>Adds a turn that counts.</summary>
    public void Add(WayKind way, Load load, Sample sample)
    {
        if (!_samples.TryGetValue((way.Name, load), out var samples))
        {
            _samples[(way.Name, load)] = samples = [];
        }

        samples.Add(sample);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        Line(text, $"Medians of {plan.Rounds} interleaved rounds; the first round, a cold one, is dropped.");
        Line(text, $"");
        Line(text, $"| way | size | messages | median msg/s | min..max | {string.Concat(_yardsticks.Select(yardstick => $"of {yardstick.Name} | "))}allocated B/msg |");
        Line(text, $"|---|---|---|---|---|{string.Concat(_yardsticks.Select(_ => "---|"))}---|");
        foreach (var load in plan.Loads)
        {
            foreach (var way in plan.Ways)
            {
                var samples = _samples[(way.Name, load)];
                var rates = samples.ConvertAll(sample => sample.Rate);
                var rate = Median(rates);
                var ratios = string.Concat(_yardsticks.Select(yardstick => Text($"{rate / MedianRate(yardstick, load):0.00} | ")));
                var allocated = Median(samples.Select(sample => (double)sample.AllocatedBytes / sample.Messages));
                Line(text, $"| {way.Name} | {load.Payload.Length} | {load.Messages} | {rate:N0} | {rates.Min():N0}..{rates.Max():N0} | {ratios}{allocated:0.0} |");
            }
        }

        return text.ToString();
    }

    private double MedianRate(WayKind way, Load load) => Median(_samples[(way.Name, load)].Select(sample => sample.Rate));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, FormattableString line) => text.Append(Text(line)).Append('\n');
}
