namespace NatsActors.Benchmarks;

/// <summary>What one turn of a way took.</summary>
/// <param name="Time">From the first message to the proof that all have arrived.</param>
/// <param name="AllocatedBytes">By the whole process meanwhile.</param>
/// <param name="ProcessorTime">Processor time of this process meanwhile, without the server's.</param>
/// <param name="Messages">How many messages it was.</param>
internal sealed record Sample(TimeSpan Time, long AllocatedBytes, TimeSpan ProcessorTime, int Messages)
{
    /// <summary>Messages a second.</summary>
    public double Rate => Messages / Time.TotalSeconds;
}

/// <summary>The samples of a run.</summary>
internal sealed class Results(RunPlan plan)
{
    private readonly Dictionary<(WayKind Way, Load Load), List<Sample>> _samples = [];

    public RunPlan Plan => plan;

    /// <summary>Adds a turn that counts.</summary>
    public void Add(WayKind way, Load load, Sample sample)
    {
        if (!_samples.TryGetValue((way, load), out var samples))
        {
            _samples[(way, load)] = samples = [];
        }

        samples.Add(sample);
    }

    /// <summary>Messages a second, round by round.</summary>
    public IReadOnlyList<double> Rates(WayKind way, Load load) => _samples[(way, load)].ConvertAll(sample => sample.Rate);

    /// <summary>The median of the rates.</summary>
    public double Rate(WayKind way, Load load) => Median(Rates(way, load));

    /// <summary>
    /// The ratios, round by round: what the machine does besides in one round meets both ways, and in the next neither.
    /// </summary>
    public IReadOnlyList<double> Ratios(WayKind way, WayKind yardstick, Load load) =>
        [.. Rates(way, load).Zip(Rates(yardstick, load), (rate, measure) => rate / measure)];

    /// <summary>The median of the ratios.</summary>
    public double Ratio(WayKind way, WayKind yardstick, Load load) => Median(Ratios(way, yardstick, load));

    /// <summary>Bytes that the process allocated for a message, as a median; null for a way that another process is.</summary>
    public double? Allocated(WayKind way, Load load) => way.InProcess
        ? Median(_samples[(way, load)].Select(sample => (double)sample.AllocatedBytes / sample.Messages))
        : null;

    /// <summary>Nanoseconds of this process's processor time for a message, as a median: steadier than a rate on a busy machine.</summary>
    public double? ProcessorNanoseconds(WayKind way, Load load) => way.InProcess
        ? Median(_samples[(way, load)].Select(sample => sample.ProcessorTime.TotalNanoseconds / sample.Messages))
        : null;

    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
