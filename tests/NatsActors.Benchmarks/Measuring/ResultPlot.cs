namespace NatsActors.Benchmarks;

/// <summary>The rates of a run by payload size, as a plot.</summary>
internal static class ResultPlot
{
    public static Task WriteAsync(Results results, FileInfo file)
    {
        var loads = results.Plan.Loads.OrderBy(load => load.Payload.Length).ToList();
        return new LinePlot("Messages a second by payload size", "payload, B (0 stands at 1)", "million messages a second")
        {
            // A logarithm has no place for 0: an empty payload stands at 1.
            Lines = [.. results.Plan.Ways.Select(way => new PlotLine(
                way.Name, loads.Select(load => ((double)Math.Max(1, load.Payload.Length), results.Rate(way, load) / 1e6))))],
            Logarithmic = true,
        }.WriteAsync(file);
    }
}
