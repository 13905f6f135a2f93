using HdrHistogram;

namespace NatsActors.Benchmarks.Latency;

/// <summary>The latencies of one turn, in microseconds, to three significant digits.</summary>
internal sealed class Latencies
{
    private static readonly long Longest = (long)Stage.Limit.TotalNanoseconds * 2;

    private readonly LongHistogram _nanoseconds = new(Longest, 3);

    public double P50 => At(50);

    public double P99 => At(99);

    public double P999 => At(99.9);

    public double Max => At(100);

    public void Add(TimeSpan latency) => _nanoseconds.RecordValue(Math.Clamp((long)latency.TotalNanoseconds, 0, Longest));

    private double At(double percentile) => _nanoseconds.GetValueAtPercentile(percentile) / 1000.0;
}
