using System.Globalization;

namespace NatsActors.Benchmarks.Gate;

/// <summary>What the gate found out about one way.</summary>
/// <param name="Way">The way.</param>
/// <param name="Ratio">Its ratio of raw: the median of the rounds.</param>
/// <param name="Again">The ratio of a second measurement; null when the first was good enough.</param>
/// <param name="Allocated">Bytes that the process allocates for a message.</param>
internal sealed record GateResult(WayKind Way, double Ratio, double? Again, double? Allocated)
{
    public bool Passes(Floors floors) => Math.Max(Ratio, Again ?? 0) >= floors.FloorOf(Way.Name);
}

/// <summary>Measures the ways of the floors beside a raw blast, and those that fall short once more: the machine may have been busy.</summary>
internal static class GateRun
{
    /// <summary>The ways that floors may name.</summary>
    public static IReadOnlyList<WayKind> Ways { get; } = [.. AllWays.Kinds.Where(way => way.ReachesServer && way != Raw)];

    private static WayKind Raw => AllWays.Kinds.First(way => way.Name == "raw");

    /// <param name="floors">The floors.</param>
    /// <param name="messages">Messages of a round.</param>
    /// <param name="rounds">Rounds that count.</param>
    public static async Task<IReadOnlyList<GateResult>> RunAsync(Floors floors, int messages, int rounds)
    {
        var load = Load.Of(floors.PayloadBytes, messages);
        IReadOnlyList<WayKind> ways = [.. Ways.Where(way => floors.Usual.ContainsKey(way.Name))];
        var first = await MeasureAsync(ways, load, rounds);
        var results = ways.Select(way => new GateResult(way, first.Ratio(way, Raw, load), null, first.Allocated(way, load))).ToList();
        IReadOnlyList<WayKind> shorts = [.. results.Where(result => !result.Passes(floors)).Select(result => result.Way)];
        if (shorts.Count == 0)
        {
            return results;
        }

        var second = await MeasureAsync(shorts, load, rounds);
        return results.ConvertAll(result => shorts.Contains(result.Way) ? result with { Again = second.Ratio(result.Way, Raw, load) } : result);
    }

    /// <summary>Each ratio, its floor and the verdict.</summary>
    public static ReportTable Table(IReadOnlyList<GateResult> results, Floors floors, int rounds) => new(
        string.Create(CultureInfo.InvariantCulture, $"Ratios of a raw blast with payloads of {floors.PayloadBytes:N0} B, medians of {rounds} rounds; the floor is two thirds of the usual ratio"),
        ["way", "ratio", "measured again", "floor", "usual", "allocated B a message", "verdict"],
        [.. results.Select(result => (IReadOnlyList<object?>)
        [
            result.Way.Name, result.Ratio, result.Again, floors.FloorOf(result.Way.Name), floors.Usual[result.Way.Name],
            result.Allocated, result.Passes(floors) ? "passes" : "FALLS SHORT",
        ])]);

    private static Task<Results> MeasureAsync(IReadOnlyList<WayKind> ways, Load load, int rounds) => BenchmarkRun.RunAsync(
        new RunPlan { Ways = [Raw, .. ways], Loads = [load], Rounds = rounds, Window = Turn.DefaultWindow });
}
